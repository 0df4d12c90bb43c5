"""What callers send and get about dialogs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dialogs.contents.schemas import ContentOut, PressOut
from dialogs.exports.schemas import ExportOut
from dialogs.states import Author, ChangeState, DialogState, MessageState
from dialogs.tags.schemas import TagMark
from dialogs.visits.schemas import VisitOut
from shared.events.dialogs import ChangeKind
from shared.http.pages import Page


class ContactOut(BaseModel):
    """The person; `name` is the messenger's name, or `id…` while that is unknown.

    `profile_url` is their page in the messenger, `screen_name` its short name; null while unknown.
    """

    name: str
    external_id: str
    screen_name: str | None
    profile_url: str | None
    avatar_url: str | None


class OperatorOut(BaseModel):
    """Who answers for the case; the name is unknown until they first act."""

    id: UUID
    name: str | None


class LastMessageOut(BaseModel):
    """The beginning of the newest message; `kinds` name what it holds besides text, e.g. `photo`.

    `author_id` is an operator's, so that one's own line is told from a colleague's; `author_name` is null for
    the customer.
    """

    id: UUID
    author: Author
    author_id: UUID | None
    author_name: str | None
    text: str
    kinds: list[str]
    deleted_at: datetime | None
    state: MessageState
    sent_at: datetime


class CanReply(BaseModel):
    """Whether a reply is taken; `reason` is the stable code with which one would be refused.

    With `integration_unavailable` replies are taken and wait: if the community's `reason` is
    `vk_unavailable`, until VK answers, else until an administrator has seen to it. `integration_deactivated`,
    `integration_deleted` and `messages_off` concern the whole community too; the others this person:
    `writing_not_allowed`, `blocked_by_community`, `privacy_settings`, `person_is_gone`,
    `reply_window_over`, `no_conversation`, `person_unreachable`.
    """

    allowed: bool
    reason: str | None


class DialogSummary(BaseModel):
    """A dialog in a list and in the live feed. The highest `version` is the newest.

    `unread_count` counts the customer's messages behind `seen_through`: what an operator has seen, or what
    has been answered. The customer has read our messages up to the number `read_through`.
    """

    id: UUID
    project_id: UUID
    contact: ContactOut
    channel: str
    integration_id: UUID
    community_name: str | None
    last_message: LastMessageOut | None
    state: DialogState
    operator: OperatorOut | None
    unanswered_since: datetime | None
    unread_count: int
    seen_through: int
    important: bool
    tags: list[TagMark]
    read_through: int
    last_activity_at: datetime
    can_reply: CanReply
    version: int


class CommunityOut(BaseModel):
    """The connected community; `reason` is the stable code of why it is in its state, e.g. `key_revoked`."""

    id: int | None
    name: str | None
    screen_name: str | None
    avatar_url: str | None
    state: str | None
    reason: str | None


class ProjectOut(BaseModel):
    """The project; for a community the shown site is the community's name."""

    id: UUID
    name: str | None


class CaseOut(BaseModel):
    """The current case, or the last one; null before the customer has written."""

    id: UUID
    opened_at: datetime
    taken_at: datetime | None
    closed_at: datetime | None


class SourceOut(BaseModel):
    """What the link carried by which the customer came here last, and the message that said it."""

    ref: str | None
    ref_source: str | None
    message_id: UUID | None


class DialogOut(DialogSummary):
    """A dialog with all that the info panel shows. Read the live feed after `position`.

    `visit` is the page of a site from whose widget the customer came last; `metrica` says whether the dialog
    goes to Yandex.Metrica. `first_message_at` is when the first message of the thread was sent, as far as it
    is known; `case_count` counts all cases.
    """

    project: ProjectOut
    community: CommunityOut
    case: CaseOut | None
    case_count: int
    first_message_at: datetime | None
    source: SourceOut | None
    visit: VisitOut | None
    metrica: ExportOut
    message_count: int
    position: int


class MessageAuthor(BaseModel):
    """Who wrote. `id` is an operator's; `name` is null for the customer (see the dialog's contact)."""

    kind: Author
    id: UUID | None
    name: str | None


class ChangeOut(BaseModel):
    """An edit or a deletion of a reply that was asked for and is not carried out.

    `pending`, or `failed` with a stable `reason`; the message's `text` is what the customer sees. `text` is
    null for a deletion.
    """

    id: UUID
    kind: ChangeKind
    text: str | None
    state: ChangeState
    reason: str | None


class MessageOut(BaseModel):
    """A message. Sort by `place`; the highest `version` is the newest. `reason` says why it failed.

    Of replies: `attempt` counts the tries to send it, `cancel_wanted_at` says that it shall be taken back
    (and was too late if it is sent), `dropped` are the positions of the attachments that the messenger did
    not keep, `change` is the last edit or deletion unless it was carried out.
    `edits` counts the changes that people can see, `edited_at` is the last of them. A deleted message keeps
    its text, for operators. `reaction` is the messenger's number of the customer's reaction.
    """

    id: UUID
    dialog_id: UUID
    client_id: str | None
    text: str
    content: ContentOut
    author: MessageAuthor
    state: MessageState
    reason: str | None
    conversation_message_id: int | None
    place: tuple[int, int]
    sent_at: datetime
    edited_at: datetime | None
    edits: int
    deleted_at: datetime | None
    reaction: int | None
    presses: list[PressOut]
    source: str
    unsupported: bool
    attempt: int | None
    cancel_wanted_at: datetime | None
    dropped: list[int]
    change: ChangeOut | None
    version: int


class OperatorIn(BaseModel):
    """Who shall answer. With `expected_version` only if the dialog is still at that version."""

    model_config = ConfigDict(extra="forbid")

    operator_id: UUID
    expected_version: Annotated[int, Field(ge=0, le=2**53)] | None = None


class SeenIn(BaseModel):
    """Up to which of the messenger's numbers the caller has seen the thread."""

    model_config = ConfigDict(extra="forbid")

    through: Annotated[int, Field(ge=0, le=2**53)]


class Thread(Page[MessageOut]):
    """A part of a thread, the newest message last; `later_cursor` is null at its end."""

    later_cursor: str | None
