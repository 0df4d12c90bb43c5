"""Behind the callback: stored updates become events, in batches, each once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import bindparam, select, update

from shared.database.choices import among, among_given
from shared.database.engine import Database
from shared.database.inserts import table_of
from shared.database.outage import is_outage, is_victim
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.events.channel import Source
from shared.runtime.loops import SOON, Loop
from vk_gateway.communities.queries import list_live_epochs
from vk_gateway.history.numbers import NOT_BY_CALLBACK, Noted, note_numbers
from vk_gateway.incoming.announce import TRANSLATED, Update, announce
from vk_gateway.incoming.follow_ups import are_given_up, give_up_follow_ups
from vk_gateway.incoming.gathering import Gathering
from vk_gateway.incoming.intake import Incoming
from vk_gateway.incoming.pages import announce_pages
from vk_gateway.incoming.translate import OVER, Kept, Message, Reacted, Seen, Typed, translate
from vk_gateway.incoming.turns import BYTES_MAX, START, next_turn
from vk_gateway.incoming.typing_signs import Typing
from vk_gateway.tables import RawUpdate

log = structlog.get_logger()
translated_updates = Counter("otklik_vk_updates_translated", "Raw updates translated", ["outcome"])

TABLE_SECONDS = 1.0
BATCH_POSTGRESQL = 500
BATCH_SQLITE = 100
AGAIN_BATCH = 500
# Outcomes of version 0.1 only: what is kept now is kept for good.
KEPT_FOR_LATER = ("stored", "partial", "too_large")
REST_FACTOR = 19
# People write, as long as the last message is no older.
LIVE_SECONDS = 2.0
REST_SECONDS_MAX = 3.0
LOOK_SECONDS = 0.02


class Translator:
    """Takes each community's untranslated updates in the order they were stored, the communities by turns.

    It is handed what this process has just stored. The table is read now and then for what stayed behind,
    e.g. with a process that died, and while there is more than a batch. Several processes may do it at once.

    While callbacks press (`is_pressed`) it works a twentieth of the time: VK must have its `ok` first, and
    what is stored can wait a moment.
    """

    def __init__(
        self, database: Database, is_pressed: Callable[[], bool], typing: Typing, whole_seconds: float
    ) -> None:
        self._database = database
        self._is_pressed = is_pressed
        self._typing = typing
        self._whole_lasts = timedelta(seconds=whole_seconds)
        self.on_wanted: Callable[[], None] | None = None
        self.loop = Loop(
            "vk-gateway:translator",
            self.step,
            interval_seconds=TABLE_SECONDS,
            world=database.world,
            state=database.state,
        )
        self._gathering = Gathering(self.loop.wake, database.world)
        self._clock = database.world.monotonic
        self._batch = BATCH_SQLITE if database.is_sqlite else BATCH_POSTGRESQL
        self._turn_begins_at = START
        self._taken: dict[int, Incoming] = {}
        self._taken_bytes = 0
        self._is_behind = True
        self._look_at = 0.0
        self._live_at = float("-inf")

    @property
    def is_live(self) -> bool:
        """Whether a message came in a moment ago."""
        return self._clock() - self._live_at < LIVE_SECONDS

    @property
    def is_pressed(self) -> bool:
        """Whether callbacks press."""
        return self._is_pressed()

    def take(self, stored: Mapping[int, Incoming]) -> None:
        """Take updates that have just been stored, by their positions."""
        self._taken.update(stored)
        self._taken_bytes += sum(len(update.body) for update in stored.values())
        if len(self._taken) > self._batch or self._taken_bytes > BYTES_MAX:
            self._leave_to_the_table()
        self._gathering.stored({update.kind for update in stored.values()})

    def look(self) -> None:
        """Look into the table at once: something was put there that is not handed over."""
        self._look_at = 0.0
        self.loop.wake()

    def _leave_to_the_table(self) -> None:
        self._taken, self._taken_bytes = {}, 0
        self._is_behind = True

    async def step(self) -> bool:
        """Translate one batch. Returns whether more may wait."""
        started = self._clock()
        try:
            if self._taken and not self._is_behind and started < self._look_at:
                await self._translate_taken()
            else:
                await self._translate_waiting()
        except BaseException:
            self._leave_to_the_table()
            raise
        await self._rest(min(REST_SECONDS_MAX, REST_FACTOR * (self._clock() - started)))
        return self._is_behind or bool(self._taken)

    async def _rest(self, seconds: float) -> None:
        """Leave the process to the callbacks, as long as they press."""
        for _ in range(round(seconds / LOOK_SECONDS)):
            if not self._is_pressed():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _translate_taken(self) -> None:
        """Translate everything that was handed over: a batch at most."""
        taken, self._taken, self._taken_bytes = self._taken, {}, 0
        await self._announce_or_split([_translated(position, taken[position]) for position in sorted(taken)])

    async def _translate_waiting(self) -> None:
        """Translate a batch of what the table has."""
        # All that was handed over is there. What comes from now on may be, too, and is claimed only once.
        self._leave_to_the_table()
        self._is_behind, self._look_at = False, self._clock() + TABLE_SECONDS
        async with self._database.read() as session:
            turn = await next_turn(session, self._turn_begins_at, self._batch)
            rows = (await session.execute(_updates(turn.positions))).all() if turn.positions else []
        if rows:
            await self._announce_or_split([_translated(row.position, row) for row in rows])
        self._turn_begins_at = turn.ends_at
        self._is_behind |= turn.is_more

    async def _announce_or_split(self, updates: Sequence[Update]) -> None:
        """Announce all together; if one of them is at fault, each by itself, and set that one aside."""
        try:
            async with self._database.write() as session:
                await self._announce_mine(session, updates)
        except Exception as error:
            if is_outage(error) or is_victim(error):
                raise
            if len(updates) > 1:
                for each in updates:
                    await self._announce_or_split([each])
                return
            (each,) = updates
            log.exception(
                "update_not_translated", integration_id=str(each.integration_id), event_id=each.event_id
            )
            async with self._database.write() as session:
                await _mark(session, "failed", [each.position])

    async def _announce_mine(self, session: Session, updates: Sequence[Update]) -> None:
        claimed = await _claim(session, [each.position for each in updates])
        live = await list_live_epochs(session, {each.integration_id for each in updates})
        mine = [
            each if _is_live(each, live) else replace(each, translation=OVER)
            for each in updates
            if each.position in claimed
        ]
        await note_numbers(session, [noted for each in mine if (noted := _noted(each)) is not None])
        outcomes = await announce(session, mine, whole_lasts=self._whole_lasts)
        await announce_pages(session, mine)
        for outcome, positions in outcomes.items():
            translated_updates.labels(outcome).inc(len(positions))
            if outcome != TRANSLATED:
                await _mark(session, outcome, positions)
        echoes = set(outcomes["echo"])
        session.after_commit(partial(self._after, [each for each in mine if each.position not in echoes]))

    def _after(self, updates: Sequence[Update]) -> None:
        """Pass on what is told at once or never, and have VK asked at once what is wanted of it."""
        for each in updates:
            if isinstance(each.translation, Message) and each.translation.source is Source.LIVE:
                self._live_at = self._clock()
            match each.translation:
                case Typed(peer_id=peer_id):
                    self._typing.heard(each.project_id, each.integration_id, str(peer_id))
                case Kept() | Seen() | Reacted():
                    pass
                case _ if self.on_wanted is not None:
                    self.on_wanted()


def _translated(position: int, stored: Any) -> Update:
    """Translate an update as it was stored: a row, or what was handed over."""
    return Update(
        position=position,
        integration_id=stored.integration_id,
        project_id=stored.project_id,
        community_id=stored.community_id,
        epoch=stored.epoch,
        event_id=stored.event_id,
        received_at=stored.received_at,
        translation=translate(stored.kind, stored.body, stored.received_at),
    )


def _is_live(each: Update, live: dict[UUID, int]) -> bool:
    """Whether an update's epoch still lasts; the end of an epoch can overtake an update already stored."""
    return live.get(each.integration_id) == each.epoch


def _noted(each: Update) -> Noted | None:
    """Return which message of a dialog an update proves to be with us; earlier ones are not counted."""
    if not isinstance(each.translation, Message) or each.translation.source is Source.HISTORY:
        return None
    return Noted(
        each.integration_id,
        each.project_id,
        each.translation.peer_id,
        each.translation.conversation_message_id,
        by_callback=not each.event_id.startswith(NOT_BY_CALLBACK),
    )


class CatchingUp:
    """Brings back what stayed behind: messages never given whole, and updates kept by an earlier version."""

    def __init__(self, database: Database, on_waiting: Callable[[], None]) -> None:
        self._database = database
        self._on_waiting = on_waiting
        self._is_calm = False
        self.loop = Loop(
            "vk-gateway:catching-up",
            self.step,
            interval_seconds=2.0,
            world=database.world,
            state=self._state,
        )

    async def step(self) -> bool:
        """Bring back a batch of each. Returns whether more may be left."""
        async with self._database.read() as session:
            self._is_calm = not await are_given_up(session, session.now + SOON)
            if not await are_given_up(session, session.now) and not await _positions_kept(session):
                return False
        async with self._database.write() as session:
            overdue = await give_up_follow_ups(session)
            kept = await _translate_again(session)
            session.after_commit(self._on_waiting)
        return overdue or kept

    def _state(self) -> int | None:
        """Return the database's state while only a commit can bring something back."""
        return self._database.state() if self._is_calm else None


async def _translate_again(session: Session) -> bool:
    """Put a batch of updates that were kept for this version into the translator's queue."""
    positions = await _positions_kept(session)
    if positions:
        again = update(RawUpdate).where(RawUpdate.position.in_(positions))
        await session.execute(again.values(translated_at=None, outcome=None))
    return len(positions) == AGAIN_BATCH


async def _positions_kept(session: Session) -> Sequence[int]:
    query = select(RawUpdate.position).where(RawUpdate.outcome.in_(KEPT_FOR_LATER))
    return (await session.scalars(query.order_by(RawUpdate.position).limit(AGAIN_BATCH))).all()


def _updates(positions: Sequence[int]) -> Any:
    return (
        select(
            RawUpdate.position,
            RawUpdate.integration_id,
            RawUpdate.project_id,
            RawUpdate.community_id,
            RawUpdate.epoch,
            RawUpdate.event_id,
            RawUpdate.received_at,
            RawUpdate.kind,
            RawUpdate.body,
        )
        .where(among(RawUpdate.position, positions))
        .order_by(RawUpdate.position)
    )


async def _claim(session: Session, positions: Sequence[int]) -> set[int]:
    """Mark the updates that nobody else has translated meanwhile as translated, as most of them will be."""
    claimed = await _CLAIM.run(session, {"positions": positions, "now": session.now})
    return {row[0] for row in claimed}


async def _mark(session: Session, outcome: str, positions: Sequence[int]) -> None:
    if positions:
        await session.execute(
            update(_raw)
            .where(among(_raw.c.position, positions))
            .values(translated_at=session.now, outcome=outcome)
        )


_raw = table_of(RawUpdate)
_CLAIM = Prepared(
    update(_raw)
    .where(
        _raw.c.position.in_(
            select(_raw.c.position)
            .where(among_given(_raw.c.position, "positions"), _raw.c.translated_at.is_(None))
            .with_for_update(skip_locked=True)
        )
    )
    .values(translated_at=bindparam("now"), outcome=TRANSLATED)
    .returning(_raw.c.position)
)
