"""Where a project's feed stands, and its changes after a position."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from dialogs.tables import Change, ChangeCounter
from shared.database.session import Session

TIDY_ROWS = 5_000


async def get_position(session: Session, project_id: UUID) -> int:
    """Return the number of the project's last change, 0 before the first one."""
    return (await get_positions(session, [project_id])).get(project_id, 0)


async def get_positions(session: Session, project_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the numbers of the last changes of projects, without those that have none yet."""
    query = select(ChangeCounter.project_id, ChangeCounter.number)
    query = query.where(ChangeCounter.project_id.in_(project_ids))
    return {row.project_id: row.number for row in await session.execute(query)}


async def list_changes(
    session: Session, project_id: UUID, *, after: int, limit: int
) -> Sequence[tuple[int, str, bytes]]:
    """Return number, kind and body of the changes after a position, in order."""
    query = (
        select(Change.number, Change.kind, Change.body)
        .where(Change.project_id == project_id, Change.number > after)
        .order_by(Change.number)
        .limit(limit)
    )
    return [(row.number, row.kind, row.body) for row in await session.execute(query)]


async def forget_changes(session: Session, *, before: datetime) -> bool:
    """Delete old changes, oldest numbers first, a bounded step. Returns whether more are left."""
    project_id = await session.scalar(select(Change.project_id).where(Change.created_at < before).limit(1))
    if project_id is None:
        return False
    old = select(func.max(Change.number)).where(Change.project_id == project_id, Change.created_at < before)
    through = (await session.execute(old)).scalar_one()
    first = select(func.min(Change.number)).where(Change.project_id == project_id)
    until = min(through, (await session.execute(first)).scalar_one() + TIDY_ROWS)
    await session.execute(delete(Change).where(Change.project_id == project_id, Change.number <= until))
    return True
