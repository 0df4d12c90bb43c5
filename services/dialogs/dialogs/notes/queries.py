"""Reads about notes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dialogs.notes.schemas import NoteOut
from dialogs.tables import Note
from dialogs.threads.schemas import OperatorOut
from shared.database.session import Session


async def list_notes(
    session: Session, dialog_id: UUID, *, after: Sequence[Any] | None, limit: int
) -> list[Note]:
    """Return the notes of a dialog that were not deleted, the newest first, behind the key `after`."""
    query = select(Note).where(Note.dialog_id == dialog_id, Note.deleted_at.is_(None))
    if after is not None:
        query = query.where(Note.id < UUID(after[0]))
    return list(await session.scalars(query.order_by(Note.id.desc()).limit(limit)))


def note_view(note: Note) -> NoteOut:
    """Render a note."""
    return NoteOut(
        id=note.id,
        client_id=note.client_id,
        dialog_id=note.dialog_id,
        text=note.text,
        author=OperatorOut(id=note.author_id, name=note.author_name),
        after_number=note.after_number,
        created_at=note.created_at,
        edited_at=note.edited_at,
        version=note.version,
    )
