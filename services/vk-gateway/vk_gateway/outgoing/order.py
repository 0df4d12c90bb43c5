"""Written at the end of a transaction, in bulk: how far each dialog's replies are settled, and the news.

All transactions take the dialogs' rows last and in one order, so that none waits for another in a ring.
"""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_, update

from shared.database.inserts import inserted_rows
from shared.database.session import Session
from shared.events.channel import ChannelEvent
from shared.messaging.outbox import publish_rows_on_commit, sealed
from vk_gateway.tables import OutgoingDialog, SettledAhead

_SETTLED = "settled_numbers"
_NEWS = "news_of_replies"


def settle_number(session: Session, dialog_id: UUID, number: int) -> None:
    """Count a reply's number as settled: that releases the dialog's next, once all before it are."""
    if _SETTLED not in session.info:
        session.info[_SETTLED] = set()
        session.before_commit(partial(_settle, session))
    session.info[_SETTLED].add((dialog_id, number))


def announce(session: Session, event: ChannelEvent, *, correlation_id: str | None) -> None:
    """Publish an event when this transaction commits, together with the others of its kind."""
    if _NEWS not in session.info:
        session.info[_NEWS] = []
        session.before_commit(partial(_publish, session))
    session.info[_NEWS].append(sealed(session, event, correlation_id=correlation_id))


async def _publish(session: Session) -> None:
    await publish_rows_on_commit(session, session.info.pop(_NEWS))


async def _settle(session: Session) -> None:
    settled: set[tuple[UUID, int]] = session.info.pop(_SETTLED)
    dialogs = sorted({dialog_id for dialog_id, _ in settled})
    rows = [{"dialog_id": dialog_id, "settled_number": 0} for dialog_id in dialogs]
    await inserted_rows(session, OutgoingDialog, rows, conflict=["dialog_id"], returning=["dialog_id"])
    mark = OutgoingDialog.settled_number
    query = select(OutgoingDialog.dialog_id, mark).where(OutgoingDialog.dialog_id.in_(dialogs))
    query = query.order_by(OutgoingDialog.dialog_id).with_for_update()
    marks = {row[0]: row[1] for row in (await session.execute(query)).all()}
    ahead = await _list_ahead(session, dialogs)
    moved: list[dict[str, Any]] = []
    passed: set[tuple[UUID, int]] = set()
    for dialog_id in dialogs:
        reached = marks[dialog_id]
        while (dialog_id, reached + 1) in settled | ahead:
            reached += 1
            passed.add((dialog_id, reached))
        if reached > marks[dialog_id]:
            moved.append({"dialog_id": dialog_id, "settled_number": reached})
            marks[dialog_id] = reached
    await _store(
        session,
        moved,
        gone=ahead & passed,
        new={pair for pair in settled - ahead - passed if pair[1] > marks[pair[0]]},
    )


async def _list_ahead(session: Session, dialogs: list[UUID]) -> set[tuple[UUID, int]]:
    query = select(SettledAhead.dialog_id, SettledAhead.number).where(SettledAhead.dialog_id.in_(dialogs))
    return {(row[0], row[1]) for row in (await session.execute(query)).all()}


async def _store(
    session: Session,
    moved: list[dict[str, Any]],
    *,
    gone: set[tuple[UUID, int]],
    new: set[tuple[UUID, int]],
) -> None:
    if moved:
        # By primary key, many at once.
        await session.execute(update(OutgoingDialog), moved)
    if gone:
        pairs = tuple_(SettledAhead.dialog_id, SettledAhead.number).in_(sorted(gone))
        chosen = delete(SettledAhead).where(pairs)
        await session.execute(chosen.execution_options(synchronize_session=False))
    if new:
        rows = [{"dialog_id": dialog_id, "number": number} for dialog_id, number in sorted(new)]
        await session.execute(insert(SettledAhead), rows)
