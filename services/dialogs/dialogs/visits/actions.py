"""Bringing visits of sites and messages together by their mark. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from dialogs.live.changes import dialog_changed
from dialogs.tables import Dialog, Project, VisitMark
from shared.database.engine import Database
from shared.database.session import Session
from shared.events.widgets import VisitMarked

# Links carry other marks too; a visit's own is shorter than this.
MARK_CHARACTERS_MAX = 100
# How long a message waits for news of its visit, and how much longer than it counts a visit for a message.
MESSAGE_WAITS = timedelta(days=2)
VISIT_WAITS = timedelta(days=7)
_VISIT = ("page_url", "page_title", "referrer", "campaign", "marked_at", "expires_at")
_MESSAGE = ("dialog_id", "number", "said_at")


@dataclass(frozen=True)
class Arrival:
    """A customer's message that came by a link with a mark."""

    dialog: Dialog
    number: int
    mark: str
    sent_at: datetime


async def note_arrivals(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Note who brought these marks; who brought one first has it. The dialogs are locked and announced."""
    first: dict[tuple[UUID, str], Arrival] = {}
    for arrival in sorted(arrivals, key=lambda one: one.number):
        if len(arrival.mark) <= MARK_CHARACTERS_MAX:
            first.setdefault((arrival.dialog.integration_id, arrival.mark), arrival)
    for (integration_id, mark), arrival in sorted(first.items()):
        await _join(
            session,
            {
                "integration_id": integration_id,
                "mark": mark,
                "project_id": arrival.dialog.project_id,
                "dialog_id": arrival.dialog.id,
                "number": arrival.number,
                "said_at": arrival.sent_at,
                "kept_until": session.now + MESSAGE_WAITS,
            },
            half=_MESSAGE,
        )


async def learn_visit(session: Session, event: VisitMarked) -> None:
    """Note where a mark was given; the dialog that has brought it already shows the visit from now on.

    Messages lock their dialog before the mark, this the mark before the dialog: two messages with one mark
    at the very moment when its visit is told may block each other, and then the database makes one try again.
    """
    buried = select(Project.id).where(Project.id == event.project_id, Project.deleted_at.is_not(None))
    if await session.scalar(buried) is not None:
        return
    visit = event.model_dump(include={"integration_id", "mark", "project_id", *_VISIT})
    dialog_id = await _join(session, visit | {"kept_until": event.expires_at + VISIT_WAITS}, half=_VISIT)
    if dialog_id is not None:
        query = select(Dialog).where(Dialog.id == dialog_id).with_for_update()
        dialog_changed(session, (await session.scalars(query)).one())


async def _join(session: Session, row: dict[str, object], *, half: Sequence[str]) -> UUID | None:
    """Store one half of a mark unless it is there. Returns the dialog if this has made it whole."""
    table = VisitMark.__table__
    assert isinstance(table, Table)
    insert = postgresql.insert if session.is_postgresql else sqlite.insert
    statement = insert(table).values(row)
    new = statement.excluded
    is_first: ColumnElement[bool] = table.c[half[0]].is_(None)
    statement = statement.on_conflict_do_update(
        index_elements=["integration_id", "mark"],
        set_={**{name: new[name] for name in half}, "kept_until": None},
        where=is_first & (table.c.project_id == new.project_id),
    )
    found = (await session.execute(statement.returning(table.c.dialog_id, table.c.page_url))).one_or_none()
    return found.dialog_id if found is not None and found.page_url is not None else None


async def forget_lone_halves(database: Database) -> bool:
    """Forget visits without a message and messages without a visit."""
    async with database.write() as session:
        await session.execute(delete(VisitMark).where(VisitMark.kept_until < session.now))
    return False
