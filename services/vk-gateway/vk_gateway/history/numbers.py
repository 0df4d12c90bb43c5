"""Which message numbers of each dialog are with us; a jump is a hole. The caller owns the transaction.

Rows of `peer` are locked in the order of their keys before holes are touched, so that translators, sweeps
and the filling of holes never wait for each other in a circle.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update

from shared.database.choices import among, among_given
from shared.database.inserts import inserted_rows, table_of
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.database.updates import update_rows
from vk_gateway.history.stretches import Stretch, between
from vk_gateway.history.tables import Hole, Peer, Reception

# What is only late, e.g. a callback that VK repeats or two that overtook each other, comes by itself.
LATE = timedelta(seconds=2)
# How the ids of updates begin that came by Long Poll, from the history, or whole after they came cropped.
LONG_POLL_ID, HISTORY_ID, WHOLE_ID = "lp:", "history:", "whole:"
NOT_BY_CALLBACK = (LONG_POLL_ID, HISTORY_ID, WHOLE_ID)
CALLBACK_NOTED_EVERY = timedelta(seconds=5)

Key = tuple[UUID, int]


@dataclass(frozen=True)
class Noted:
    """A message that is with us."""

    integration_id: UUID
    project_id: UUID
    peer_id: int
    number: int
    by_callback: bool

    @property
    def key(self) -> Key:
        """The dialog it belongs to."""
        return self.integration_id, self.peer_id


@dataclass(frozen=True)
class KnownPeer:
    """What a row of `peer` says."""

    last_number: int
    floor_number: int | None


async def note_numbers(session: Session, noted: Sequence[Noted]) -> None:
    """Remember which messages came. Numbers between them that did not are holes."""
    if not noted:
        return
    projects = {each.key: each.project_id for each in noted}
    numbers: dict[Key, set[int]] = {}
    for each in noted:
        numbers.setdefault(each.key, set()).add(each.number)
    peers = await locked_peers(session, projects)
    holes: list[dict[str, Any]] = []
    behind: dict[Key, set[int]] = {}
    moved: dict[Key, int] = {}
    for key, seen in numbers.items():
        last = peers[key].last_number
        ahead = {number for number in seen if number > last}
        if ahead:
            moved[key] = max(ahead)
            holes += _holes(session, key, projects[key], Stretch(last + 1, max(ahead)), taken=ahead)
        if len(ahead) < len(seen):
            behind[key] = seen - ahead
    await _move(session, moved)
    await insert_holes(session, holes)
    await _close(session, behind)
    await _note_callbacks(session, {each.integration_id for each in noted if each.by_callback})


async def note_last(session: Session, last_numbers: Mapping[Key, int], project_id: UUID) -> int:
    """Remember that these numbers exist at VK. Returns how many dialogs have more than we know of."""
    peers = await locked_peers(session, dict.fromkeys(last_numbers, project_id))
    moved = {key: number for key, number in last_numbers.items() if number > peers[key].last_number}
    holes: list[dict[str, Any]] = []
    for key, number in moved.items():
        holes += _holes(session, key, project_id, Stretch(peers[key].last_number + 1, number))
    await _move(session, moved)
    await insert_holes(session, holes)
    return len(moved)


async def locked_peers(session: Session, projects: Mapping[Key, UUID]) -> dict[Key, KnownPeer]:
    """Lock the rows of these dialogs, made where they are missing."""
    peers = await _find_peers(session, projects)
    missing = [key for key in sorted(projects) if key not in peers]
    if missing:
        rows = [
            {"integration_id": key[0], "peer_id": key[1], "project_id": projects[key], "last_number": 0}
            for key in missing
        ]
        await inserted_rows(
            session, Peer, rows, conflict=["integration_id", "peer_id"], returning=["peer_id"]
        )
        peers |= await _find_peers(session, missing)
    return peers


async def _find_peers(session: Session, keys: Collection[Key]) -> dict[Key, KnownPeer]:
    wanted = set(keys)
    given = {"integrations": {key[0] for key in wanted}, "peers": {key[1] for key in wanted}}
    found = await _FIND_PEERS.run(session, given)
    return {key: KnownPeer(row[2], row[3]) for row in found if (key := (row[0], row[1])) in wanted}


_peer = table_of(Peer)
# Perhaps a few more than asked for: the same person at another community.
_FIND_PEERS = Prepared(
    select(_peer.c.integration_id, _peer.c.peer_id, _peer.c.last_number, _peer.c.floor_number)
    .where(among_given(_peer.c.integration_id, "integrations"), among_given(_peer.c.peer_id, "peers"))
    .order_by(_peer.c.integration_id, _peer.c.peer_id)
    .with_for_update()
)


def _holes(
    session: Session, key: Key, project_id: UUID, numbers: Stretch, *, taken: Collection[int] = ()
) -> list[dict[str, Any]]:
    return [
        {
            "integration_id": key[0],
            "peer_id": key[1],
            "project_id": project_id,
            "first_number": stretch.first,
            "last_number": stretch.last,
            "found_at": session.now,
            "next_try_at": session.now + LATE,
            "failures": 0,
        }
        for stretch in between(numbers.first, numbers.last, taken)
    ]


async def _move(session: Session, last_numbers: Mapping[Key, int]) -> None:
    rows = [
        {"integration_id": key[0], "peer_id": key[1], "last_number": number}
        for key, number in last_numbers.items()
    ]
    await update_rows(session, Peer, rows, keys=["integration_id", "peer_id"])


async def _close(session: Session, behind: Mapping[Key, Collection[int]]) -> None:
    """Take numbers that came late out of the holes they were in."""
    if not behind:
        return
    query = (
        select(Hole)
        .where(
            among(Hole.integration_id, {key[0] for key in behind}),
            among(Hole.peer_id, {key[1] for key in behind}),
        )
        .with_for_update()
    )
    for hole in (await session.scalars(query)).all():
        came = behind.get((hole.integration_id, hole.peer_id), ())
        if any(hole.first_number <= number <= hole.last_number for number in came):
            await replace_hole(session, hole, between(hole.first_number, hole.last_number, came))


async def has_open_holes(session: Session, integration_id: UUID) -> bool:
    """Whether something of an integration is still to be fetched."""
    query = select(Hole.peer_id).where(Hole.integration_id == integration_id, Hole.confirmed_at.is_(None))
    return (await session.execute(query.limit(1))).first() is not None


async def replace_hole(session: Session, hole: Hole, stretches: Sequence[Stretch]) -> None:
    """Leave only these stretches of a hole."""
    await remove_holes(session, [hole])
    await insert_holes(session, [like(hole, stretch) for stretch in stretches])


async def remove_holes(session: Session, holes: Sequence[Hole]) -> None:
    """Remove holes, all of one integration, with one statement."""
    if not holes:
        return
    for hole in holes:
        session.expunge(hole)
    table = Hole.metadata.tables[Hole.__tablename__]
    same = (
        (table.c.integration_id == bindparam("of_integration"))
        & (table.c.peer_id == bindparam("of_peer"))
        & (table.c.first_number == bindparam("from_number"))
    )
    rows = [
        {"of_integration": hole.integration_id, "of_peer": hole.peer_id, "from_number": hole.first_number}
        for hole in holes
    ]
    await session.execute(delete(table).where(same), rows)


def like(hole: Hole, stretch: Stretch, **changes: Any) -> dict[str, Any]:
    """Return the row of a hole that is like another, but for its numbers and `changes`."""
    return {
        "integration_id": hole.integration_id,
        "peer_id": hole.peer_id,
        "project_id": hole.project_id,
        "first_number": stretch.first,
        "last_number": stretch.last,
        "found_at": hole.found_at,
        "next_try_at": hole.next_try_at,
        "missed_at": hole.missed_at,
        "failures": hole.failures,
        "confirmed_at": hole.confirmed_at,
    } | changes


async def insert_holes(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add holes."""
    keys = ["integration_id", "peer_id", "first_number"]
    await inserted_rows(session, Hole, rows, conflict=keys, returning=keys)


async def _note_callbacks(session: Session, integration_ids: Collection[UUID]) -> None:
    """Remember that callbacks come, every few seconds."""
    if integration_ids:
        before = session.now - CALLBACK_NOTED_EVERY
        given = {"integrations": integration_ids, "now": session.now, "before": before}
        await _NOTE_CALLBACKS.run(session, given)


_reception = table_of(Reception)
_NOTE_CALLBACKS = Prepared(
    update(_reception)
    .where(
        among_given(_reception.c.integration_id, "integrations"),
        func.coalesce(_reception.c.callback_seen_at < bindparam("before"), True),
    )
    .values(callback_seen_at=bindparam("now"))
)
