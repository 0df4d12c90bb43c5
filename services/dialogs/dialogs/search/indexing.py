"""Keeping the search texts: with every change of a message or a name, in the same transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from dialogs.contents.rules import content_of
from dialogs.search.text import folded
from dialogs.search.words import words
from dialogs.states import SearchKind
from dialogs.tables import Contact, Dialog, Message, Note, SearchText
from dialogs.threads.views import found_by_id
from shared.database.inserts import arrays, given_rows, table_of
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.events.content import Content


def words_of(message: Message) -> str:
    """Return everything that a message is found by, as it was written; nothing when it was deleted."""
    return "" if message.deleted_at is not None else words(message.text, content_of(message.content))


async def index_changes(
    session: Session, *, changed: Collection[UUID], gone: Collection[UUID], named: Sequence[Dialog]
) -> None:
    """Make messages and people be found by what they are now."""
    messages = await found_by_id(session, Message, changed)
    contacts = await found_by_id(session, Contact, [dialog.contact_id for dialog in named])
    rows = [row_of(message) for message in messages.values()]
    rows += [_contact_row(dialog, contacts[dialog.contact_id]) for dialog in named]
    lost = [row["subject_id"] for row in rows if not row["text"]] + list(gone)
    if lost:
        await session.execute(delete(SearchText).where(SearchText.subject_id.in_(lost)))
    await store(session, [row for row in rows if row["text"]], replace=True)


async def index_new(session: Session, messages: Iterable[tuple[Mapping[str, Any], Content]]) -> None:
    """Make messages be found that have just been inserted; each is given by its row and content."""
    rows = [
        _message_row(
            row["project_id"],
            row["dialog_id"],
            row["id"],
            at=row["sent_at"],
            text="" if row["deleted_at"] else words(row["text"], content),
        )
        for row, content in messages
    ]
    await store(session, [row for row in rows if row["text"]], replace=False)


def row_of(message: Message) -> dict[str, Any]:
    """Return a message's row; without a text when there is nothing to find."""
    return _message_row(
        message.project_id,
        message.dialog_id,
        message.id,
        at=message.sent_at,
        text=words_of(message),
    )


def _message_row(
    project_id: UUID, dialog_id: UUID, message_id: UUID, *, at: datetime, text: str
) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "dialog_id": dialog_id,
        "subject_id": message_id,
        "kind": SearchKind.MESSAGE,
        "at": at,
        "text": folded(text),
    }


def _contact_row(dialog: Dialog, contact: Contact) -> dict[str, Any]:
    return {
        "project_id": dialog.project_id,
        "dialog_id": dialog.id,
        "subject_id": contact.id,
        "kind": SearchKind.CONTACT,
        "at": dialog.created_at,
        "text": folded(f"{contact.name or ''} id{contact.external_id}"),
    }


async def index_note(session: Session, note: Note) -> None:
    """Make a dialog be found by what a note in it says now."""
    row = {
        "project_id": note.project_id,
        "dialog_id": note.dialog_id,
        "subject_id": note.id,
        "kind": SearchKind.NOTE,
        "at": note.created_at,
        "text": folded(note.text),
    }
    await store(session, [row], replace=True)


async def forget_note(session: Session, note: Note) -> None:
    """Let a dialog not be found by a note any more."""
    await session.execute(delete(SearchText).where(SearchText.subject_id == note.id))


async def store(session: Session, rows: Sequence[dict[str, Any]], *, replace: bool) -> None:
    """Insert rows; of what is there already only a different text is written, if at all."""
    if not rows:
        return
    # In one order for all, so that two transactions with the same rows do not wait for each other.
    ordered = sorted(rows, key=lambda row: str(row["subject_id"]))
    storing = _storing(tuple(rows[0]), as_arrays=session.is_postgresql, replace=replace)
    if session.is_postgresql:
        await storing.run(session, arrays(ordered))
    else:
        await storing.run_each(session, ordered)


@cache
def _storing(names: tuple[str, ...], *, as_arrays: bool, replace: bool) -> Prepared:
    """Return an insert of rows with these columns; PostgreSQL is given an array for each."""
    table = table_of(SearchText)
    insert: Any = sqlite.insert(table)
    if as_arrays:
        rows = given_rows(table, names)
        russian = func.to_tsvector(literal_column("'russian'"), rows.c.text)
        insert = postgresql.insert(table).from_select([*names, "words"], select(*rows.c, russian))
    columns = () if as_arrays else names
    if not replace:
        return Prepared(insert.on_conflict_do_nothing(index_elements=["subject_id"]), columns=columns)
    news = {"text": insert.excluded.text, "words": insert.excluded.words}
    changed = insert.on_conflict_do_update(
        index_elements=["subject_id"], set_=news, where=table.c.text != insert.excluded.text
    )
    return Prepared(changed, columns=columns)
