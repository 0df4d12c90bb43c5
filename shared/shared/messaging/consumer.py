"""The way in: each event has one effect, and one bad event blocks nobody.

Inbox row, effects and outgoing events share one transaction; the bus is told afterwards. A handler that
fails is tried again with growing delays from the consumer's own database, then parked there.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from prometheus_client import Counter
from pydantic import ValidationError
from sqlalchemy import ColumnElement, and_, delete, func, select, update
from structlog.contextvars import bound_contextvars

from shared.database.choices import among_given
from shared.database.engine import Database
from shared.database.inserts import inserted_rows
from shared.database.outage import is_outage
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.events.envelope import Envelope, Event
from shared.events.subscriptions import SUBSCRIPTIONS
from shared.messaging.bus import Letter
from shared.messaging.tables import delivery_table, inbox_table
from shared.runtime.logging import redacted

log = structlog.get_logger()
handled_events = Counter("otklik_events_handled", "Events applied", ["service", "type"])
repeated_events = Counter("otklik_events_repeated", "Events that were there already", ["service"])
failed_events = Counter("otklik_events_failed", "Tries of events that failed", ["service", "type"])
parked_events = Counter("otklik_events_parked", "Events given up and parked", ["service", "type"])

E = TypeVar("E", bound=Event)
Handler = Callable[[E, Session], Awaitable[None]]
BatchHandler = Callable[[Sequence[Any], Session], Awaitable[None]]

RETRY_SECONDS = (1, 5, 30, 120, 600)
# How long a letter rests whose handling did not end, neither well nor badly.
UNENDED_PAUSE = timedelta(seconds=60)
NEVER_ENDED = "its handling never ended: the process died of it, or of a neighbour"
UNKNOWN_TYPE = "this version does not know the type; replay it after an upgrade"
INBOX_KEPT = timedelta(days=30)
RETRY_BATCH = 100
ERROR_CHARACTERS_MAX = 2_000
STORIES_LOGGED_MAX = 20

_KEPT = Prepared(
    select(delivery_table.c.event_id, delivery_table.c.handler).where(
        among_given(delivery_table.c.event_id, "events")
    )
)


class Consumer:
    """The list of what a service reacts to, and how."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._has_waiting = True
        self._handlers: dict[str, tuple[type[Event], Handler[Any]]] = {}
        self._batch_handlers: dict[str, BatchHandler] = {}

    def on(self, event: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register the handler of one event type."""

        def register(handler: Handler[E]) -> Handler[E]:
            if event.type in self._handlers:
                raise ValueError(f"{event.type} has a handler already")
            self._handlers[event.type] = (event, handler)
            return handler

        return register

    def on_many(self, *events: type[Event]) -> Callable[[BatchHandler], BatchHandler]:
        """Register one handler of several types that takes all their events of a batch at once.

        It runs after the handlers of single events, so it may not care for the order among types. Each
        event carries its own `correlation_id`; for one that comes alone the log lines carry it too.
        """

        def register(handler: BatchHandler) -> BatchHandler:
            async def handle_one(event: Event, session: Session) -> None:
                await handler([event], session)

            for event in events:
                self.on(event)(handle_one)
                self._batch_handlers[event.type] = handler
            return handler

        return register

    def check(self) -> None:
        """Raise when the handlers are not exactly what `shared.events.subscriptions` promises."""
        promised = {event.type for event in SUBSCRIPTIONS[self.service]}
        if promised != set(self._handlers):
            raise ValueError(f"{self.service} handles {set(self._handlers)} but subscribes to {promised}")

    async def deliver(self, database: Database, letters: Sequence[Letter]) -> None:
        """Apply letters, all in one transaction if they are all good. Raises only if the database fails.

        What a newer version's queue brings and this one does not know is parked. What waits in our own
        table for its next try is left alone, however often the bus brings it.
        """
        known = [letter for letter in letters if letter.type in self._handlers]
        if len(known) < len(letters):
            await self._park_unknown(database, [letter for letter in letters if letter not in known])
        if not known:
            return
        try:
            async with database.write() as session:
                await self._apply(session, await self._not_waiting(session, known))
        except Exception as error:  # noqa: BLE001 - whatever a handler met is that event's own trouble
            if len(known) == 1:
                await self._put_off(database, known[0], error)
                return
            log.info("batch_split", service=self.service, size=len(known), error=redacted(repr(error)))
            for letter in known:
                await self.deliver(database, [letter])

    async def _not_waiting(self, session: Session, letters: Sequence[Letter]) -> Sequence[Letter]:
        given = {"events": {letter.event_id for letter in letters}}
        waiting = set(map(tuple, await _KEPT.run(session, given)))
        rest = [letter for letter in letters if (letter.event_id, letter.type) not in waiting]
        repeated_events.labels(self.service).inc(len(letters) - len(rest))
        return rest

    async def _apply(self, session: Session, letters: Sequence[Letter]) -> None:
        rows = [
            {"handler": letter.type, "event_id": letter.event_id, "handled_at": session.now}
            for letter in {letter.event_id: letter for letter in letters}.values()
        ]
        new = await inserted_rows(
            session, inbox_table, rows, conflict=["handler", "event_id"], returning=["event_id"]
        )
        fresh = {event_id for (event_id,) in new}
        repeated_events.labels(self.service).inc(len(letters) - len(fresh))
        batches: dict[BatchHandler, list[Letter]] = {}
        for letter in letters:
            if letter.event_id in fresh:
                fresh.discard(letter.event_id)
                if batch_handler := self._batch_handlers.get(letter.type):
                    batches.setdefault(batch_handler, []).append(letter)
                else:
                    await self._handle(session, letter)
        for batch_handler, batch in batches.items():
            await self._handle_batch(session, batch_handler, batch)

    async def _handle_batch(self, session: Session, handler: BatchHandler, letters: Sequence[Letter]) -> None:
        if len(letters) == 1:
            await self._handle(session, letters[0])
            return
        events = [self._event_in(letter) for letter in letters]
        stories = [event.correlation_id for event in events[:STORIES_LOGGED_MAX]]
        with bound_contextvars(correlation_ids=stories):
            await handler(events, session)
            await session.flush()
        for letter in letters:
            handled_events.labels(self.service, letter.type).inc()

    async def _handle(self, session: Session, letter: Letter) -> None:
        _, handler = self._handlers[letter.type]
        event = self._event_in(letter)
        with bound_contextvars(correlation_id=event.correlation_id, event_id=str(letter.event_id)):
            await handler(event, session)
            await session.flush()
        handled_events.labels(self.service, letter.type).inc()

    def _event_in(self, letter: Letter) -> Event:
        envelope = Envelope.from_bytes(letter.body)
        event_class, _ = self._handlers[letter.type]
        return event_class.model_validate(envelope.payload).correlated(envelope.correlation_id)

    async def _put_off(self, database: Database, letter: Letter, error: Exception) -> None:
        """Store an event whose first try failed. If even that fails, the bus keeps the letter."""
        async with database.write() as session:
            if await self._store(session, [letter], error=""):
                await self._count_failure(session, letter, error, attempts=1)

    async def _store(
        self, session: Session, letters: Sequence[Letter], *, error: str, **values: Any
    ) -> set[tuple[Any, ...]]:
        """Keep letters in the delivery table; those that are there stay as they are. Returns the new ids."""
        rows = [
            {
                "event_id": letter.event_id,
                "handler": letter.type,
                "type": letter.type,
                "body": letter.body,
                "attempts": 0,
                "error": error,
                "next_attempt_at": None,
                "parked_at": None,
                "first_failed_at": session.now,
                **values,
            }
            for letter in letters
        ]
        return await inserted_rows(
            session, delivery_table, rows, conflict=["event_id", "handler"], returning=["event_id"]
        )

    async def _count_failure(
        self, session: Session, letter: Letter, error: Exception, *, attempts: int
    ) -> None:
        failed_events.labels(self.service, letter.type).inc()
        text = redacted(f"{type(error).__name__}: {error}")[:ERROR_CHARACTERS_MAX]
        log.warning(
            "event_failed",
            service=self.service,
            event_type=letter.type,
            event_id=str(letter.event_id),
            correlation_id=_story_of(letter),
            error=text,
        )
        if isinstance(error, ValidationError) or attempts > len(RETRY_SECONDS):
            await self._park(session, letter, text, attempts=attempts)
            return
        delay = timedelta(seconds=RETRY_SECONDS[attempts - 1])
        await session.execute(
            update(delivery_table)
            .where(_row_of(letter))
            .values(attempts=attempts, error=text, next_attempt_at=session.now + delay)
        )

    async def _park(self, session: Session, letter: Letter, reason: str, *, attempts: int) -> None:
        await session.execute(
            update(delivery_table)
            .where(_row_of(letter))
            .values(attempts=attempts, error=reason, next_attempt_at=None, parked_at=session.now)
        )
        self._tell_parked(letter)

    def _tell_parked(self, letter: Letter) -> None:
        parked_events.labels(self.service, letter.type).inc()
        log.error(
            "event_parked",
            service=self.service,
            event_type=letter.type,
            event_id=str(letter.event_id),
            correlation_id=_story_of(letter),
        )

    async def _park_unknown(self, database: Database, letters: Sequence[Letter]) -> None:
        async with database.write() as session:
            new = await self._store(session, letters, error=UNKNOWN_TYPE, parked_at=session.now)
        for letter in letters:
            if (letter.event_id,) in new:
                self._tell_parked(letter)

    async def retry(self, database: Database) -> bool:
        """Try again what is due. Returns whether more is due."""
        columns = delivery_table.c
        is_waiting = columns.next_attempt_at.is_not(None) & columns.parked_at.is_(None)
        async with database.read() as session:
            earliest = await session.scalar(select(func.min(columns.next_attempt_at)).where(is_waiting))
            self._has_waiting = earliest is not None
            if earliest is None or earliest > session.now:
                return False
            due = is_waiting & (columns.next_attempt_at <= session.now)
            query = select(delivery_table).where(due).order_by(columns.next_attempt_at).limit(RETRY_BATCH)
            rows = (await session.execute(query)).all()
        for row in rows:
            await self._retry_one(database, Letter(row.event_id, row.type, row.body), row.attempts)
        return len(rows) == RETRY_BATCH

    def state(self, database: Database) -> int | None:
        """Return the database's state while only a commit, and no time, can bring something to retry."""
        return None if self._has_waiting else database.state()

    async def _retry_one(self, database: Database, letter: Letter, attempts: int) -> None:
        if not await self._begin_try(database, letter, attempts):
            return
        try:
            async with database.write() as session:
                await self._apply(session, [letter])
                await session.execute(delete(delivery_table).where(_row_of(letter)))
        except Exception as error:
            if is_outage(error):
                raise
            async with database.write() as session:
                await self._count_failure(session, letter, error, attempts=attempts + 1)

    async def _begin_try(self, database: Database, letter: Letter, attempts: int) -> bool:
        """Count a try before it is made, so that a letter that kills the process is given up in the end.

        Returns whether it is ours to make: another process may have taken it, or it is parked now.
        """
        async with database.write() as session:
            if letter.type not in self._handlers:
                await self._park(session, letter, UNKNOWN_TYPE, attempts=attempts)
                return False
            if attempts > len(RETRY_SECONDS):
                await self._park(session, letter, NEVER_ENDED, attempts=attempts)
                return False
            columns = delivery_table.c
            due = (columns.attempts == attempts) & (columns.next_attempt_at <= session.now)
            claimed = await session.execute(
                update(delivery_table)
                .where(_row_of(letter), due, columns.parked_at.is_(None))
                .values(attempts=attempts + 1, next_attempt_at=session.now + UNENDED_PAUSE)
                .returning(columns.event_id)
            )
            return claimed.first() is not None

    async def bury(self, database: Database, letter: Letter) -> None:
        """Take a letter that the broker gave up on because its delivery never ended.

        It, or only a neighbour in the same batch, killed the process: from now on it is tried alone.
        """
        async with database.write() as session:
            new = await self._store(
                session, [letter], error=NEVER_ENDED, next_attempt_at=session.now + UNENDED_PAUSE
            )
        if new:
            log.warning(
                "event_buried", service=self.service, event_type=letter.type, event_id=str(letter.event_id)
            )

    async def tidy(self, database: Database) -> bool:
        """Forget events handled more than thirty days ago."""
        async with database.write() as session:
            await session.execute(
                delete(inbox_table).where(inbox_table.c.handled_at < session.now - INBOX_KEPT)
            )
        return False


def _row_of(letter: Letter) -> ColumnElement[bool]:
    return and_(delivery_table.c.event_id == letter.event_id, delivery_table.c.handler == letter.type)


def _story_of(letter: Letter) -> str | None:
    try:
        return Envelope.from_bytes(letter.body).correlation_id
    except ValidationError:
        return None
