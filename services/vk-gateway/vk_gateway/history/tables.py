"""What is kept of how events come, and of how much of VK's history is with us."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.columns import EnumText
from shared.events.channel import ImportState
from shared.events.integrations import HistoryDepth
from vk_gateway.table_root import Base


class Transport(StrEnum):
    """How a community's events come."""

    CALLBACK = "callback"
    LONG_POLL = "long_poll"
    NONE = "none"


class Reception(Base):
    """How a community's events come at the moment, and where Long Poll stands.

    `long_poll_ts` is stored together with the updates that came before it. `long_poll_found` is what VK's
    settings were before ours. `reason` says why it is not the callback: null, or a stable code.
    """

    __tablename__ = "reception"
    __table_args__ = (Index("ix_reception_watch", "next_watch_at"),)

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    epoch: Mapped[int]
    transport: Mapped[Transport] = mapped_column(EnumText(Transport))
    reason: Mapped[str | None]
    changed_at: Mapped[datetime]
    callback_seen_at: Mapped[datetime | None]
    long_poll_seen_at: Mapped[datetime | None]
    polled_at: Mapped[datetime | None]
    long_poll_ts: Mapped[str | None]
    long_poll_found: Mapped[dict[str, Any] | None]
    next_watch_at: Mapped[datetime]
    watch_failures: Mapped[int]


class History(Base):
    """How much of VK's history of a community is with us. Numbers are VK's message ids in the community.

    `floor_message_id`: what is not newer was there before the connect and is not ours. `ground_message_id`:
    up to here every message is with us or in a hole. A sweep that is under way goes from `sweep_head` down
    and has come to `sweep_below`. `announced` is what was said last.
    """

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_sweep", "next_sweep_at"),)

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    epoch: Mapped[int]
    floor_message_id: Mapped[int]
    ground_message_id: Mapped[int]
    sweep_head: Mapped[int | None]
    sweep_below: Mapped[int | None]
    sweep_started_at: Mapped[datetime | None]
    next_sweep_at: Mapped[datetime]
    sweep_failures: Mapped[int]
    checked_until: Mapped[datetime]
    announced: Mapped[dict[str, Any] | None]
    announced_at: Mapped[datetime | None]


class Peer(Base):
    """The last message number of a dialog that we know of. Up to `floor_number` they are not ours.

    A floor that is null is found when the dialog's first hole is fetched.
    """

    __tablename__ = "peer"

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[UUID]
    last_number: Mapped[int]
    floor_number: Mapped[int | None]


class Hole(Base):
    """Message numbers of a dialog that did not come: to be fetched, or confirmed as gone at VK."""

    __tablename__ = "hole"
    __table_args__ = (
        Index(
            "ix_hole_due",
            "integration_id",
            "next_try_at",
            postgresql_where=text("confirmed_at IS NULL"),
            sqlite_where=text("confirmed_at IS NULL"),
        ),
    )

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]
    project_id: Mapped[UUID]
    found_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    missed_at: Mapped[datetime | None]
    failures: Mapped[int]
    confirmed_at: Mapped[datetime | None]


class Import(Base):
    """The latest import of what was written before the connect. Ids are VK's message ids in the community.

    Dialogs are listed first, from `list_below` down to `list_floor` and once more from the top as long as
    some have moved (`list_head` is where a pass began). What is older than `since` is not wanted.
    `messages_stored` are with us, `messages_done` in their dialogs (`done_at` was the last time).
    """

    __tablename__ = "history_import"
    __table_args__ = (Index("ix_history_import_due", "next_step_at"),)

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    epoch: Mapped[int]
    import_id: Mapped[UUID]
    depth: Mapped[HistoryDepth] = mapped_column(EnumText(HistoryDepth))
    state: Mapped[ImportState] = mapped_column(EnumText(ImportState))
    since: Mapped[datetime | None]
    is_listed: Mapped[bool]
    list_head: Mapped[int | None]
    list_below: Mapped[int | None]
    list_floor: Mapped[int]
    dialogs_there: Mapped[int | None]
    dialogs_listed: Mapped[int]
    messages_stored: Mapped[int]
    messages_done: Mapped[int]
    done_at: Mapped[datetime]
    pages: Mapped[int]
    next_step_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    told_done: Mapped[int]
    per_second: Mapped[float]


class ImportDialog(Base):
    """A dialog of an import that is not fetched to its end.

    `below`: messages with smaller ids are still to come, `messages_left` of them at most; `from_id` is where
    the next page begins (null: with the newest).
    """

    __tablename__ = "import_dialog"
    __table_args__ = (Index("ix_import_dialog_next", "integration_id", "failures", "last_message_id"),)

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[UUID]
    last_message_id: Mapped[int]
    below: Mapped[int]
    from_id: Mapped[int | None]
    messages_left: Mapped[int]
    failures: Mapped[int]
