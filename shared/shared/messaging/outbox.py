"""The way out: events are stored with the change they tell of, and a relay publishes them afterwards."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import delete, func, insert, select, update

from shared.database.choices import among
from shared.database.engine import Database
from shared.database.leases import Lease, hold_lease, still_held
from shared.database.session import Session
from shared.events.envelope import PAYLOAD_BYTES_MAX, Envelope, Event
from shared.messaging.bus import Bus, BusUnavailable, Letter
from shared.messaging.tables import outbox_table
from shared.runtime.logging import current_correlation_id

log = structlog.get_logger()
published_events = Counter("otklik_outbox_published", "Events published and confirmed", ["service"])
waiting_events = Gauge("otklik_outbox_waiting", "Events stored and not yet published", ["service"])

BATCH = 200
LEASE_SECONDS = 8.0
PUBLISH_SECONDS_MAX = 6.0
KEPT = timedelta(days=7)
WAITING_ALARM = 10_000


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
    if rows:
        await session.execute(insert(outbox_table), list(rows))
        wake: Callable[[], None] | None = session.info.get("wake_relay")
        if wake is not None:
            session.after_commit(wake)


class Relay:
    """Publishes a service's outbox in the order of its rows, in batches.

    Rows are picked by "not yet published", never by "id greater than the last": ids are handed out before
    commit, so a later id can be visible first. Publish, confirm, mark: a crash between repeats the letter
    under the same id and the readers' inboxes drop it. One process at a time does this, by a lease.
    """

    def __init__(self, service: str, database: Database, bus: Bus, *, holder: str) -> None:
        self._service = service
        self._database = database
        self._bus = bus
        self._holder = holder
        self._lease: Lease | None = None
        self._renew_at = 0.0

    async def step(self) -> bool:
        """Publish one batch. Returns whether more is waiting; raises BusUnavailable."""
        letters = await self._waiting()
        if not letters:
            waiting_events.labels(self._service).set(0)
            return False
        if self._lease is None or self._database.world.monotonic() > self._renew_at:
            await self._hold()
            # Whoever had the lease may have published what was waiting a moment ago.
            letters = await self._waiting()
        if self._lease is None or not letters:
            return False
        await self._publish(letters, self._lease)
        return len(letters) == BATCH

    async def _hold(self) -> None:
        asked_at = self._database.world.monotonic()
        async with self._database.write() as session:
            self._lease = await hold_lease(session, "outbox", holder=self._holder, seconds=LEASE_SECONDS)
        self._renew_at = asked_at + LEASE_SECONDS / 2

    async def _publish(self, letters: Sequence[tuple[int, Letter]], lease: Lease) -> None:
        async with asyncio.timeout(PUBLISH_SECONDS_MAX):
            safe = await self._bus.publish([letter for _, letter in letters])
        positions = [position for position, letter in letters if letter.event_id in safe]
        async with self._database.write() as session:
            if not await still_held(session, lease):
                self._lease = None
            elif positions:
                marked = update(outbox_table).where(among(outbox_table.c.position, positions))
                await session.execute(marked.values(published_at=session.now))
        published_events.labels(self._service).inc(len(positions))
        if len(positions) < len(letters):
            raise BusUnavailable(
                f"{len(letters) - len(positions)} of {len(letters)} events were not confirmed"
            )

    async def _waiting(self) -> list[tuple[int, Letter]]:
        columns = outbox_table.c
        query = (
            select(columns.position, columns.event_id, columns.type, columns.body)
            .where(columns.published_at.is_(None))
            .order_by(columns.position)
            .limit(BATCH)
        )
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        return [(row.position, Letter(row.event_id, row.type, row.body)) for row in rows]

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
