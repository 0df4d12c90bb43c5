"""Reads about quick answers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from dialogs.errors import QuickAnswerNotFound
from dialogs.files.queries import upload_view
from dialogs.files.schemas import UploadOut
from dialogs.quick_answers.schemas import QuickAnswerOut
from dialogs.tables import File, QuickAnswer, QuickAnswerFile
from shared.database.session import Session
from shared.http.access import Caller


async def list_quick_answers(session: Session, project_id: UUID) -> list[QuickAnswerOut]:
    """Return the quick answers of a project, by shortcut."""
    query = select(QuickAnswer).where(QuickAnswer.project_id == project_id).order_by(QuickAnswer.shortcut)
    return await quick_answer_views(session, (await session.scalars(query)).all())


async def lock_quick_answer(session: Session, quick_answer_id: UUID, *, caller: Caller) -> QuickAnswer:
    """Return a quick answer of the caller's projects, locked. Raises QuickAnswerNotFound."""
    its = select(QuickAnswer).where(
        QuickAnswer.id == quick_answer_id, QuickAnswer.project_id.in_(caller.roles)
    )
    found = await session.scalar(its.with_for_update())
    caller.require_for(found.project_id if found else None, QuickAnswerNotFound)
    if found is None:
        raise QuickAnswerNotFound
    return found


async def quick_answer_view(session: Session, quick_answer: QuickAnswer) -> QuickAnswerOut:
    """Render one quick answer."""
    return (await quick_answer_views(session, [quick_answer]))[0]


async def quick_answer_views(session: Session, found: Sequence[QuickAnswer]) -> list[QuickAnswerOut]:
    """Render quick answers with their files, in one query for all of them."""
    query = (
        select(QuickAnswerFile.quick_answer_id, File)
        .join(File, File.id == QuickAnswerFile.file_id)
        .where(QuickAnswerFile.quick_answer_id.in_([each.id for each in found]))
        .order_by(QuickAnswerFile.position)
    )
    files: dict[UUID, list[UploadOut]] = {}
    for quick_answer_id, file in await session.execute(query):
        files.setdefault(quick_answer_id, []).append(upload_view(file))
    return [
        QuickAnswerOut(
            id=each.id,
            project_id=each.project_id,
            shortcut=each.shortcut,
            title=each.title,
            text=each.text,
            files=files.get(each.id, []),
            updated_at=each.updated_at,
        )
        for each in found
    ]
