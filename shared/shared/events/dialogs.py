"""What `dialogs` announces."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.envelope import ProjectEvent


class OutgoingKind(StrEnum):
    """As what a file goes out."""

    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"


class OutgoingFile(BaseModel):
    """A file of a reply: `key` is where it lies in the file store."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file_id: UUID
    kind: OutgoingKind
    key: str
    name: str
    media_type: str
    size_bytes: int


class ReplyRequested(ProjectEvent):
    """An operator wants a reply sent.

    `number` counts the replies of one dialog: 1, 2, 3, … The gateway sends in that order; a final failure
    or a cancellation releases the next. A failed reply that is tried again keeps its `reply_id` and comes
    with a new `number` and a higher `attempt`, which its outcomes repeat. `quoted_number` is the messenger's
    number of the message it answers.
    """

    type: ClassVar[str] = "dialogs.reply_requested.v1"

    reply_id: UUID
    dialog_id: UUID
    integration_id: UUID
    epoch: int
    external_id: str
    number: int
    text: str
    attempt: int = 1
    quoted_number: int | None = None
    files: tuple[OutgoingFile, ...] = ()


class ReplyCancelled(ProjectEvent):
    """An operator takes a waiting reply back: it fails with `cancelled`, unless it is with the messenger."""

    type: ClassVar[str] = "dialogs.reply_cancelled.v1"

    reply_id: UUID
    dialog_id: UUID
    integration_id: UUID
    epoch: int
    attempt: int = 1


class ChangeKind(StrEnum):
    """What shall happen to a message of ours in the messenger."""

    EDIT = "edit"
    DELETE = "delete"


class ChangeRequested(ProjectEvent):
    """An operator wants a sent message of ours changed in the messenger, or deleted there for everybody.

    `number` counts the changes of one message: 1, 2, 3, …; they are carried out in that order. `text` is
    the whole new text, null for a deletion; the attachments stay.
    """

    type: ClassVar[str] = "dialogs.change_requested.v1"

    change_id: UUID
    kind: ChangeKind
    number: int
    reply_id: UUID
    dialog_id: UUID
    integration_id: UUID
    epoch: int
    external_id: str
    conversation_message_id: int
    text: str | None = None


class MessagesSeen(ProjectEvent):
    """Operators have seen the person's messages up to this number: a high-water mark."""

    type: ClassVar[str] = "dialogs.messages_seen.v1"

    dialog_id: UUID
    integration_id: UUID
    epoch: int
    external_id: str
    conversation_message_id: int


class CaseEvent(ProjectEvent):
    """A case is one piece of work inside a dialog."""

    case_id: UUID
    dialog_id: UUID
    integration_id: UUID
    occurred_at: datetime


class CaseOpened(CaseEvent):
    """The customer's message opened a case."""

    type: ClassVar[str] = "dialogs.case_opened.v1"


class CaseTaken(CaseEvent):
    """An operator answers for the case now."""

    type: ClassVar[str] = "dialogs.case_taken.v1"

    operator_id: UUID


class CaseClosed(CaseEvent):
    """A case is done, taken or not."""

    type: ClassVar[str] = "dialogs.case_closed.v1"

    operator_id: UUID


class ImportStored(ProjectEvent):
    """So many messages of an import are in their dialogs now: the next ones may come."""

    type: ClassVar[str] = "dialogs.import_stored.v1"

    integration_id: UUID
    epoch: int
    import_id: UUID
    messages: int
