"""Tables of this service."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.runtime.tables import Table, service_metadata


class Base(Table):
    """Root of this service's tables."""

    __abstract__ = True
    metadata = service_metadata()


class Project(Base):
    """A project that had a widget; its row is the lock of creating widgets and of the project's deletion."""

    __tablename__ = "project"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deleted_at: Mapped[datetime | None]


class KnownIntegration(Base):
    """What we have heard of an integration, as of `version`.

    Name and picture come with some events only, so they have a version of their own; 0 means never heard.
    """

    __tablename__ = "known_integration"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    channel: Mapped[str]
    community_id: Mapped[int]
    state: Mapped[str]
    epoch: Mapped[int]
    version: Mapped[int]
    name: Mapped[str]
    screen_name: Mapped[str]
    avatar_url: Mapped[str | None]
    described_version: Mapped[int]


class Widget(Base):
    """A widget of a project. `look` is a `widgets.schemas.Look` as JSON; `version` counts changes."""

    __tablename__ = "widget"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    public_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    look: Mapped[dict[str, Any]]
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WidgetChannel(Base):
    """An integration that a widget offers. It ends with the integration's epoch."""

    __tablename__ = "widget_channel"

    widget_id: Mapped[UUID] = mapped_column(ForeignKey("widget.id"), primary_key=True)
    integration_id: Mapped[UUID] = mapped_column(
        ForeignKey("known_integration.id"), primary_key=True, index=True
    )
    added_at: Mapped[datetime]
