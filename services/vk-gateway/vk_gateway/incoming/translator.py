"""Behind the callback: stored updates become events, in batches, each once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import select, update

from shared.database.choices import among
from shared.database.engine import Database
from shared.database.outage import is_outage, is_victim
from shared.database.session import Session
from shared.events.channel import Source
from shared.runtime.loops import Loop
from vk_gateway.communities.queries import list_live_epochs
from vk_gateway.history.numbers import NOT_BY_CALLBACK, Noted, note_numbers
from vk_gateway.incoming.announce import Update, announce
from vk_gateway.incoming.follow_ups import are_given_up, give_up_follow_ups
from vk_gateway.incoming.pages import announce_pages
from vk_gateway.incoming.translate import OVER, Kept, Message, Reacted, Seen, Typed, translate
from vk_gateway.incoming.turns import START, next_turn
from vk_gateway.incoming.typing_signs import Typing
from vk_gateway.tables import RawUpdate

log = structlog.get_logger()
translated_updates = Counter("otklik_vk_updates_translated", "Raw updates translated", ["outcome"])

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

    Several processes may do it at once.

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
            interval_seconds=1.0,
            world=database.world,
            state=database.state,
        )
        self._batch = BATCH_SQLITE if database.is_sqlite else BATCH_POSTGRESQL
        self._turn_begins_at = START
        self._live_at = float("-inf")

    @property
    def is_live(self) -> bool:
        """Whether a message came in a moment ago."""
        return self._database.world.monotonic() - self._live_at < LIVE_SECONDS

    @property
    def is_pressed(self) -> bool:
        """Whether callbacks press."""
        return self._is_pressed()

    async def step(self) -> bool:
        """Translate one batch. Returns whether more may wait."""
        started = self._database.world.monotonic()
        is_more = await self._translate_batch()
        worked = self._database.world.monotonic() - started
        await self._rest(min(REST_SECONDS_MAX, REST_FACTOR * worked))
        return is_more

    async def _rest(self, seconds: float) -> None:
        """Leave the process to the callbacks, as long as they press."""
        for _ in range(round(seconds / LOOK_SECONDS)):
            if not self._is_pressed():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _translate_batch(self) -> bool:
        async with self._database.read() as session:
            turn = await next_turn(session, self._turn_begins_at, self._batch)
            rows = (await session.execute(_updates(turn.positions))).all() if turn.positions else []
        updates = [
            Update(
                position=row.position,
                integration_id=row.integration_id,
                project_id=row.project_id,
                community_id=row.community_id,
                epoch=row.epoch,
                event_id=row.event_id,
                received_at=row.received_at,
                translation=translate(row.kind, row.body, row.received_at),
            )
            for row in rows
        ]
        if updates:
            await self._announce_or_split(updates)
        self._turn_begins_at = turn.ends_at
        return turn.is_more

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
                await _mark(session, {"failed": [each.position]})

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
        await _mark(session, outcomes)
        echoes = set(outcomes["echo"])
        session.after_commit(partial(self._after, [each for each in mine if each.position not in echoes]))

    def _after(self, updates: Sequence[Update]) -> None:
        """Pass on what is told at once or never, and have VK asked at once what is wanted of it."""
        for each in updates:
            if isinstance(each.translation, Message) and each.translation.source is Source.LIVE:
                self._live_at = self._database.world.monotonic()
            match each.translation:
                case Typed(peer_id=peer_id):
                    self._typing.heard(each.project_id, each.integration_id, str(peer_id))
                case Kept() | Seen() | Reacted():
                    pass
                case _ if self.on_wanted is not None:
                    self.on_wanted()


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
        self.loop = Loop("vk-gateway:catching-up", self.step, interval_seconds=2.0, world=database.world)

    async def step(self) -> bool:
        """Bring back a batch of each. Returns whether more may be left."""
        async with self._database.read() as session:
            if not await are_given_up(session) and not await _positions_kept(session):
                return False
        async with self._database.write() as session:
            overdue = await give_up_follow_ups(session)
            kept = await _translate_again(session)
            session.after_commit(self._on_waiting)
        return overdue or kept


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
    """Lock the updates that nobody else has translated meanwhile."""
    query = (
        select(RawUpdate.position)
        .where(among(RawUpdate.position, positions), RawUpdate.translated_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    return set((await session.execute(query)).scalars())


async def _mark(session: Session, outcomes: dict[str, list[int]]) -> None:
    for outcome, positions in outcomes.items():
        if not positions:
            continue
        translated_updates.labels(outcome).inc(len(positions))
        await session.execute(
            update(RawUpdate)
            .where(among(RawUpdate.position, positions))
            .values(translated_at=session.now, outcome=outcome)
            .execution_options(synchronize_session=False)
        )
