"""Reads of the audit log."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from accounts.tables import ApiKey, AuditEntry, Operator
from shared.database.session import Session


async def list_entries(
    session: Session, project_id: UUID, *, action: str | None, before: Sequence[str] | None, limit: int
) -> Sequence[AuditEntry]:
    """Return a project's entries, the newest first, before the given id."""
    query = select(AuditEntry).where(AuditEntry.project_id == project_id)
    if action is not None:
        query = query.where(AuditEntry.kind == action)
    if before is not None:
        query = query.where(AuditEntry.id < UUID(before[0]))
    return (await session.execute(query.order_by(AuditEntry.id.desc()).limit(limit))).scalars().all()


async def names_of(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of the people and API keys among these."""
    wanted = {one for one in ids if one is not None}
    people = select(Operator.id, Operator.name).where(Operator.id.in_(wanted))
    keys = select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(wanted))
    names = {row.id: f"API: {row.name}" for row in (await session.execute(keys)).all()}
    return names | {row.id: row.name for row in (await session.execute(people)).all()}
