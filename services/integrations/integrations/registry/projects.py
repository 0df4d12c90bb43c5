"""Projects as the registry needs them: their names, a lock for connecting, a tombstone."""

from uuid import UUID

from sqlalchemy import select

from integrations.tables import Project
from shared.database.inserts import inserted
from shared.database.session import Session


async def hold_project(session: Session, project_id: UUID) -> Project:
    """Return the project's row, locked; made if it is not there."""
    await inserted(session, Project, conflict=["id"], id=project_id, name_version=0)
    return (await session.scalars(select(Project).where(Project.id == project_id).with_for_update())).one()


async def name_project(session: Session, project_id: UUID, *, name: str, version: int) -> None:
    """Remember a project's name; older news change nothing."""
    project = await hold_project(session, project_id)
    if project.name is None or version > project.name_version:
        project.name, project.name_version = name, version
