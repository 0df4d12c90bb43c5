"""Reads."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from integrations.registry.rules import State
from integrations.tables import Integration, TimelineEntry
from shared.database.session import Session


async def find_integration(
    session: Session, integration_id: UUID, *, lock: bool = False
) -> Integration | None:
    """Return an integration, live or deleted; `lock` keeps others from changing it until the commit."""
    query = select(Integration).where(Integration.id == integration_id)
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def list_live(
    session: Session, project_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Integration]:
    """Return a project's live integrations, first connected first."""
    query = select(Integration).where(
        Integration.project_id == project_id, Integration.state != State.DELETED
    )
    if after is not None:
        query = query.where(Integration.id > after)
    return (await session.scalars(query.order_by(Integration.id).limit(limit))).all()


async def list_all(session: Session, *, after: UUID | None, limit: int) -> Sequence[Integration]:
    """Return the integrations of every project, deleted ones too, by id."""
    query = select(Integration)
    if after is not None:
        query = query.where(Integration.id > after)
    return (await session.scalars(query.order_by(Integration.id).limit(limit))).all()


async def list_timeline(
    session: Session, integration_id: UUID, *, before: int | None, limit: int
) -> Sequence[TimelineEntry]:
    """Return what happened to an integration, newest first."""
    query = select(TimelineEntry).where(TimelineEntry.integration_id == integration_id)
    if before is not None:
        query = query.where(TimelineEntry.position < before)
    return (await session.scalars(query.order_by(TimelineEntry.position.desc()).limit(limit))).all()
