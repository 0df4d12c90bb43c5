"""What a gateway announces; the same for every messenger.

`external_id` is the person's id as the messenger writes it (for VK the user id as text).
`conversation_message_id` is the messenger's own number of a message inside one dialog: together with the
integration and the person it names a message for ever, and it gives the order.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

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
    """A person wrote to us."""

    type: ClassVar[str] = "channel.message_received.v1"

    external_id: str
    conversation_message_id: int
    text: str
    sent_at: datetime
    source: Source = Source.LIVE
    unsupported: bool = False


class StaffReplied(ChannelEvent):
    """Somebody answered in the messenger itself, past Otklik."""

    type: ClassVar[str] = "channel.staff_replied.v1"

    external_id: str
    conversation_message_id: int
    text: str
    sent_at: datetime
    author_external_id: str | None = None
    author_name: str | None = None
    source: Source = Source.LIVE
    unsupported: bool = False


class ContactUpdated(ChannelEvent):
    """The messenger told us a person's name and picture. The newest `checked_at` wins."""

    type: ClassVar[str] = "channel.contact_updated.v1"

    external_id: str
    name: str
    avatar_url: str | None = None
    checked_at: datetime


class ReplySent(ChannelEvent):
    """A reply of ours is in the messenger, under this number."""

    type: ClassVar[str] = "channel.reply_sent.v1"

    reply_id: UUID
    external_id: str
    conversation_message_id: int
    sent_at: datetime


class ReplyUnconfirmed(ChannelEvent):
    """We do not know yet whether the messenger took a reply; echo or history will tell."""

    type: ClassVar[str] = "channel.reply_unconfirmed.v1"

    reply_id: UUID


class ReplyFailed(ChannelEvent):
    """A reply will not be sent. `reason` is a stable code, e.g. `writing_not_allowed`."""

    type: ClassVar[str] = "channel.reply_failed.v1"

    reply_id: UUID
    external_id: str
    reason: str


class AccountLinked(ChannelEvent):
    """Events flow: the messenger knows our address and sends what we asked for."""

    type: ClassVar[str] = "channel.account_linked.v1"


class AccountChecked(ChannelEvent):
    """The messenger was asked about the account. `problem` is null when all is well, else a stable code."""

    type: ClassVar[str] = "channel.account_checked.v1"

    problem: str | None
    checked_at: datetime
