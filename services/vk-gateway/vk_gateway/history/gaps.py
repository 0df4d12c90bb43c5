"""What is left of a hole once VK was asked. The caller owns the transaction and holds the dialog's row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from shared.database.session import Session
from vk_gateway.history.numbers import CALLBACK_NOTED_EVERY, insert_holes, like, remove_holes
from vk_gateway.history.stretches import Stretch, between, runs
from vk_gateway.history.tables import Hole, Peer, Reception, Transport

RETRY_SECONDS = (2, 10, 60, 300)
REFUSALS_MAX = 3
SILENT = "callback_silent"


@dataclass(frozen=True)
class Asked:
    """What came of asking for some numbers of a dialog: those that are ours, and those VK did not give."""

    ours: frozenset[int]
    missed: frozenset[int]
    floor: int


async def floors_of(
    session: Session, integration_id: UUID, peer_ids: Collection[int]
) -> dict[int, int | None]:
    """Return the floors of dialogs; None where it is not known yet."""
    query = select(Peer.peer_id, Peer.floor_number).where(
        Peer.integration_id == integration_id, Peer.peer_id.in_(peer_ids)
    )
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def set_floor(
    session: Session, holes: Sequence[Hole], *, peer: tuple[UUID, int], before_us: int, lowest: int
) -> int:
    """Set a dialog's floor: `before_us` was there before us (0: nothing), `lowest` is the next that is ours.

    What was deleted between them may have been so before us, and is no gap.
    """
    floor = max(before_us, lowest - 1)
    for hole in sorted(holes, key=_first):
        if hole.missed_at is not None and before_us < hole.first_number <= floor + 1:
            floor = max(floor, hole.last_number)
    same = (Peer.integration_id == peer[0]) & (Peer.peer_id == peer[1])
    await session.execute(
        update(Peer).where(same).values(floor_number=floor).execution_options(synchronize_session=False)
    )
    return floor


def _first(hole: Hole) -> int:
    return hole.first_number


async def lock_open_holes(
    session: Session, integration_id: UUID, peer_ids: Collection[int]
) -> dict[int, list[Hole]]:
    """Return the holes of dialogs that are not confirmed, locked."""
    query = (
        select(Hole)
        .where(Hole.integration_id == integration_id, Hole.peer_id.in_(peer_ids), Hole.confirmed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    holes: dict[int, list[Hole]] = {peer_id: [] for peer_id in peer_ids}
    for hole in (await session.scalars(query)).all():
        holes[hole.peer_id].append(hole)
    return holes


async def shrink(
    session: Session, settled: Sequence[tuple[Sequence[Hole], Asked]], *, gap: timedelta
) -> None:
    """Take out of holes what was found and what is not ours; what VK missed twice is confirmed."""
    removed: list[Hole] = []
    rows: list[dict[str, Any]] = []
    confirmed: list[tuple[Hole, list[Stretch]]] = []
    again = {"missed_at": session.now, "next_try_at": session.now + gap, "failures": 0}
    for holes, asked in settled:
        for hole in holes:
            first = max(hole.first_number, asked.floor + 1)
            done = {n for n in asked.ours | asked.missed if first <= n <= hole.last_number}
            if not done and first == hole.first_number:
                continue
            removed.append(hole)
            rows += [like(hole, stretch) for stretch in between(first, hole.last_number, done)]
            gone = list(runs(done & asked.missed))
            if hole.missed_at is None:
                rows += [like(hole, stretch, **again) for stretch in gone]
            else:
                confirmed.append((hole, gone))
    await remove_holes(session, removed)
    await insert_holes(session, rows)
    for hole, gone in confirmed:
        await _confirm(session, hole, gone)


async def note_failure(session: Session, hole: Hole, *, is_refused: bool) -> None:
    """VK failed for a hole: it is asked for again later, by itself. Refused some times it is a gap."""
    hole.failures += 1
    delay = RETRY_SECONDS[min(hole.failures, len(RETRY_SECONDS)) - 1]
    hole.next_try_at = session.now + timedelta(seconds=delay)
    await session.flush()
    if is_refused and hole.failures >= REFUSALS_MAX:
        stretch = Stretch(hole.first_number, hole.last_number)
        await remove_holes(session, [hole])
        await _confirm(session, hole, [stretch])


async def _confirm(session: Session, hole: Hole, gone: Sequence[Stretch]) -> None:
    """VK no longer gives these numbers: joined with confirmed neighbours, and not asked for again."""
    confirmed = (
        (Hole.integration_id == hole.integration_id)
        & (Hole.peer_id == hole.peer_id)
        & Hole.confirmed_at.is_not(None)
    )
    for stretch in gone:
        touching = (Hole.last_number == stretch.first - 1) | (Hole.first_number == stretch.last + 1)
        query = select(Hole.first_number, Hole.last_number).where(confirmed, touching)
        neighbours = (await session.execute(query)).all()
        if neighbours:
            chosen = confirmed & Hole.first_number.in_([row[0] for row in neighbours])
            await session.execute(delete(Hole).where(chosen).execution_options(synchronize_session=False))
        whole = Stretch(
            min([stretch.first, *(row[0] for row in neighbours)]),
            max([stretch.last, *(row[1] for row in neighbours)]),
        )
        await insert_holes(session, [like(hole, whole, confirmed_at=session.now)])


async def suspect_callback(
    session: Session, integration_id: UUID, messages: Collection[Mapping[str, Any]], silence: timedelta
) -> None:
    """Have the callback looked at when VK's history has older news than any callback has told."""
    written = [datetime.fromtimestamp(int(message["date"]), UTC) for message in messages]
    overdue = [moment for moment in written if session.now - moment >= silence]
    reception = await session.get(Reception, integration_id, with_for_update=True)
    if not overdue or reception is None or reception.transport is not Transport.CALLBACK:
        return
    seen_at = max(reception.callback_seen_at or reception.changed_at, reception.changed_at)
    if max(overdue) > seen_at + min(silence, CALLBACK_NOTED_EVERY):
        reception.reason = SILENT
        reception.next_watch_at = session.now
