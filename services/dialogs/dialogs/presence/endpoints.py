"""Presence over REST: who has a dialog open, and who types in it."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from dialogs.errors import DialogNotFound
from dialogs.presence.board import Board, Sign
from dialogs.presence.schemas import Presence, PresenceIn, PresenceOut
from dialogs.tables import Dialog
from dialogs.threads.queries import get_own_dialog
from shared.http.access import Caller, SignedIn
from shared.http.problems import explained
from shared.http.transaction import ReadOnly

router = APIRouter(prefix="/api/v1/dialogs", tags=["presence"])


@router.put("/{dialog_id}/presence", responses=explained(DialogNotFound))
async def be_present(
    request: Request, dialog_id: UUID, wanted: PresenceIn, caller: SignedIn, session: ReadOnly
) -> PresenceOut:
    """Say that the caller has a dialog open, or types in it; who else does is told.

    Repeat it every ten seconds: it ends by itself after 25. It is not stored, and may be lost.
    """
    dialog = await get_own_dialog(session, dialog_id, caller)
    board: Board = request.app.state.presence
    await board.tell(_sign(board, dialog, caller, wanted.state))
    return PresenceOut(items=board.present(dialog.id, but=caller.operator_id))


@router.delete(
    "/{dialog_id}/presence", status_code=HTTPStatus.NO_CONTENT, responses=explained(DialogNotFound)
)
async def leave(request: Request, dialog_id: UUID, caller: SignedIn, session: ReadOnly) -> None:
    """Say that the caller has left a dialog."""
    dialog = await get_own_dialog(session, dialog_id, caller)
    board: Board = request.app.state.presence
    await board.tell(_sign(board, dialog, caller, None))


def _sign(board: Board, dialog: Dialog, caller: Caller, state: Presence | None) -> Sign:
    return Sign(
        project_id=dialog.project_id,
        dialog_id=dialog.id,
        operator_id=caller.operator_id,
        name=caller.name,
        state=state,
        said_at=board.now(),
    )
