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
    `confirmed_at` is when news or the registry last said that this is how it is.
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
    confirmed_at: Mapped[datetime | None]


class Widget(Base):
    """A widget of a project.

    `setup` is a `widgets.schemas.Setup` as JSON, the one that visitors see: the version `published_number`.
    `draft` holds those parts of a setup that somebody has changed and not published. `version` counts
    changes of what visitors may see.
    """

    __tablename__ = "widget"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    public_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    setup: Mapped[dict[str, Any]]
    draft: Mapped[dict[str, Any] | None]
    published_number: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WidgetVersion(Base):
    """A setup as it was published, by whom, and from which version if it was restored."""

    __tablename__ = "widget_version"

    widget_id: Mapped[UUID] = mapped_column(ForeignKey("widget.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[UUID] = mapped_column(index=True)
    setup: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]
    published_by_name: Mapped[str | None]
    restored_from: Mapped[int | None]


class WidgetChannel(Base):
    """An integration that a widget offers. It ends with the integration's epoch.

    Its place among the others, and how it is called, stand in the widget's setup.
    """

    __tablename__ = "widget_channel"

    widget_id: Mapped[UUID] = mapped_column(ForeignKey("widget.id"), primary_key=True)
    integration_id: Mapped[UUID] = mapped_column(
        ForeignKey("known_integration.id"), primary_key=True, index=True
    )
    added_at: Mapped[datetime]
