"""Notes over REST: what operators write for each other in a dialog, and nobody else sees."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request, Response

from dialogs.errors import ClientIdReused, DialogNotFound, NoteNotFound
from dialogs.live.queries import get_position
from dialogs.notes import actions
from dialogs.notes.queries import list_notes, note_view
from dialogs.notes.schemas import NoteChange, NoteIn, NoteOut
from dialogs.threads.endpoints import POSITION_HEADER
from dialogs.threads.queries import get_own_dialog
from shared.http.access import SignedIn
from shared.http.pages import CursorText, InvalidCursor, Limit, Page, cursors
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/api/v1/dialogs", tags=["notes"])


@router.get("/{dialog_id}/notes", responses=explained(DialogNotFound, InvalidCursor))
async def list_notes_of_a_dialog(
    request: Request,
    response: Response,
    dialog_id: UUID,
    caller: SignedIn,
    session: ReadOnly,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[NoteOut]:
    """List the notes of a dialog, the newest first."""
    dialog = await get_own_dialog(session, dialog_id, caller)
    pages = cursors(request, f"notes:{dialog_id}")
    found = await list_notes(session, dialog_id, after=pages.unpack(cursor), limit=limit + 1)
    response.headers[POSITION_HEADER] = str(await get_position(session, dialog.project_id))
    next_cursor = pages.pack(str(found[limit - 1].id)) if len(found) > limit else None
    return Page(items=[note_view(note) for note in found[:limit]], next_cursor=next_cursor)


@router.post(
    "/{dialog_id}/notes",
    status_code=HTTPStatus.CREATED,
    responses=explained(DialogNotFound, NoteNotFound, ClientIdReused),
)
async def write_note(dialog_id: UUID, wanted: NoteIn, caller: SignedIn, session: Transaction) -> NoteOut:
    """Keep a note. It has its place behind the last message of now."""
    return note_view(await actions.write_note(session, dialog_id, wanted, caller=caller))


@router.patch("/{dialog_id}/notes/{note_id}", responses=explained(DialogNotFound, NoteNotFound, Forbidden))
async def change_note(
    dialog_id: UUID, note_id: UUID, change: NoteChange, caller: SignedIn, session: Transaction
) -> NoteOut:
    """Give a note another text; its author may, and supervisors and higher roles."""
    return note_view(await actions.change_note(session, dialog_id, note_id, change.text, caller=caller))


@router.delete(
    "/{dialog_id}/notes/{note_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(DialogNotFound, NoteNotFound, Forbidden),
)
async def delete_note(dialog_id: UUID, note_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Delete a note; its author may, and supervisors and higher roles."""
    await actions.delete_note(session, dialog_id, note_id, caller=caller)
