"""Reads of a project's API keys."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from accounts.sessions.identity import OwnProject
from accounts.tables import ApiKey, Project
from shared.database.session import Session


async def list_api_keys(
    session: Session, project_id: UUID, *, after: Sequence[str] | None, limit: int
) -> Sequence[ApiKey]:
    """Return a project's keys, first made first, after the given id."""
    query = select(ApiKey).where(ApiKey.project_id == project_id).order_by(ApiKey.id).limit(limit)
    if after is not None:
        query = query.where(ApiKey.id > UUID(after[0]))
    return (await session.execute(query)).scalars().all()


async def list_projects_of_key(session: Session, key_id: UUID) -> list[OwnProject]:
    """Return the one project of an API key, with the key's role in it."""
    query = (
        select(Project.id, Project.name, ApiKey.role)
        .join(ApiKey, ApiKey.project_id == Project.id)
        .where(ApiKey.id == key_id)
    )
    return [OwnProject(*row) for row in (await session.execute(query)).all()]
