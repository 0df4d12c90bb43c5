"""Reading the timeline."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from integrations.tables import TimelineEntry
from shared.database.session import Session


async def list_timeline(
    session: Session, integration_id: UUID, *, before: int | None, limit: int
) -> Sequence[TimelineEntry]:
    """Return what happened to an integration, newest first."""
    query = select(TimelineEntry).where(TimelineEntry.integration_id == integration_id)
    if before is not None:
        query = query.where(TimelineEntry.position < before)
    return (await session.scalars(query.order_by(TimelineEntry.position.desc()).limit(limit))).all()
