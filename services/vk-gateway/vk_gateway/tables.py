"""What the gateway keeps."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.columns import BigIdentity, EnumText
from shared.events.dialogs import ChangeKind, OutgoingKind
from vk_gateway.communities.tables import CallbackAddress
from vk_gateway.connections.tables import Connection, ConnectionCommunity, ConsentStep, SpentStep
from vk_gateway.contacts.tables import WritingPermission
from vk_gateway.health.tables import Health
from vk_gateway.history.tables import History, Hole, Import, ImportDialog, Peer, Reception
from vk_gateway.incoming.tables import FollowUp
from vk_gateway.table_root import Base

__all__ = [
    "Base",
    "CallbackAddress",
    "Connection",
    "ConnectionCommunity",
    "ConsentStep",
    "FollowUp",
    "Health",
    "History",
    "Hole",
    "Import",
    "ImportDialog",
    "Peer",
    "Reception",
    "SpentStep",
    "WritingPermission",
]


class LinkState(StrEnum):
    """How far a community's callback server is."""

    LINKING = "linking"
    LINKED = "linked"
    UNLINKING = "unlinking"
    GONE = "gone"


class OutgoingState(StrEnum):
    """What is known of a reply. `sending` and `checking` may be in VK or not."""

    QUEUED = "queued"
    SENDING = "sending"
    CHECKING = "checking"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class MediaState(StrEnum):
    """How far the copy of a file is. `stale`: its link has expired, and VK is asked for a fresh one."""

    WANTED = "wanted"
    STALE = "stale"
    READY = "ready"
    FAILED = "failed"


UNSETTLED = (OutgoingState.QUEUED, OutgoingState.SENDING, OutgoingState.CHECKING)


class Community(Base):
    """A connected community: the gateway's projection of an integration, with its key and callback server.

    While it `is_parked` nothing but probes is asked of VK. `sending_problem` is what VK says to replies only,
    though the account is well.
    """

    __tablename__ = "community"
    __table_args__ = (Index("ix_community_due", "next_duty_at"),)

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    community_id: Mapped[int] = mapped_column(index=True)
    connection_id: Mapped[UUID]
    epoch: Mapped[int]
    version: Mapped[int]
    link_state: Mapped[LinkState] = mapped_column(EnumText(LinkState))
    key_sealed: Mapped[str | None]
    confirmation_code: Mapped[str | None]
    confirming_until: Mapped[datetime | None]
    sending_problem: Mapped[str | None]
    is_parked: Mapped[bool] = mapped_column(server_default=false())
    failures: Mapped[int]
    next_duty_at: Mapped[datetime | None]


class RandomCounter(Base):
    """The next `random_id` of a community: never reused, not even by a later epoch."""

    __tablename__ = "random_counter"

    community_id: Mapped[int] = mapped_column(primary_key=True)
    next_random_id: Mapped[int]


class RawUpdate(Base):
    """An update as VK sent it, byte for byte."""

    __tablename__ = "raw_update"
    __table_args__ = (
        UniqueConstraint("integration_id", "event_id"),
        Index(
            "ix_raw_update_waiting",
            "integration_id",
            "position",
            postgresql_where=text("translated_at IS NULL"),
            sqlite_where=text("translated_at IS NULL"),
        ),
        Index(
            "ix_raw_update_again",
            "position",
            postgresql_where=text("outcome IN ('stored', 'partial', 'too_large')"),
            sqlite_where=text("outcome IN ('stored', 'partial', 'too_large')"),
        ),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(BigIdentity, primary_key=True, autoincrement=True)
    integration_id: Mapped[UUID]
    project_id: Mapped[UUID]
    community_id: Mapped[int]
    epoch: Mapped[int]
    event_id: Mapped[str]
    kind: Mapped[str]
    body: Mapped[bytes]
    received_at: Mapped[datetime]
    translated_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class Outgoing(Base):
    """A reply on its way to VK. Its `random_id` is stored before the first call and kept over retries.

    Once it was doubted (`doubted_at`), each further attempt follows a look into VK's history. `attempt`
    counts the operator's wishes to have it sent, `attempts` our calls. `verify_at`: it is in VK, and then we
    look which of its files VK has kept.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        UniqueConstraint("community_id", "random_id"),
        Index(
            "ix_outgoing_due",
            "integration_id",
            "next_attempt_at",
            postgresql_where=text("settled_at IS NULL"),
            sqlite_where=text("settled_at IS NULL"),
        ),
        Index("ix_outgoing_number", "dialog_id", "number", unique=True),
        Index(
            "ix_outgoing_verify",
            "integration_id",
            "verify_at",
            postgresql_where=text("verify_at IS NOT NULL"),
            sqlite_where=text("verify_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    integration_id: Mapped[UUID]
    community_id: Mapped[int]
    epoch: Mapped[int]
    dialog_id: Mapped[UUID]
    external_id: Mapped[str]
    number: Mapped[int]
    text: Mapped[str]
    random_id: Mapped[int]
    state: Mapped[OutgoingState] = mapped_column(EnumText(OutgoingState))
    fence: Mapped[int]
    attempts: Mapped[int]
    first_tried_at: Mapped[datetime | None]
    last_tried_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    looked_up_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    conversation_message_id: Mapped[int | None]
    reason: Mapped[str | None]
    correlation_id: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(server_default="1")
    quoted_number: Mapped[int | None]
    has_files: Mapped[bool] = mapped_column(server_default=false())
    verify_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class OutgoingPart(Base):
    """A file of a reply, and under what name VK has it (`reference`) once it is uploaded."""

    __tablename__ = "outgoing_part"

    reply_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[UUID]
    kind: Mapped[OutgoingKind] = mapped_column(EnumText(OutgoingKind))
    key: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    reference: Mapped[str | None]
    uploaded_at: Mapped[datetime | None]


class OutgoingDialog(Base):
    """How far a dialog's replies are settled without a gap: the next to send is `settled_number` + 1."""

    __tablename__ = "outgoing_dialog"

    dialog_id: Mapped[UUID] = mapped_column(primary_key=True)
    settled_number: Mapped[int]


class SettledAhead(Base):
    """A number that is settled while an earlier one of its dialog is not: a cancelled reply's."""

    __tablename__ = "settled_ahead"

    dialog_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Cancellation(Base):
    """A reply that was taken back before we heard that it is wanted."""

    __tablename__ = "cancellation"

    reply_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    attempt: Mapped[int]
    created_at: Mapped[datetime]


class MessageChange(Base):
    """An edit or a deletion of a message of ours, on its way to VK; in order for each message."""

    __tablename__ = "message_change"
    __table_args__ = (
        UniqueConstraint("reply_id", "number"),
        Index(
            "ix_message_change_due",
            "integration_id",
            "next_attempt_at",
            postgresql_where=text("settled_at IS NULL"),
            sqlite_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    integration_id: Mapped[UUID]
    epoch: Mapped[int]
    reply_id: Mapped[UUID]
    number: Mapped[int]
    external_id: Mapped[str]
    conversation_message_id: Mapped[int]
    kind: Mapped[ChangeKind] = mapped_column(EnumText(ChangeKind))
    text: Mapped[str | None]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    correlation_id: Mapped[str | None]


class ReadMark(Base):
    """Up to which number operators have seen a person's messages, and up to which VK knows it."""

    __tablename__ = "read_mark"
    __table_args__ = (
        Index(
            "ix_read_mark_wanted",
            "integration_id",
            "wanted_at",
            postgresql_where=text("wanted_at IS NOT NULL"),
            sqlite_where=text("wanted_at IS NOT NULL"),
        ),
    )

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    seen_number: Mapped[int]
    told_number: Mapped[int]
    wanted_at: Mapped[datetime | None]


class Profile(Base):
    """Name and picture of a person (or administrator) as VK told us; `wanted_at` asks for a look."""

    __tablename__ = "profile"
    __table_args__ = (
        Index(
            "ix_profile_wanted",
            "integration_id",
            "wanted_at",
            postgresql_where=text("wanted_at IS NOT NULL"),
            sqlite_where=text("wanted_at IS NOT NULL"),
        ),
    )

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    avatar_url: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    wanted_at: Mapped[datetime | None]


class Media(Base):
    """A file of VK's that we copy, once for each integration. `source` is VK's own name of it.

    `next_attempt_at` is also until when somebody works on it; `fence` grows with each attempt, and only the
    latest one settles it. `external_id` and `conversation_message_id` name a message that has it. Those of an
    import (`is_earlier`) come after all others.
    """

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("integration_id", "source"),
        Index(
            "ix_media_waiting",
            "is_earlier",
            "next_attempt_at",
            postgresql_where=text("state = 'wanted'"),
            sqlite_where=text("state = 'wanted'"),
        ),
        Index(
            "ix_media_stale",
            "integration_id",
            "next_attempt_at",
            postgresql_where=text("state = 'stale'"),
            sqlite_where=text("state = 'stale'"),
        ),
        Index("ix_media_project_id", "project_id"),
    )

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    integration_id: Mapped[UUID]
    source: Mapped[str]
    url: Mapped[str]
    name: Mapped[str | None]
    kind: Mapped[str]
    external_id: Mapped[str | None]
    conversation_message_id: Mapped[int | None]
    state: Mapped[MediaState] = mapped_column(EnumText(MediaState))
    problem: Mapped[str | None]
    fence: Mapped[int]
    failures: Mapped[int]
    freshened: Mapped[int]
    next_attempt_at: Mapped[datetime]
    wanted_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    correlation_id: Mapped[str | None]
    is_earlier: Mapped[bool] = mapped_column(server_default=false())


class BuriedProject(Base):
    """A deleted project: nothing is copied for it any more, and its files go."""

    __tablename__ = "buried_project"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    buried_at: Mapped[datetime]
    purged_at: Mapped[datetime | None]
