"""The numbered changes of a project: the truth behind the live feed.

Actions say what has changed; the change is rendered once and numbered as the last thing in the
transaction, when the project's counter row is locked for the shortest time. So numbers become visible in
order and none is skipped.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from dialogs.contents.views import list_message_views
from dialogs.counters.actions import add_up, count_unread, tally
from dialogs.counters.rules import Tally
from dialogs.search.indexing import index_changes
from dialogs.tables import Change, ChangeCounter, Dialog
from dialogs.threads.views import DialogViews, dialog_views
from shared.database.inserts import insert_rows, table_of
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.runtime.logging import current_correlation_id

# Kind, correlation id, and the rest of the JSON.
Rendered = tuple[str, str | None, str]
# Number, kind and body.
Numbered = tuple[int, str, bytes]
INFO = "changes"
TELL_FEED = "tell_feed"


@dataclass(frozen=True)
class Line:
    """A change that is not numbered yet: of a dialog, or whatever `payload` says; and its story."""

    project_id: UUID
    dialog_id: UUID | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    correlation_id: str | None = field(default_factory=current_correlation_id)


@dataclass
class Pending:
    """What this transaction has changed so far. A dict keeps the order and drops repeats."""

    dialogs: dict[UUID, Dialog] = field(default_factory=dict)
    with_message: set[UUID] = field(default_factory=set)
    unread: set[UUID] = field(default_factory=set)
    lines: dict[tuple[str, UUID], Line] = field(default_factory=dict)


def _pending(session: Session) -> Pending:
    found: Pending | None = session.info.get(INFO)
    if found is None:
        found = session.info[INFO] = Pending()
        session.before_commit(partial(number_changes, session))
    return found


def touch(session: Session, dialog: Dialog) -> Pending:
    """Note that a dialog is different from what clients know; its version grows once a transaction."""
    pending = _pending(session)
    if dialog.id not in pending.dialogs:
        pending.dialogs[dialog.id] = dialog
        dialog.version += 1
    return pending


def dialog_changed(session: Session, dialog: Dialog) -> None:
    """Announce a dialog without any message. A message change of the same transaction says it too."""
    touch(session, dialog).lines[("dialog_changed", dialog.id)] = Line(dialog.project_id, dialog.id)


def message_changed(session: Session, dialog: Dialog, message_id: UUID) -> None:
    """Announce a new or changed message, and the dialog with it."""
    pending = touch(session, dialog)
    pending.with_message.add(dialog.id)
    pending.lines[("message_changed", message_id)] = Line(dialog.project_id, dialog.id)


def messages_added(session: Session, dialog: Dialog, numbers: Sequence[int]) -> None:
    """Announce a dialog with messages from before the connection, by their numbers and not each by itself.

    Who shows that part of the thread reads it again.
    """
    pending = touch(session, dialog)
    pending.with_message.add(dialog.id)
    said = {"count": len(numbers), "first_number": min(numbers), "last_number": max(numbers)}
    pending.lines[("messages_added", dialog.id)] = Line(dialog.project_id, dialog.id, {"messages": said})


def message_removed(session: Session, dialog: Dialog, message_id: UUID) -> None:
    """Announce that a message is no more: it turned out to be the same as another one."""
    pending = touch(session, dialog)
    pending.with_message.add(dialog.id)
    pending.lines.pop(("message_changed", message_id), None)
    pending.lines[("message_removed", message_id)] = Line(dialog.project_id, dialog.id)


def record_change(
    session: Session, project_id: UUID, kind: str, subject_id: UUID, payload: dict[str, Any]
) -> None:
    """Announce something that is no dialog, e.g. `integration_changed`. `payload` is JSON."""
    _pending(session).lines[(kind, subject_id)] = Line(project_id, payload=payload)


def recount_unread(session: Session, dialog: Dialog) -> None:
    """Let the dialog's unread messages be counted anew at the end of the transaction.

    Not at once: of the messages that are stored by now, some may still have to be counted one by one.
    """
    _pending(session).unread.add(dialog.id)
    touch(session, dialog)


async def number_changes(session: Session) -> None:
    """Render and number what this transaction has changed. Called right before its commit."""
    pending = session.info.pop(INFO)
    tallies = await _count_and_index(session, pending)
    await session.flush()
    lines = {
        key: line
        for key, line in pending.lines.items()
        if key[0] != "dialog_changed" or key[1] not in pending.with_message
    }
    message_ids = [subject for kind, subject in lines if kind == "message_changed"]
    messages = {message.id: message for message in await list_message_views(session, message_ids)}
    views = await dialog_views(session, list(pending.dialogs.values()))
    rendered: dict[UUID, list[Rendered]] = {}
    for (kind, subject_id), line in lines.items():
        members = _members(views, line)
        if kind == "message_changed":
            members["message"] = messages[subject_id].model_dump_json()
        elif kind == "message_removed":
            members["message_id"] = f'"{subject_id}"'
        text = "".join(f',"{name}":{value}' for name, value in members.items())
        rendered.setdefault(line.project_id, []).append((kind, line.correlation_id, text))
    numbered = {
        project_id: await _append(session, project_id, rendered[project_id], tallies.get(project_id))
        for project_id in sorted(rendered)
    }
    tell: Callable[[Mapping[UUID, Sequence[Numbered]]], None] | None = session.info.get(TELL_FEED)
    if tell is not None and numbered:
        session.after_commit(partial(tell, numbered))


async def _count_and_index(session: Session, pending: Pending) -> dict[UUID, Tally]:
    dialogs = pending.dialogs.values()
    first = [dialog for dialog in dialogs if dialog.counted is None]
    await count_unread(session, [*first, *(pending.dialogs[each] for each in pending.unread)])
    tallies = tally(dialogs)
    named = {line.dialog_id for (kind, _), line in pending.lines.items() if kind == "dialog_changed"}
    await index_changes(
        session,
        changed=[subject for kind, subject in pending.lines if kind == "message_changed"],
        gone=[subject for kind, subject in pending.lines if kind == "message_removed"],
        named=[*first, *(dialog for dialog in dialogs if dialog.id in named and dialog not in first)],
    )
    return tallies


def _members(views: DialogViews, line: Line) -> dict[str, str]:
    members = {"correlation_id": json.dumps(line.correlation_id)}
    if line.dialog_id is not None:
        members["dialog"] = views[line.dialog_id].model_dump_json()
    return members | {name: json.dumps(value, ensure_ascii=False) for name, value in line.payload.items()}


async def _append(
    session: Session, project_id: UUID, lines: list[Rendered], change: Tally | None
) -> list[Numbered]:
    """Number a project's lines. The last of them tells the counters, if they are different now."""
    last = await _advance(session, project_id, len(lines))
    if change is not None:
        kind, correlation_id, text = lines[-1]
        counters = json.dumps(await add_up(session, project_id, change))
        lines[-1] = (kind, correlation_id, f'{text},"counters":{counters}')
    rows: list[dict[str, Any]] = [
        {
            "project_id": project_id,
            "number": number,
            "kind": kind,
            "body": f'{{"kind":"{kind}","project_id":"{project_id}","number":{number}{text}}}'.encode(),
            "correlation_id": correlation_id,
            "created_at": session.now,
        }
        for number, (kind, correlation_id, text) in enumerate(lines, last - len(lines) + 1)
    ]
    await insert_rows(session, Change, rows)
    return [(row["number"], row["kind"], row["body"]) for row in rows]


async def _advance(session: Session, project_id: UUID, count: int) -> int:
    """Take the next `count` numbers of a project; its other writers wait until this one has committed."""
    given = {"project_id": project_id, "count": count}
    ((last,),) = await _ADVANCE[session.is_postgresql].run(session, given)
    return int(last)


def _advance_with(build: Callable[..., Any]) -> Prepared:
    table = table_of(ChangeCounter)
    insert = build(table).values(project_id=bindparam("project_id"), number=bindparam("count"))
    later = {"number": table.c.number + insert.excluded.number}
    insert = insert.on_conflict_do_update(index_elements=["project_id"], set_=later)
    return Prepared(insert.returning(table.c.number))


_ADVANCE = {True: _advance_with(postgresql.insert), False: _advance_with(sqlite.insert)}
