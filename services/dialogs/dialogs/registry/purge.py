"""Deleting the rows of deleted projects, a bounded step in each transaction."""

from uuid import UUID

from sqlalchemy import delete, select, tuple_, update

from dialogs.tables import (
    ButtonPress,
    Case,
    Contact,
    Dialog,
    DialogTag,
    EarlyMark,
    File,
    HeldEvent,
    Integration,
    Message,
    MessageFile,
    MessageVersion,
    Note,
    Operator,
    Project,
    ProjectCounter,
    QuickAnswer,
    QuickAnswerFile,
    SearchText,
    Tag,
    VisitMark,
)
from shared.database.engine import Database
from shared.database.session import Session
from shared.files.store import FileStore, prefixes_of

STEP = 500
# Children first, so that a step that ends in between leaves nothing without its parent.
KINDS = (
    VisitMark,
    SearchText,
    MessageFile,
    QuickAnswerFile,
    File,
    QuickAnswer,
    Note,
    DialogTag,
    Tag,
    MessageVersion,
    EarlyMark,
    ButtonPress,
    Message,
    Case,
    Dialog,
    Contact,
    Operator,
)


async def purge_projects(database: Database, files: FileStore) -> bool:
    """Delete some files and rows of one deleted project. Returns whether more is left.

    Changes go by their age. Customers' files may still be on their way; the gateway sees to those.
    """
    buried = select(Project.id).where(Project.deleted_at.is_not(None), Project.purged_at.is_(None)).limit(1)
    async with database.read() as session:
        project_id = await session.scalar(buried)
    if project_id is None:
        return False
    if any([await files.delete_all(prefix) for prefix in prefixes_of(project_id)]):
        return True
    async with database.write() as session:
        if not await _purge_some(session, project_id):
            integrations = select(Integration.id).where(Integration.project_id == project_id)
            await session.execute(delete(HeldEvent).where(HeldEvent.integration_id.in_(integrations)))
            await session.execute(delete(ProjectCounter).where(ProjectCounter.project_id == project_id))
            await session.execute(delete(Integration).where(Integration.project_id == project_id))
            done = update(Project).where(Project.id == project_id)
            await session.execute(done.values(purged_at=session.now))
    return True


async def _purge_some(session: Session, project_id: UUID) -> bool:
    for kind in KINDS:
        its = kind.project_id == project_id
        key_columns = list(kind.__table__.primary_key)
        keys = (await session.execute(select(*key_columns).where(its).limit(STEP))).all()
        if keys:
            chosen = tuple_(*key_columns).in_([tuple(key) for key in keys])
            await session.execute(delete(kind).where(its, chosen))
            return True
    return False
