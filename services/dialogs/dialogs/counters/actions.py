"""Keeping the counters exact: each transaction adds what its dialogs count differently now.

A dialog remembers what it was counted as, so that the difference is right whoever changed what. The
counters of a project change under the lock of its change counter, last in the transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from dialogs.counters.rules import COUNTS, NOBODY, Tally, difference, dot, facts
from dialogs.states import Author
from dialogs.tables import Dialog, Message, ProjectCounter
from shared.database.session import Session
from shared.events.channel import Source


async def count_unread(session: Session, dialogs: Iterable[Dialog]) -> None:
    """Count the customers' messages that are neither seen nor answered; the dialogs are locked."""
    wanted = {dialog.id: dialog for dialog in dialogs}
    if not wanted:
        return
    await session.flush()
    query = (
        select(Message.dialog_id, func.count())
        .join(Dialog, Dialog.id == Message.dialog_id)
        .where(
            Dialog.id.in_(wanted),
            Message.author == Author.CUSTOMER,
            Message.source != Source.HISTORY.value,
            Message.conversation_message_id > Dialog.seen_through,
            Message.conversation_message_id > Dialog.answered_through,
        )
        .group_by(Message.dialog_id)
    )
    counted = {row[0]: row[1] for row in await session.execute(query)}
    for dialog_id, dialog in wanted.items():
        dialog.unread_count = counted.get(dialog_id, 0)


def tally(dialogs: Iterable[Dialog]) -> dict[UUID, Tally]:
    """Note what dialogs count as now. Returns what each project's counters must add."""
    found: dict[UUID, Tally] = {}
    for dialog in dialogs:
        now = facts(
            dialog.state,
            dialog.operator_id,
            unread=dialog.unread_count > 0,
            unanswered=dialog.unanswered_since is not None,
            important=dialog.important,
        )
        if now != dialog.counted:
            found.setdefault(dialog.project_id, Counter()).update(difference(dialog.counted, now))
            dialog.counted = now
    return {project_id: change for project_id, change in found.items() if any(change.values())}


async def add_up(session: Session, project_id: UUID, change: Tally) -> dict[str, Any]:
    """Change a project's counters. Returns those that changed as the live feed tells them."""
    operators = sorted({operator_id for (operator_id, _), number in change.items() if number} | {NOBODY})
    build = postgresql.insert if session.is_postgresql else sqlite.insert
    insert = build(ProjectCounter).values(
        [
            {
                "project_id": project_id,
                "operator_id": operator_id,
                **{name: change[operator_id, name] for name in COUNTS},
            }
            for operator_id in operators
        ]
    )
    statement = insert.on_conflict_do_update(
        index_elements=["project_id", "operator_id"],
        set_={name: getattr(ProjectCounter, name) + insert.excluded[name] for name in COUNTS},
    ).returning(ProjectCounter.operator_id, *(getattr(ProjectCounter, name) for name in COUNTS))
    rows = [dict(row) for row in (await session.execute(statement)).mappings()]
    return told({row["operator_id"]: row for row in rows})


def told(rows: Mapping[UUID, Mapping[str, Any]]) -> dict[str, Any]:
    """Render counters for the live feed: the project's, and those of operators."""
    project = {name: rows[NOBODY][name] for name in COUNTS}
    mine = {
        str(operator_id): {name: row[name] for name in ("taken", "unread", "unanswered", "important")}
        for operator_id, row in rows.items()
        if operator_id != NOBODY
    }
    return {**project, "dot": dot(project), "operators": mine}
