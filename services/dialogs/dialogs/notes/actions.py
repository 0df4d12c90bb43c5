"""Writes of notes. The caller owns the transaction; nothing of this goes to any gateway."""

import hashlib
from uuid import UUID

from sqlalchemy import select

from dialogs.errors import ClientIdReused, NoteNotFound
from dialogs.live.changes import record_change
from dialogs.messages.rules import storable
from dialogs.notes.queries import note_view
from dialogs.notes.schemas import NoteIn
from dialogs.search.indexing import forget_note, index_note
from dialogs.tables import Note
from dialogs.threads.queries import get_own_dialog
from shared.database.inserts import inserted
from shared.database.session import Session
from shared.http.access import Caller, Role
from shared.http.problems import Forbidden


async def write_note(session: Session, dialog_id: UUID, wanted: NoteIn, *, caller: Caller) -> Note:
    """Keep a note. The same `client_id` again returns the same note.

    Raises DialogNotFound, ClientIdReused, and NoteNotFound for one that was deleted since.
    """
    dialog = await get_own_dialog(session, dialog_id, caller)
    client_id, text = storable(wanted.client_id), storable(wanted.text)
    asked = hashlib.sha256(text.encode()).hexdigest()
    is_new = await inserted(
        session,
        Note,
        conflict=["dialog_id", "client_id"],
        id=session.new_id(),
        project_id=dialog.project_id,
        dialog_id=dialog.id,
        client_id=client_id,
        asked=asked,
        text=text,
        author_id=caller.operator_id,
        author_name=caller.name,
        after_number=dialog.last_number,
        version=1,
        created_at=session.now,
    )
    its = select(Note).where(Note.dialog_id == dialog.id, Note.client_id == client_id)
    note = (await session.scalars(its)).one()
    if note.asked != asked or note.author_id != caller.operator_id:
        raise ClientIdReused
    if note.deleted_at is not None:
        raise NoteNotFound
    if is_new:
        await index_note(session, note)
        _tell(session, note, "note_added")
    return note


async def change_note(session: Session, dialog_id: UUID, note_id: UUID, text: str, *, caller: Caller) -> Note:
    """Give a note another text; its author may, and supervisors.

    Raises DialogNotFound, NoteNotFound, Forbidden.
    """
    note = await _lock_note(session, dialog_id, note_id, caller)
    text = storable(text)
    if note.text != text:
        note.text, note.edited_at = text, session.now
        note.version += 1
        await index_note(session, note)
        _tell(session, note, "note_changed")
    return note


async def delete_note(session: Session, dialog_id: UUID, note_id: UUID, *, caller: Caller) -> None:
    """Delete a note: the author may, and supervisors. Raises DialogNotFound, NoteNotFound, Forbidden."""
    note = await _lock_note(session, dialog_id, note_id, caller)
    note.text, note.deleted_at = "", session.now
    note.version += 1
    await forget_note(session, note)
    _tell(session, note, "note_deleted")


async def _lock_note(session: Session, dialog_id: UUID, note_id: UUID, caller: Caller) -> Note:
    dialog = await get_own_dialog(session, dialog_id, caller)
    note = await session.get(Note, note_id, with_for_update=True)
    if note is None or note.dialog_id != dialog.id or note.deleted_at is not None:
        raise NoteNotFound
    if note.author_id != caller.operator_id and caller.roles[dialog.project_id].rank < Role.SUPERVISOR.rank:
        raise Forbidden
    return note


def _tell(session: Session, note: Note, kind: str) -> None:
    payload = {"dialog_id": str(note.dialog_id), "note": note_view(note).model_dump(mode="json")}
    record_change(session, note.project_id, kind, note.id, payload)
