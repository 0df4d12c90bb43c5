"""Reads."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from shared.database.session import Session
from widget_config.tables import Widget


async def find_widget(session: Session, widget_id: UUID, *, lock: bool = False) -> Widget | None:
    """Return a widget; `lock` keeps others from changing it until the commit."""
    query = select(Widget).where(Widget.id == widget_id)
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def find_by_key(session: Session, public_key: str) -> Widget | None:
    """Return the widget with a public key."""
    return (await session.scalars(select(Widget).where(Widget.public_key == public_key))).one_or_none()


async def list_widgets(
    session: Session, project_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Widget]:
    """Return a project's widgets, first made first."""
    query = select(Widget).where(Widget.project_id == project_id)
    if after is not None:
        query = query.where(Widget.id > after)
    return (await session.scalars(query.order_by(Widget.id).limit(limit))).all()
