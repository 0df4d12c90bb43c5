"""Dialogs over REST: lists, one dialog, and operators' work on it."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from dialogs.errors import (
    DialogHasChanged,
    DialogIsClosed,
    DialogNotFound,
    OperatorNotFound,
)
from dialogs.threads import actions
from dialogs.threads.marks import mark_important, mark_seen
from dialogs.threads.queries import get_dialog_view, get_own_dialog
from dialogs.threads.schemas import DialogOut, DialogSummary, OperatorIn, SeenIn
from dialogs.threads.views import dialog_views
from shared.http.access import SignedIn
from shared.http.problems import explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/api/v1/dialogs", tags=["dialogs"])
POSITION_HEADER = "X-Otklik-Position"


@router.get("/{dialog_id}", responses=explained(DialogNotFound))
async def get_dialog(
    dialog_id: UUID, request: Request, response: Response, caller: SignedIn, session: ReadOnly
) -> DialogOut:
    """Show a dialog: contact, names, case, whether one may reply, and where the live feed stood."""
    dialog = await get_own_dialog(session, dialog_id, caller)
    view = await get_dialog_view(session, dialog, request.app.state.exporters)
    response.headers[POSITION_HEADER] = str(view.position)
    return view


@router.put(
    "/{dialog_id}/operator",
    responses=explained(DialogNotFound, OperatorNotFound, DialogHasChanged, DialogIsClosed),
)
async def assign_dialog(
    dialog_id: UUID, wanted: OperatorIn, caller: SignedIn, session: Transaction
) -> DialogSummary:
    """Take a dialog, or hand it over to another person of the project."""
    dialog = await actions.assign(
        session,
        dialog_id,
        caller=caller,
        operator_id=wanted.operator_id,
        expected_version=wanted.expected_version,
    )
    return (await dialog_views(session, [dialog]))[dialog.id]


@router.delete("/{dialog_id}/operator", responses=explained(DialogNotFound, DialogIsClosed))
async def return_dialog(dialog_id: UUID, caller: SignedIn, session: Transaction) -> DialogSummary:
    """Give a dialog back to the new ones."""
    dialog = await actions.give_back(session, dialog_id, caller=caller)
    return (await dialog_views(session, [dialog]))[dialog.id]


@router.post("/{dialog_id}/close", responses=explained(DialogNotFound))
async def close_dialog(dialog_id: UUID, caller: SignedIn, session: Transaction) -> DialogSummary:
    """Close the case, taken or not. Again: nothing more."""
    dialog = await actions.close(session, dialog_id, caller=caller)
    return (await dialog_views(session, [dialog]))[dialog.id]


@router.post("/{dialog_id}/reopen", responses=explained(DialogNotFound))
async def reopen_dialog(dialog_id: UUID, caller: SignedIn, session: Transaction) -> DialogSummary:
    """Open a case of the caller's in a closed dialog. Again: nothing more."""
    dialog = await actions.reopen(session, dialog_id, caller=caller)
    return (await dialog_views(session, [dialog]))[dialog.id]


@router.post("/{dialog_id}/seen", responses=explained(DialogNotFound))
async def see_dialog(
    dialog_id: UUID, wanted: SeenIn, caller: SignedIn, session: Transaction
) -> DialogSummary:
    """Say up to where the thread was seen; a lower number than before changes nothing."""
    dialog = await mark_seen(session, dialog_id, caller=caller, through=wanted.through)
    return (await dialog_views(session, [dialog]))[dialog.id]


@router.put("/{dialog_id}/important", responses=explained(DialogNotFound))
async def mark_dialog_important(dialog_id: UUID, caller: SignedIn, session: Transaction) -> DialogSummary:
    """Mark a dialog as important, for everybody."""
    dialog = await mark_important(session, dialog_id, caller=caller, important=True)
    return (await dialog_views(session, [dialog]))[dialog.id]


@router.delete("/{dialog_id}/important", responses=explained(DialogNotFound))
async def mark_dialog_ordinary(dialog_id: UUID, caller: SignedIn, session: Transaction) -> DialogSummary:
    """Take the mark away again."""
    dialog = await mark_important(session, dialog_id, caller=caller, important=False)
    return (await dialog_views(session, [dialog]))[dialog.id]
