"""Fetching what is missing; it is stored as updates, and goes through the same door as what is live.

Parts of holes, what VK gave of them and what is left of the holes are committed together, so a process that
dies goes on where it was. A number that VK does not give twice, half a minute apart, is a confirmed gap.

Live messages go first: the next part waits until the last one has gone through, and then rests half as long.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import ColumnElement, exists, or_, select, update

from shared.database.engine import Database
from shared.database.leases import Lease, still_held
from shared.database.session import Session
from shared.messaging.tables import outbox_table
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.history import gaps
from vk_gateway.history.fetching import CALLS_MAX, NUMBERS_MAX, Wish, fetch_messages
from vk_gateway.history.numbers import has_open_holes, locked_peers
from vk_gateway.history.storing import fetched_message, store_fetched
from vk_gateway.history.tables import History, Hole
from vk_gateway.history.telling import tell_history
from vk_gateway.tables import Community, LinkState, RawUpdate
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()
restored_messages = Counter("otklik_vk_messages_restored", "Messages fetched from VK's history")

NUMBERS_OF_A_CALL = 100
# Where an old dialog's own part of its history ends is not known yet: mostly it is near.
NUMBERS_TO_THE_FLOOR = 20
PART = 40
# What comes in live meanwhile, at most, before a part is taken for one that has not gone through.
WAITING_MAX = 10
THROUGH_SECONDS_MAX = 2.0
LOOK_SECONDS = 0.03
REST_FACTOR = 0.5
# A round of our work ends well before the lease does; what was fetched and not stored is fetched again.
SECONDS_MAX = 10.0
VK_DELAY = timedelta(seconds=10)
ACCOUNT_DELAY = timedelta(seconds=60)
UNREADABLE = (KeyError, TypeError, ValueError)
Messages = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class _Found:
    """A part of a hole, and what VK has of it."""

    peer_id: int
    numbers: tuple[int, ...]
    messages: Messages


class Filling:
    """Fills the holes of one community; `on_stored` is called when there is something to translate."""

    def __init__(
        self,
        database: Database,
        *,
        per_second: float,
        gap_seconds: float,
        silence_seconds: float,
        on_stored: Callable[[], None],
    ) -> None:
        self._database = database
        self._per_second = per_second
        self._gap = timedelta(seconds=gap_seconds)
        self._silence = timedelta(seconds=silence_seconds)
        self._on_stored = on_stored

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether the community has a hole to be filled."""
        return exists().where(
            Hole.integration_id == Community.integration_id,
            Community.link_state == LinkState.LINKED,
            Hole.confirmed_at.is_(None),
            Hole.next_try_at <= at.now,
        )

    async def _put_off(self, session: Session, integration_id: UUID, delay: timedelta) -> None:
        """Fill later."""
        due = (
            (Hole.integration_id == integration_id)
            & Hole.confirmed_at.is_(None)
            & (Hole.next_try_at <= session.now)
        )
        await session.execute(
            update(Hole)
            .where(due)
            .values(next_try_at=session.now + delay)
            .execution_options(synchronize_session=False)
        )

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Fetch some of what is missing. Returns whether more is."""
        clock = self._database.world.monotonic
        ends = clock() + SECONDS_MAX
        async with self._database.read() as session:
            history = await session.get(History, community.integration_id)
            wishes = await _list_wishes(session, community.integration_id)
        if history is None or history.epoch != community.epoch or not wishes:
            return False
        try:
            answers = await fetch_messages(api, wishes)
        except (VkError, VkUnclear, *UNREADABLE) as error:
            log.info("holes_not_filled", integration_id=str(community.integration_id), error=str(error))
            await self._failed(community, wishes, error)
            return False
        failed = [wish for wish, answer in zip(wishes, answers, strict=True) if answer is None]
        if failed:
            await self._failed(community, failed, None)
        for part in _parts(wishes, answers):
            if not await self._store(community, part, lease):
                return False
            self._on_stored()
            await self._rest(sum(len(each.messages) for each in part))
            if clock() > ends:
                break
        return True

    async def _rest(self, stored: int) -> None:
        """Leave the processes that translate, tell and show what is live to do so."""
        clock = self._database.world.monotonic
        started = clock()
        for _ in range(round(THROUGH_SECONDS_MAX / LOOK_SECONDS)):
            if not await self._is_behind() or clock() - started > THROUGH_SECONDS_MAX:
                break
            await asyncio.sleep(LOOK_SECONDS)
        worked = clock() - started
        await asyncio.sleep(max(stored / self._per_second - worked, REST_FACTOR * worked))

    async def _is_behind(self) -> bool:
        """Whether more than a few updates are not translated, or events not told."""
        waiting = (
            select(column).where(done.is_(None)).offset(WAITING_MAX).limit(1)
            for column, done in (
                (RawUpdate.position, RawUpdate.translated_at),
                (outbox_table.c.position, outbox_table.c.published_at),
            )
        )
        async with self._database.read() as session:
            return bool((await session.execute(select(or_(*map(exists, waiting))))).scalar_one())

    async def _store(self, community: DueCommunity, part: Sequence[_Found], lease: Lease) -> bool:
        """Store a part with what is left of its holes. Returns False when it is not ours to do any more."""
        async with self._database.write() as session:
            history = await session.get(History, community.integration_id, with_for_update=True)
            is_ours = await still_held(session, lease)
            if history is None or history.epoch != community.epoch or not is_ours:
                return False
            stored = await self._settle(session, community, part, history.floor_message_id)
            await store_fetched(session, community, [fetched_message(each) for each in stored])
            await gaps.suspect_callback(session, community.integration_id, stored, self._silence)
            if not await has_open_holes(session, community.integration_id):
                await tell_history(session, history)
        restored_messages.inc(len(stored))
        return True

    async def _settle(
        self, session: Session, community: DueCommunity, part: Sequence[_Found], floor_message_id: int
    ) -> list[Mapping[str, Any]]:
        """Make the holes smaller by what was found; return the messages that are ours."""
        integration_id = community.integration_id
        keys = {(integration_id, each.peer_id): community.project_id for each in part}
        peers = await locked_peers(session, keys)
        holes = await gaps.lock_open_holes(session, integration_id, {each.peer_id for each in part})
        settled: list[tuple[Sequence[Hole], gaps.Asked]] = []
        stored: list[Mapping[str, Any]] = []
        for each in part:
            numbers = set(each.numbers)
            before_us = {n for n, item in each.messages.items() if int(item["id"]) <= floor_message_id}
            ours = numbers & each.messages.keys() - before_us
            floor = peers[integration_id, each.peer_id].floor_number
            if floor is None and (before_us or 1 in numbers):
                highest = max(before_us, default=0)
                lowest = min((number for number in ours if number > highest), default=max(numbers) + 1)
                peer = (integration_id, each.peer_id)
                floor = await gaps.set_floor(
                    session, holes[each.peer_id], peer=peer, before_us=highest, lowest=lowest
                )
            above = {number for number in numbers if number > (floor or 0)}
            asked = gaps.Asked(frozenset(ours & above), frozenset(above - ours), floor or 0)
            settled.append((holes[each.peer_id], asked))
            stored += [each.messages[number] for number in sorted(asked.ours)]
        await gaps.shrink(session, settled, gap=self._gap)
        return stored

    async def _failed(self, community: DueCommunity, wishes: Sequence[Wish], error: Exception | None) -> None:
        """Try later; what VK refuses for good (e.g. no such dialog) is a gap in the end."""
        kind = error.failure_class if isinstance(error, VkError) else None
        is_refused = kind in {FailureClass.PEER, FailureClass.CONTENT}
        async with self._database.write() as session:
            if kind in {FailureClass.ACCOUNT, FailureClass.TRANSIENT} or isinstance(error, VkUnclear):
                delay = ACCOUNT_DELAY if kind is FailureClass.ACCOUNT else VK_DELAY
                await self._put_off(session, community.integration_id, delay)
                return
            keys = {(community.integration_id, wish.peer_id): community.project_id for wish in wishes}
            await locked_peers(session, keys)
            peer_ids = {wish.peer_id for wish in wishes}
            holes = await gaps.lock_open_holes(session, community.integration_id, peer_ids)
            for wish in wishes:
                for hole in holes[wish.peer_id]:
                    if any(hole.first_number <= number <= hole.last_number for number in wish.numbers):
                        # What failed with others is tried by itself before it is believed.
                        alone = len(wishes) == 1 and error is not None
                        await gaps.note_failure(session, hole, is_refused=is_refused and alone)


async def _list_wishes(session: Session, integration_id: UUID) -> list[Wish]:
    """Choose what to ask for: the newest numbers of the holes that are due.

    A hole that VK failed for is asked for by itself, so that it spoils no other.
    """
    query = (
        select(Hole)
        .where(
            Hole.integration_id == integration_id,
            Hole.confirmed_at.is_(None),
            Hole.next_try_at <= session.now,
        )
        .order_by(Hole.failures, Hole.next_try_at, Hole.peer_id, Hole.first_number.desc())
        .limit(NUMBERS_MAX)
    )
    holes = (await session.scalars(query)).all()
    floors = await gaps.floors_of(session, integration_id, {hole.peer_id for hole in holes})
    wishes: list[Wish] = []
    counted = 0
    for hole in holes:
        floor = floors.get(hole.peer_id)
        count = NUMBERS_TO_THE_FLOOR if hole.first_number == 1 and floor is None else NUMBERS_OF_A_CALL
        first = max(hole.first_number, hole.last_number - count + 1)
        numbers = tuple(range(hole.last_number, first - 1, -1))
        counted += len(numbers)
        if wishes and (hole.failures or counted > NUMBERS_MAX):
            break
        # Holes of a dialog go together, but not while its floor is sought: that wants one stretch.
        before = wishes[-1] if wishes else None
        if before and before.peer_id == hole.peer_id and floor is not None:
            together = before.numbers + numbers
            if len(together) <= NUMBERS_OF_A_CALL:
                wishes[-1] = Wish(hole.peer_id, together)
                continue
        if len(wishes) == CALLS_MAX:
            break
        wishes.append(Wish(hole.peer_id, numbers))
        if hole.failures:
            break
    return wishes


def _parts(wishes: Sequence[Wish], answers: Sequence[Messages | None]) -> list[list[_Found]]:
    """Cut what VK gave into parts of some numbers, each for one transaction, a dialog once in each."""
    parts: list[list[_Found]] = []
    room = 0
    for wish, answer in zip(wishes, answers, strict=True):
        numbers = wish.numbers if answer is not None else ()
        while numbers:
            assert answer is not None
            if not room or any(each.peer_id == wish.peer_id for each in parts[-1]):
                parts.append([])
                room = PART
            piece, numbers = numbers[:room], numbers[room:]
            messages = {number: answer[number] for number in piece if number in answer}
            parts[-1].append(_Found(wish.peer_id, piece, messages))
            room -= len(piece)
    return parts
