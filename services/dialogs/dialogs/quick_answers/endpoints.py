"""Quick answers over REST."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from dialogs.errors import (
    FileNotFound,
    MessageEmpty,
    QuickAnswerNotFound,
    ShortcutTaken,
    TooManyAttachments,
    TooManyQuickAnswers,
)
from dialogs.quick_answers import actions
from dialogs.quick_answers.queries import list_quick_answers
from dialogs.quick_answers.schemas import QuickAnswerChange, QuickAnswerIn, QuickAnswerOut
from shared.http.access import ProjectNotFound, SignedIn
from shared.http.pages import Page
from shared.http.problems import Problem, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/api/v1/dialogs", tags=["quick answers"])
REFUSALS: tuple[type[Problem], ...] = (ShortcutTaken, MessageEmpty, TooManyAttachments, FileNotFound)


@router.get("/quick-answers", responses=explained(ProjectNotFound))
async def list_quick_answers_of_a_project(
    caller: SignedIn, session: ReadOnly, project_id: UUID
) -> Page[QuickAnswerOut]:
    """List the quick answers of a project by shortcut, at most 500, all on one page."""
    caller.require(project_id)
    return Page(items=await list_quick_answers(session, project_id), next_cursor=None)


@router.post(
    "/quick-answers",
    status_code=HTTPStatus.CREATED,
    responses=explained(ProjectNotFound, TooManyQuickAnswers, *REFUSALS),
)
async def make_quick_answer(
    request: Request, wanted: QuickAnswerIn, caller: SignedIn, session: Transaction
) -> QuickAnswerOut:
    """Add a quick answer; everybody of the project may."""
    settings = request.app.state.settings
    return await actions.make_quick_answer(session, wanted, caller=caller, settings=settings)


@router.patch("/quick-answers/{quick_answer_id}", responses=explained(QuickAnswerNotFound, *REFUSALS))
async def change_quick_answer(
    request: Request,
    quick_answer_id: UUID,
    change: QuickAnswerChange,
    caller: SignedIn,
    session: Transaction,
) -> QuickAnswerOut:
    """Change a quick answer: what is left out stays, `files` are all of its files."""
    settings = request.app.state.settings
    return await actions.change_quick_answer(
        session, quick_answer_id, change, caller=caller, settings=settings
    )


@router.delete(
    "/quick-answers/{quick_answer_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(QuickAnswerNotFound),
)
async def delete_quick_answer(quick_answer_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Delete a quick answer."""
    await actions.delete_quick_answer(session, quick_answer_id, caller=caller)
