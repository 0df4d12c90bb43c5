"""Cases over REST: the history of operators' work in a dialog."""

from uuid import UUID

from fastapi import APIRouter, Request

from dialogs.cases.queries import list_cases
from dialogs.cases.schemas import CaseLine
from dialogs.errors import DialogNotFound
from dialogs.threads.queries import get_own_dialog
from shared.http.access import SignedIn
from shared.http.pages import CursorText, InvalidCursor, Limit, Page, cursors
from shared.http.problems import explained
from shared.http.transaction import ReadOnly

router = APIRouter(prefix="/api/v1/dialogs", tags=["cases"])


@router.get("/{dialog_id}/cases", responses=explained(DialogNotFound, InvalidCursor))
async def list_cases_of_a_dialog(
    request: Request,
    dialog_id: UUID,
    caller: SignedIn,
    session: ReadOnly,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[CaseLine]:
    """List the cases of a dialog, the newest first."""
    dialog = await get_own_dialog(session, dialog_id, caller)
    pages = cursors(request, f"cases:{dialog_id}")
    found = await list_cases(session, dialog, after=pages.unpack(cursor), limit=limit + 1)
    next_cursor = pages.pack(found[limit - 1].number) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=next_cursor)
