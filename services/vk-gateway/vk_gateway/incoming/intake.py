"""Group commit: callbacks that wait at the same moment share one transaction.

A flush starts as soon as the one before is done; waiting to fill a batch only makes it slower. One statement
with arrays per flush: this path carries every message of every community.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter, Histogram

from shared.database.engine import Database, sqlite_pragmas
from shared.database.walls import EVERY_PROJECT, SETTING
from shared.runtime.world import World

log = structlog.get_logger()
stored_updates = Counter("otklik_vk_updates_stored", "Callbacks committed")
flush_sizes = Histogram(
    "otklik_vk_flush_size", "Callbacks in one commit", buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500)
)

FLUSH_MAX = 500
FLUSHES_AT_ONCE = 2
WAITING_MAX = 20_000
WAITING_OF_ONE_MAX = 4_000
# Callbacks press when flushes are this large on average: the store is then always behind. One large flush
# says nothing, it follows any moment in which the process did not run.
PRESSED_FLUSH = 12
PRESSED_FLUSH_COUNTED = 2 * PRESSED_FLUSH
PRESSURE_WEIGHT = 0.05
PRESSURE_SECONDS = 0.1
STORE_SECONDS_MAX = 8.0
CLOSE_SECONDS_MAX = 3.0


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update, ready to be stored as it came."""

    integration_id: UUID
    project_id: UUID
    community_id: int
    epoch: int
    event_id: str
    kind: str
    body: bytes
    received_at: datetime


class IntakeFull(Exception):
    """More callbacks wait than we are willing to remember, of this community or of all."""


class Store(Protocol):
    """Writes updates durably, skipping those that are there."""

    async def store(self, updates: Sequence[Incoming]) -> Mapping[int, Incoming]:
        """Commit all of the updates or raise. Returns the new ones by their positions."""
        ...

    def blames_data(self, error: Exception) -> bool:
        """Whether one of the rows, and not the database, is at fault."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Intake:
    """Gathers updates and commits them together; `add` returns once its update is safe on disk."""

    def __init__(self, store: Store, world: World, *, of_one_max: int = WAITING_OF_ONE_MAX) -> None:
        self._store = store
        self._world = world
        self._of_one_max = of_one_max
        self._waiting: list[tuple[Incoming, asyncio.Future[None]]] = []
        self._waiting_of: dict[UUID, int] = {}
        self._flushes: set[asyncio.Task[None]] = set()
        self.on_stored: Callable[[Mapping[int, Incoming]], None] | None = None
        self._usual_flush_size = 0.0
        self._last_flush_at = float("-inf")

    async def add(self, update: Incoming) -> None:
        """Store an update. Raises IntakeFull, or what the database raised."""
        of_one = self._waiting_of.get(update.integration_id, 0)
        if of_one >= self._of_one_max or len(self._waiting) >= WAITING_MAX:
            raise IntakeFull
        self._waiting_of[update.integration_id] = of_one + 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((update, future))
        if len(self._flushes) < FLUSHES_AT_ONCE:
            self._start_flush()
        await future

    @property
    def is_pressed(self) -> bool:
        """Whether callbacks come in such numbers that everything else in this process should wait."""
        idle = self._world.monotonic() - self._last_flush_at
        return self._usual_flush_size >= PRESSED_FLUSH and idle < PRESSURE_SECONDS

    async def close(self) -> None:
        """Finish what waits and close the connections."""
        while self._flushes:
            await asyncio.wait(self._flushes)
        await self._store.close()

    def _start_flush(self) -> None:
        task = asyncio.create_task(self._flush(), name="intake-flush")
        self._flushes.add(task)
        task.add_done_callback(self._flush_ended)

    def _flush_ended(self, task: asyncio.Task[None]) -> None:
        self._flushes.discard(task)
        if self._waiting:
            self._start_flush()

    async def _flush(self) -> None:
        # The requests of this turn of the event loop come along: they are already being read.
        await asyncio.sleep(0)
        batch = self._take()
        if not batch:
            return
        # Two flushes with the same updates lock them in the same order.
        batch.sort(key=lambda waiting: (waiting[0].integration_id, waiting[0].event_id))
        try:
            async with asyncio.timeout(STORE_SECONDS_MAX):
                stored = await self._store.store([update for update, _ in batch])
        except Exception as error:  # noqa: BLE001 - every waiting request is told
            if len(batch) > 1 and self._store.blames_data(error):
                await self._one_by_one(batch)
            else:
                _fail(batch, error)
            return
        flush_sizes.observe(len(batch))
        self._count(len(batch))
        self._succeed(batch, stored)

    def _take(self) -> list[tuple[Incoming, asyncio.Future[None]]]:
        batch, self._waiting = self._waiting[:FLUSH_MAX], self._waiting[FLUSH_MAX:]
        if not self._waiting:
            self._waiting_of.clear()
            return batch
        for update, _ in batch:
            self._waiting_of[update.integration_id] -= 1
        return batch

    def _count(self, size: int) -> None:
        counted = min(size, PRESSED_FLUSH_COUNTED)
        self._usual_flush_size += PRESSURE_WEIGHT * (counted - self._usual_flush_size)
        self._last_flush_at = self._world.monotonic()

    async def _one_by_one(self, batch: Sequence[tuple[Incoming, asyncio.Future[None]]]) -> None:
        for update, future in batch:
            try:
                async with asyncio.timeout(STORE_SECONDS_MAX):
                    stored = await self._store.store([update])
            except Exception as error:  # noqa: BLE001 - the one request at fault is told
                _fail([(update, future)], error)
            else:
                self._succeed([(update, future)], stored)

    def _succeed(
        self, batch: Sequence[tuple[Incoming, asyncio.Future[None]]], stored: Mapping[int, Incoming]
    ) -> None:
        stored_updates.inc(len(batch))
        for _, future in batch:
            if not future.done():
                future.set_result(None)
        if stored and self.on_stored is not None:
            self.on_stored(stored)


def _fail(batch: Sequence[tuple[Incoming, asyncio.Future[None]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
    log.warning("updates_not_stored", count=len(batch), error=type(error).__name__)


class PostgresqlStore:
    """Stores through connections of its own, so that nothing else can make a callback wait for one."""

    _INSERT = """
        INSERT INTO raw_update
            (integration_id, project_id, community_id, epoch, event_id, kind, body, received_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[],
                             $7::bytea[], $8::timestamptz[])
        ON CONFLICT (integration_id, event_id) DO NOTHING
        RETURNING position, integration_id, event_id
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def store(self, updates: Sequence[Incoming]) -> Mapping[int, Incoming]:
        """Insert all with one statement, committed with fsync."""
        pool = self._pool or await self._open()
        columns = zip(
            *(
                (
                    u.integration_id,
                    u.project_id,
                    u.community_id,
                    u.epoch,
                    u.event_id,
                    u.kind,
                    u.body,
                    u.received_at,
                )
                for u in updates
            ),
            strict=True,
        )
        new = await pool.fetch(self._INSERT, *map(list, columns))
        by_key = {(update.integration_id, update.event_id): update for update in updates}
        return {position: by_key[integration_id, event_id] for position, integration_id, event_id in new}

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=FLUSHES_AT_ONCE,
                    timeout=5,
                    command_timeout=STORE_SECONDS_MAX,
                    reset=_leave_as_it_is,
                    server_settings={"synchronous_commit": "on", "jit": "off", SETTING: EVERY_PROJECT},
                )
        return self._pool

    def blames_data(self, error: Exception) -> bool:
        """Data errors and deadlocks: each row alone may pass."""
        return isinstance(
            error,
            asyncpg.DataError | asyncpg.IntegrityConstraintViolationError | asyncpg.DeadlockDetectedError,
        )

    async def close(self) -> None:
        """Close the pool; one whose database has gone would wait for its connections for ever."""
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing to tidy after a statement; the driver's own tidying is a trip to the server each time."""


class SqliteStore:
    """Stores through a connection and a thread of its own, in turn with the service's other writers."""

    _INSERT = """
        INSERT INTO raw_update
            (integration_id, project_id, community_id, epoch, event_id, kind, body, received_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (integration_id, event_id) DO NOTHING
        RETURNING position
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._connection: sqlite3.Connection | None = None

    async def store(self, updates: Sequence[Incoming]) -> Mapping[int, Incoming]:
        """Insert all in one transaction, committed with fsync."""
        rows = [
            (
                u.integration_id.hex,
                u.project_id.hex,
                u.community_id,
                u.epoch,
                u.event_id,
                u.kind,
                u.body,
                u.received_at.strftime("%Y-%m-%d %H:%M:%S.%f"),
            )
            for u in updates
        ]
        async with self._database.writing:
            new = await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)
        return {row[0]: update for row, update in zip(new, updates, strict=True) if row is not None}

    def _write(self, rows: Sequence[tuple[object, ...]]) -> list[tuple[int] | None]:
        if self._connection is None:
            self._connection = sqlite3.connect(
                str(self._database.url.database), isolation_level=None, check_same_thread=False
            )
            for pragma in sqlite_pragmas():
                self._connection.execute(pragma)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            new = [self._connection.execute(self._INSERT, row).fetchone() for row in rows]
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return new

    def blames_data(self, error: Exception) -> bool:
        """Integrity and type errors."""
        return isinstance(error, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.ProgrammingError)

    async def close(self) -> None:
        """Close connection and thread."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()


def open_store(database: Database) -> Store:
    """Return the store for a database."""
    if database.is_sqlite:
        return SqliteStore(database)
    return PostgresqlStore(database.url.set(drivername="postgresql").render_as_string(hide_password=False))
