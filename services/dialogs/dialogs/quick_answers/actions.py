"""Writes of quick answers. The caller owns the transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from dialogs.errors import MessageEmpty, ShortcutTaken, TooManyQuickAnswers
from dialogs.files.actions import release_uploads, use_uploads
from dialogs.live.changes import record_change
from dialogs.messages.composing import check_number
from dialogs.messages.rules import storable
from dialogs.quick_answers.queries import lock_quick_answer, quick_answer_view
from dialogs.quick_answers.schemas import QuickAnswerChange, QuickAnswerIn, QuickAnswerOut
from dialogs.settings import DialogsSettings
from dialogs.tables import QuickAnswer, QuickAnswerFile
from shared.database.inserts import insert_rows
from shared.database.session import Session
from shared.http.access import Caller

PER_PROJECT_MAX = 500


async def make_quick_answer(
    session: Session, wanted: QuickAnswerIn, *, caller: Caller, settings: DialogsSettings
) -> QuickAnswerOut:
    """Add a quick answer to a project.

    Raises ProjectNotFound, TooManyQuickAnswers, ShortcutTaken, MessageEmpty, TooManyAttachments,
    FileNotFound.
    """
    caller.require(wanted.project_id)
    its = select(func.count()).select_from(QuickAnswer).where(QuickAnswer.project_id == wanted.project_id)
    if (await session.execute(its)).scalar_one() >= PER_PROJECT_MAX:
        raise TooManyQuickAnswers(quick_answers_max=PER_PROJECT_MAX)
    quick_answer = QuickAnswer(
        id=session.new_id(),
        project_id=wanted.project_id,
        shortcut=_shortcut(wanted.shortcut),
        title=storable(wanted.title),
        text=storable(wanted.text),
        updated_at=session.now,
    )
    session.add(quick_answer)
    await _store(session)
    await _hold(session, quick_answer, wanted.files, settings)
    return await _tell(session, quick_answer)


async def change_quick_answer(
    session: Session,
    quick_answer_id: UUID,
    change: QuickAnswerChange,
    *,
    caller: Caller,
    settings: DialogsSettings,
) -> QuickAnswerOut:
    """Change what is given. Raises QuickAnswerNotFound and what `make_quick_answer` raises."""
    quick_answer = await lock_quick_answer(session, quick_answer_id, caller=caller)
    if change.shortcut is not None:
        quick_answer.shortcut = _shortcut(change.shortcut)
    if change.title is not None:
        quick_answer.title = storable(change.title)
    if change.text is not None:
        quick_answer.text = storable(change.text)
    quick_answer.updated_at = session.now
    await _store(session)
    if change.files is not None:
        await _let_go(session, quick_answer, keep=change.files)
        await _hold(session, quick_answer, change.files, settings)
    return await _tell(session, quick_answer)


async def delete_quick_answer(session: Session, quick_answer_id: UUID, *, caller: Caller) -> None:
    """Delete a quick answer; replies that were made of it keep their files. Raises QuickAnswerNotFound."""
    quick_answer = await lock_quick_answer(session, quick_answer_id, caller=caller)
    await _let_go(session, quick_answer, keep=())
    await session.delete(quick_answer)
    payload = {"quick_answer_id": str(quick_answer.id)}
    record_change(session, quick_answer.project_id, "quick_answer_deleted", quick_answer.id, payload)


def _shortcut(text: str) -> str:
    return storable(text.lower())


async def _store(session: Session) -> None:
    try:
        await session.flush()
    except IntegrityError:
        raise ShortcutTaken from None


async def _hold(
    session: Session, quick_answer: QuickAnswer, file_ids: Sequence[UUID], settings: DialogsSettings
) -> None:
    file_ids = list(dict.fromkeys(file_ids))
    check_number(file_ids, settings)
    if file_ids:
        await use_uploads(session, quick_answer.project_id, file_ids)
    rows = [
        {
            "quick_answer_id": quick_answer.id,
            "file_id": file_id,
            "project_id": quick_answer.project_id,
            "position": position,
        }
        for position, file_id in enumerate(file_ids)
    ]
    await insert_rows(session, QuickAnswerFile, rows)


async def _let_go(session: Session, quick_answer: QuickAnswer, *, keep: Sequence[UUID]) -> None:
    its = delete(QuickAnswerFile).where(QuickAnswerFile.quick_answer_id == quick_answer.id)
    dropped = set(await session.scalars(its.returning(QuickAnswerFile.file_id)))
    await release_uploads(session, dropped.difference(keep))


async def _tell(session: Session, quick_answer: QuickAnswer) -> QuickAnswerOut:
    view = await quick_answer_view(session, quick_answer)
    if not view.files and not view.text.strip():
        raise MessageEmpty
    payload = {"quick_answer": view.model_dump(mode="json")}
    record_change(session, quick_answer.project_id, "quick_answer_changed", quick_answer.id, payload)
    return view
