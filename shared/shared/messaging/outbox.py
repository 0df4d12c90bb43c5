"""The way out: events are stored with the change they tell of, and a relay publishes them afterwards."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import bindparam, delete, func, select, update

from shared.database.choices import among_given
from shared.database.engine import Database
from shared.database.inserts import insert_rows
from shared.database.leases import Lease, hold_lease
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.events.envelope import PAYLOAD_BYTES_MAX, Envelope, Event
from shared.messaging.bus import Bus, BusUnavailable, Letter
from shared.messaging.tables import outbox_table
from shared.runtime.logging import current_correlation_id
from shared.runtime.loops import Loop

log = structlog.get_logger()
published_events = Counter("otklik_outbox_published", "Events published and confirmed", ["service"])
waiting_events = Gauge("otklik_outbox_waiting", "Events stored and not yet published", ["service"])

# What a writing session's `info` hands committed letters to.
TAKE_LETTERS = "take_letters"
BATCH = 200
TAKEN_BYTES_MAX = 16 * 1024 * 1024
LOOK_SECONDS = 1.0
MARK_SECONDS = 0.1
# Younger letters are left to the process that has committed them, unless something is behind.
BEHIND_AFTER = timedelta(seconds=1)
LEASE_SECONDS = 8.0
KEPT = timedelta(days=7)
WAITING_ALARM = 10_000

_columns = outbox_table.c
_WAITING = (
    select(_columns.position, _columns.event_id, _columns.type, _columns.body)
    .where(_columns.published_at.is_(None), _columns.created_at <= bindparam("before"))
    .order_by(_columns.position)
    .limit(BATCH)
)
_MARK = Prepared(
    update(outbox_table)
    .where(among_given(_columns.position, "positions"))
    .values(published_at=bindparam("published"))
)


class EventTooLarge(ValueError):
    """An event's body is over the limit of 256 KiB; large contents travel by reference."""


def sealed(session: Session, event: Event, *, correlation_id: str | None = None) -> dict[str, Any]:
    """Return the outbox row of an event. Raises EventTooLarge."""
    envelope = Envelope(
        id=session.new_id(),
        type=event.type,
        occurred_at=session.now,
        correlation_id=correlation_id or current_correlation_id(),
        payload=event.model_dump(mode="json"),
    )
    body = envelope.model_dump_json().encode()
    if len(body) > PAYLOAD_BYTES_MAX:
        raise EventTooLarge(f"{event.type} has {len(body)} bytes")
    return {"event_id": envelope.id, "type": event.type, "body": body, "created_at": session.now}


async def publish_on_commit(session: Session, *events: Event) -> None:
    """Announce events when, and only when, this transaction commits. The only way out of a service."""
    await publish_rows_on_commit(session, [sealed(session, event) for event in events])


async def publish_rows_on_commit(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Announce already sealed events in one statement; for batches with a correlation id each."""
    stored = await insert_rows(session, outbox_table, rows, returning=["event_id", "position"])
    take: Callable[[Mapping[int, Letter]], None] | None = session.info.get(TAKE_LETTERS)
    if rows and take is not None:
        positions = dict(stored)
        letters = {
            positions[row["event_id"]]: Letter(row["event_id"], row["type"], row["body"]) for row in rows
        }
        session.after_commit(partial(take, letters))


class Relay:
    """Publishes a service's outbox, in batches: publish, confirm, mark.

    A crash between repeats letters under the same ids, and the readers' inboxes drop them.

    What this process commits it is handed, and publishes without reading it back. The table is read now and
    then, by one process at a time (a lease), for what stayed behind: letters of a process that died, or that
    the bus did not take. While something is behind, everything goes by the table, in the order of its rows.
    Rows are picked by "not yet published", never by "id greater than the last": ids are handed out before
    commit, so a later id can be visible first.
    """

    def __init__(
        self,
        service: str,
        database: Database,
        bus: Bus,
        *,
        holder: str,
        behind_after: timedelta = BEHIND_AFTER,
    ) -> None:
        self._service = service
        self._database = database
        self._bus = bus
        self._holder = holder
        self._behind_after = behind_after
        self._clock = database.world.monotonic
        self._lease: Lease | None = None
        self._renew_at = 0.0
        self._taken: dict[int, Letter] = {}
        self._taken_bytes = 0
        self._is_behind = True
        self._look_at = 0.0
        self._unmarked: list[int] = []
        self._mark_at = 0.0
        self.loop = Loop(
            f"{service}:relay",
            self.step,
            interval_seconds=LOOK_SECONDS,
            world=database.world,
            state=database.state,
        )

    def take(self, letters: Mapping[int, Letter]) -> None:
        """Take letters that have just been committed, by the positions of their rows."""
        self._taken.update(letters)
        self._taken_bytes += sum(len(letter.body) for letter in letters.values())
        if self._taken_bytes > TAKEN_BYTES_MAX:
            self._leave_to_the_table()
        self.loop.wake()

    def _leave_to_the_table(self) -> None:
        self._taken, self._taken_bytes = {}, 0
        self._is_behind = True

    async def step(self) -> bool:
        """Publish one batch. Returns whether more is waiting; raises BusUnavailable."""
        try:
            if self._taken and not self._is_behind and self._clock() < self._look_at:
                await self._publish(dict(islice(self._taken.items(), BATCH)))
            else:
                await self._mark()
                await self._publish_waiting()
            if not self._taken or self._clock() > self._mark_at:
                await self._mark()
        except BaseException:
            self._leave_to_the_table()
            raise
        return self._is_behind or bool(self._taken)

    async def _publish_waiting(self) -> None:
        """Publish a batch of the table, if that is ours to do."""
        age = timedelta() if self._is_behind else self._behind_after
        if self._is_behind:
            self._leave_to_the_table()
        self._is_behind, self._look_at = False, self._clock() + LOOK_SECONDS
        letters = await self._waiting(age)
        if letters and (self._lease is None or self._clock() > self._renew_at):
            await self._hold()
            # Whoever had the lease may have published what was waiting a moment ago.
            letters = await self._waiting(age)
        if letters and self._lease is not None:
            await self._publish(letters)
            self._is_behind |= len(letters) == BATCH

    async def _hold(self) -> None:
        asked_at = self._clock()
        async with self._database.write() as session:
            self._lease = await hold_lease(session, "outbox", holder=self._holder, seconds=LEASE_SECONDS)
        self._renew_at = asked_at + LEASE_SECONDS / 2

    async def _publish(self, letters: Mapping[int, Letter]) -> None:
        async with asyncio.timeout(self._bus.publish_seconds_max):
            safe = await self._bus.publish(list(letters.values()))
        for position, letter in letters.items():
            if letter.event_id in safe:
                self._unmarked.append(position)
                if self._taken.pop(position, None) is not None:
                    self._taken_bytes -= len(letter.body)
        published_events.labels(self._service).inc(len(safe))
        if len(safe) < len(letters):
            raise BusUnavailable(f"{len(letters) - len(safe)} of {len(letters)} events were not confirmed")

    async def _mark(self) -> None:
        """Mark what was published: not each batch by itself, for whoever reads has it already."""
        self._mark_at = self._clock() + MARK_SECONDS
        if self._unmarked:
            positions = list(self._unmarked)
            async with self._database.write() as session:
                await _MARK.run(session, {"positions": positions, "published": session.now})
            del self._unmarked[: len(positions)]

    async def _waiting(self, age: timedelta) -> dict[int, Letter]:
        """Read a batch of letters that old; younger ones are on their way from another process's memory."""
        async with self._database.read() as session:
            rows = (await session.execute(_WAITING, {"before": session.now - age})).all()
        return {row.position: Letter(row.event_id, row.type, row.body) for row in rows}

    async def tidy(self) -> bool:
        """Count what waits, and forget events published more than a week ago."""
        async with self._database.write() as session:
            waiting = await count_waiting(session)
            old = outbox_table.c.published_at < session.now - KEPT
            await session.execute(delete(outbox_table).where(old))
        waiting_events.labels(self._service).set(waiting)
        if waiting > WAITING_ALARM:
            log.warning("outbox_is_long", service=self._service, waiting=waiting)
        return False


async def count_waiting(session: Session) -> int:
    """Count the events that are stored and not yet published."""
    query = select(func.count()).select_from(outbox_table).where(outbox_table.c.published_at.is_(None))
    return (await session.execute(query)).scalar_one()


async def publish_again_since(session: Session, since: datetime) -> int:
    """Publish all that was said since then once more, when the broker lost its data. Returns how many."""
    chosen = (outbox_table.c.created_at >= since) & outbox_table.c.published_at.is_not(None)
    again = update(outbox_table).where(chosen).values(published_at=None)
    return len((await session.execute(again.returning(outbox_table.c.position))).all())
