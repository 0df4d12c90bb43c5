"""Deleting the rows of deleted projects, a bounded step in each transaction."""

from sqlalchemy import delete, select

from dialogs.tables import Case, Contact, Dialog, HeldEvent, Integration, Message, Project
from shared.database.engine import Database
from shared.database.session import Session

STEP = 500
# Children first, so that a step that ends in between leaves nothing without its parent.
KINDS = (Message, Case, Dialog, Contact)


async def purge_projects(database: Database) -> bool:
    """Delete some rows of one deleted project. Returns whether more is left. Changes go by their age."""
    async with database.write() as session:
        buried = select(Project).where(Project.deleted_at.is_not(None), Project.purged_at.is_(None)).limit(1)
        project = await session.scalar(buried)
        if project is None:
            return False
        if await _purge_some(session, project):
            return True
        integrations = select(Integration.id).where(Integration.project_id == project.id)
        await session.execute(delete(HeldEvent).where(HeldEvent.integration_id.in_(integrations)))
        await session.execute(delete(Integration).where(Integration.project_id == project.id))
        project.purged_at = session.now
    return True


async def _purge_some(session: Session, project: Project) -> bool:
    for kind in KINDS:
        ids = (await session.scalars(select(kind.id).where(kind.project_id == project.id).limit(STEP))).all()
        if ids:
            await session.execute(delete(kind).where(kind.id.in_(ids)))
            return True
    return False
