"""Reads about versions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from shared.database.session import Session
from widget_config.tables import Widget, WidgetVersion
from widget_config.widgets.rules import Json


async def find_version(session: Session, widget_id: UUID, number: int) -> WidgetVersion | None:
    """Return a version of a widget."""
    return await session.get(WidgetVersion, (widget_id, number))


async def find_draft(session: Session, widget_id: UUID) -> Json | None:
    """Return the draft of a widget as it is at the moment."""
    return await session.scalar(select(Widget.draft).where(Widget.id == widget_id))


async def list_versions(
    session: Session, widget_id: UUID, *, before: int | None, limit: int
) -> Sequence[WidgetVersion]:
    """Return a widget's versions, newest first."""
    query = select(WidgetVersion).where(WidgetVersion.widget_id == widget_id)
    if before is not None:
        query = query.where(WidgetVersion.number < before)
    return (await session.scalars(query.order_by(WidgetVersion.number.desc()).limit(limit))).all()
