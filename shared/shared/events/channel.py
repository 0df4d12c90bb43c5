"""What a gateway announces; the same for every messenger.

`external_id` is the person's id as the messenger writes it (for VK the user id as text).
`conversation_message_id` is the messenger's own number of a message inside one dialog: together with the
integration and the person it names a message for ever, and it gives the order.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.content import EMPTY, Content
from shared.events.envelope import ProjectEvent


class Source(StrEnum):
    """How a message reached us. Only `live` ones notify people."""

    LIVE = "live"
    BACKFILL = "backfill"
    HISTORY = "history"


class ChannelEvent(ProjectEvent):
    """Every event of a gateway names the integration and the epoch it belongs to."""

    integration_id: UUID
    epoch: int


class MessageReceived(ChannelEvent):
    """A person wrote to us.

    The same message may be told again, with more in it than before: of two tellings the one with the later
    `edited_at` counts (null is earliest), and of equal ones that which is not `unsupported`.
    """

    type: ClassVar[str] = "channel.message_received.v1"

    external_id: str
    conversation_message_id: int
    text: str
    sent_at: datetime
    source: Source = Source.LIVE
    unsupported: bool = False
    content: Content = EMPTY
    edited_at: datetime | None = None


class StaffReplied(ChannelEvent):
    """Somebody answered in the messenger itself, past Otklik. Told again as `MessageReceived` is."""

    type: ClassVar[str] = "channel.staff_replied.v1"

    external_id: str
    conversation_message_id: int
    text: str
    sent_at: datetime
    author_external_id: str | None = None
    author_name: str | None = None
    source: Source = Source.LIVE
    unsupported: bool = False
    content: Content = EMPTY
    edited_at: datetime | None = None


class MessageEdited(ChannelEvent):
    """A message is different now, and this is the whole of it; the latest `edited_at` counts.

    `by_customer` says who wrote it; the author's fields are those of `StaffReplied`. A message that was not
    told before is told by this.
    """

    type: ClassVar[str] = "channel.message_edited.v1"

    external_id: str
    conversation_message_id: int
    by_customer: bool
    author_external_id: str | None = None
    author_name: str | None = None
    text: str
    content: Content = EMPTY
    unsupported: bool = False
    sent_at: datetime
    edited_at: datetime
    source: Source = Source.LIVE


class MessageDeleted(ChannelEvent):
    """A message is gone from the messenger, for everybody. `deleted_at` is when we learned it."""

    type: ClassVar[str] = "channel.message_deleted.v1"

    external_id: str
    conversation_message_id: int
    deleted_at: datetime


class MessagesRead(ChannelEvent):
    """The person has read our messages up to this number: a high-water mark."""

    type: ClassVar[str] = "channel.messages_read.v1"

    external_id: str
    conversation_message_id: int
    read_at: datetime


class ReactionChanged(ChannelEvent):
    """The person's reaction to a message; null when it was taken back. The highest `order` counts."""

    type: ClassVar[str] = "channel.reaction_changed.v1"

    external_id: str
    conversation_message_id: int
    reaction: int | None
    order: int


class ButtonPressed(ChannelEvent):
    """The person pressed a button under one of the community's messages. `payload` is JSON, forgeable."""

    type: ClassVar[str] = "channel.button_pressed.v1"

    external_id: str
    conversation_message_id: int
    payload: str
    press_id: str
    pressed_at: datetime


class WritingPermissionChanged(ChannelEvent):
    """Whether the person takes our messages, as the messenger itself said; the newest `checked_at` counts.

    `reason` is null when allowed, else a stable code: `writing_not_allowed` (the person blocked us),
    `blocked_by_community`, `privacy_settings`, `person_is_gone`, `reply_window_over`, `no_conversation`,
    `person_unreachable`.
    """

    type: ClassVar[str] = "channel.writing_permission_changed.v1"

    external_id: str
    allowed: bool
    reason: str | None = None
    checked_at: datetime


class AttachmentCopied(ChannelEvent):
    """The copy of an attachment's file is ready in the file store, or will never be.

    `key` and `preview_key` are keys in the store; `media_type` was found from the bytes. `problem` is null or
    a stable code: `too_large`, `gone`, `not_allowed`, `unreadable`.
    """

    type: ClassVar[str] = "channel.attachment_copied.v1"

    file_id: UUID
    key: str | None = None
    preview_key: str | None = None
    media_type: str | None = None
    name: str | None = None
    size_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    problem: str | None = None


class EarlierMessage(BaseModel):
    """A message from before the connection: what `MessageReceived` or `StaffReplied` would say of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    external_id: str
    conversation_message_id: int
    by_customer: bool
    text: str
    sent_at: datetime
    edited_at: datetime | None = None
    unsupported: bool = False
    content: Content | None = None
    author_external_id: str | None = None
    author_name: str | None = None


class MessagesImported(ChannelEvent):
    """Messages from before the connection (`Source.HISTORY`), many at once and of any dialogs.

    Each is one telling of its message, like any other; it notifies nobody. `dialogs.import_stored` answers.
    """

    type: ClassVar[str] = "channel.messages_imported.v1"

    import_id: UUID
    messages: tuple[EarlierMessage, ...]


class HistoryChecked(ChannelEvent):
    """Everything written before `checked_until` is with us, but for the gaps.

    `transport` is `callback`, `long_poll` or `none`: how events come at the moment. `gaps` are stretches of
    numbers that the messenger no longer gives, the newest first and at most a hundred; `gaps_open` counts
    stretches that are still being fetched.
    """

    type: ClassVar[str] = "channel.history_checked.v1"

    checked_until: datetime
    transport: str
    gaps_open: int
    gaps_confirmed: int
    gaps: tuple["Gap", ...] = ()
    checked_at: datetime


class Gap(BaseModel):
    """A stretch of message numbers of one dialog that nobody can give us any more."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    external_id: str
    first_number: int
    last_number: int
    confirmed_at: datetime


class ContactUpdated(ChannelEvent):
    """The messenger told us a person's name, picture and page. The newest `checked_at` wins."""

    type: ClassVar[str] = "channel.contact_updated.v1"

    external_id: str
    name: str
    avatar_url: str | None = None
    screen_name: str | None = None
    profile_url: str | None = None
    checked_at: datetime


class ReplySent(ChannelEvent):
    """A reply of ours is in the messenger, under this number.

    `dropped` are the positions (from 0) of the attachments that the messenger did not keep.
    """

    type: ClassVar[str] = "channel.reply_sent.v1"

    reply_id: UUID
    external_id: str
    conversation_message_id: int
    sent_at: datetime
    attempt: int = 1
    dropped: tuple[int, ...] = ()


class ReplyUnconfirmed(ChannelEvent):
    """We do not know yet whether the messenger took a reply; echo or history will tell."""

    type: ClassVar[str] = "channel.reply_unconfirmed.v1"

    reply_id: UUID
    attempt: int = 1


class ReplyFailed(ChannelEvent):
    """A reply will not be sent. `reason` is a stable code, e.g. `writing_not_allowed` or `cancelled`."""

    type: ClassVar[str] = "channel.reply_failed.v1"

    reply_id: UUID
    external_id: str
    reason: str
    attempt: int = 1


class ChangeApplied(ChannelEvent):
    """The messenger has carried out an edit or a deletion that `dialogs.change_requested` asked for."""

    type: ClassVar[str] = "channel.change_applied.v1"

    change_id: UUID
    reply_id: UUID
    applied_at: datetime


class ChangeFailed(ChannelEvent):
    """An edit or a deletion will not be carried out; `reason` is a stable code, e.g. `edit_window_over`."""

    type: ClassVar[str] = "channel.change_failed.v1"

    change_id: UUID
    reply_id: UUID
    reason: str


class AccountLinked(ChannelEvent):
    """Events flow: the messenger knows our address and sends what we asked for."""

    type: ClassVar[str] = "channel.account_linked.v1"


class FailureKind(StrEnum):
    """How a problem of an account is to be taken.

    `transient` may pass by itself; `account` is to be cured by a person; `setting` is a person's choice or a
    human check, which only a long time makes critical (messages switched off, captcha).
    """

    TRANSIENT = "transient"
    ACCOUNT = "account"
    SETTING = "setting"


class AccountChecked(ChannelEvent):
    """The messenger was asked about the account, or refused us because of it.

    `problem` is what keeps us from working, a stable code, null when all is well; `kind` says how to take it.
    `warnings` are codes of what is off while messages still come and go (e.g. `callback_failed`: another
    transport stands in; `rights_missing:photos`). `actions` are codes of what the gateway did about it since
    it told last (e.g. `callback_repaired`). Told at each change, at each failed probe, and now and then when
    all is well. The newest `checked_at` counts. `request_id` is that of the `CheckRequested` it answers.
    """

    type: ClassVar[str] = "channel.account_checked.v1"

    problem: str | None
    checked_at: datetime
    kind: FailureKind | None = None
    is_probe: bool = False
    warnings: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    request_id: UUID | None = None
    last_event_at: datetime | None = None
    replies_queued: int | None = None


class ImportState(StrEnum):
    """How far the import of an account's earlier messages is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class ImportProgressed(ChannelEvent):
    """How far the import of earlier messages is; the newest `told_at` of an `import_id` counts.

    `messages_total` is what the messenger says there is, an estimate for `month`; null when not yet known.
    `per_second` is the present rate in messages; `seconds_left` is null when nothing can be said.
    """

    type: ClassVar[str] = "channel.import_progressed.v1"

    import_id: UUID
    depth: str
    state: ImportState
    dialogs_done: int
    dialogs_total: int | None
    messages_done: int
    messages_total: int | None
    per_second: float
    seconds_left: int | None
    told_at: datetime
