"""Tables of this service."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from integrations.states import Kind, State
from shared.database.columns import BigIdentity, EnumText
from shared.events.channel import FailureKind
from shared.runtime.tables import Table, service_metadata


class Base(Table):
    """Root of this service's tables."""

    __abstract__ = True
    metadata = service_metadata()


class Project(Base):
    """A project; its row is the lock of connecting and deletion. The highest `name_version` names it."""

    __tablename__ = "project"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deleted_at: Mapped[datetime | None]
    name: Mapped[str | None]
    name_version: Mapped[int] = mapped_column(default=0)


class Integration(Base):
    """A community in a project; the row and its id stay for ever, each life of it is an epoch.

    `version` grows with everything that is announced. From `reason` to `next_look_at` it is its `Health`
    (health/rules.py says what each means); `check_…` is the check that an administrator waits for;
    `history_import` is what was told last of the import of earlier messages.
    """

    __tablename__ = "integration"
    __table_args__ = (UniqueConstraint("project_id", "channel", "community_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    channel: Mapped[str]
    community_id: Mapped[int]
    connection_id: Mapped[UUID]
    name: Mapped[str]
    screen_name: Mapped[str]
    avatar_url: Mapped[str | None]
    state: Mapped[State] = mapped_column(EnumText(State))
    epoch: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    last_changed_at: Mapped[datetime]
    connected_at: Mapped[datetime]
    connected_by: Mapped[UUID | None]
    connected_by_name: Mapped[str | None]
    reason: Mapped[str | None]
    reason_kind: Mapped[FailureKind | None] = mapped_column(EnumText(FailureKind))
    since: Mapped[datetime]
    linked: Mapped[bool]
    problem: Mapped[str | None]
    problem_kind: Mapped[FailureKind | None] = mapped_column(EnumText(FailureKind))
    warnings: Mapped[list[Any]]
    trouble: Mapped[str | None]
    trouble_kind: Mapped[FailureKind | None] = mapped_column(EnumText(FailureKind))
    last_checked_at: Mapped[datetime | None]
    bad_seconds: Mapped[float]
    account_seconds: Mapped[float]
    account_failures: Mapped[int]
    worsened_at: Mapped[datetime | None]
    bettered_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None] = mapped_column(index=True)
    last_event_at: Mapped[datetime | None]
    replies_queued: Mapped[int | None]
    check_id: Mapped[UUID | None]
    check_requested_at: Mapped[datetime | None]
    history_import: Mapped[dict[str, Any] | None]
    transport: Mapped[str | None]
    checked_until: Mapped[datetime | None]
    gaps_open: Mapped[int | None]
    gaps_confirmed: Mapped[int | None]
    gaps: Mapped[list[Any] | None]
    history_checked_at: Mapped[datetime | None]


class Claim(Base):
    """The proof that a community serves one project only: its key is unique across all of them."""

    __tablename__ = "claim"

    channel: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    integration_id: Mapped[UUID] = mapped_column(ForeignKey("integration.id"))


class TimelineEntry(Base):
    """What happened to an integration: what was seen, what we did, what cures it. Texts are stable codes."""

    __tablename__ = "timeline_entry"
    __table_args__ = (Index(None, "integration_id", "position"),)

    position: Mapped[int] = mapped_column(BigIdentity, primary_key=True)
    integration_id: Mapped[UUID] = mapped_column(ForeignKey("integration.id"))
    at: Mapped[datetime]
    kind: Mapped[Kind] = mapped_column(EnumText(Kind))
    state: Mapped[State] = mapped_column(EnumText(State))
    cause: Mapped[str | None]
    action: Mapped[str | None]
    cure: Mapped[str | None]
