"""A service's database: engines set up right on PostgreSQL and SQLite, and its two kinds of session."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from shared.database.session import Session
from shared.database.sqlite import BUSY_MILLISECONDS, connect
from shared.database.walls import EVERY_PROJECT, SETTING
from shared.runtime.world import World

SQLITE_READERS = 4
STATEMENT_MILLISECONDS_MAX = 30_000
UNASKED_SECONDS = 2.0
PREPARED_STATEMENTS = 200


class Database:
    """Opens sessions. Only this class commits, at the end of `write()`.

    On PostgreSQL both kinds share one pool. On SQLite there is one writing connection, handed from writer
    to writer in order (`writing`), and a few reading ones that see the last committed state meanwhile.
    `info` is what every writing session carries, e.g. how to wake the relay.
    """

    def __init__(self, url: str, world: World, *, pool_size: int = 10) -> None:
        self.url: URL = make_url(url)
        self.world = world
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writing = asyncio.Lock()
        self.info: dict[str, Any] = {}
        self._commits = 0
        self._writer = (
            _sqlite(self.url, 1, is_quick=True) if self.is_sqlite else _postgresql(self.url, pool_size, world)
        )
        self._reader = _sqlite(self.url, SQLITE_READERS, is_quick=False) if self.is_sqlite else self._writer
        options: dict[str, Any] = {"class_": Session, "world": world, "expire_on_commit": False}
        self._write_sessions = async_sessionmaker(self._writer, **options)
        self._read_sessions = async_sessionmaker(self._reader, **options)

    def state(self) -> int | None:
        """Return a number that stays the same while nothing is committed; None where others commit too."""
        return self._commits if self.is_sqlite else None

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations."""
        return self._writer

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """Open a transaction that commits when the block ends and rolls back when it raises."""
        if not self.is_sqlite:
            async with self._transaction() as session:
                yield session
            return
        async with self.writing:
            transaction = self._transaction()
            session = await transaction.__aenter__()
            try:
                yield session
            except BaseException as error:
                await transaction.__aexit__(type(error), error, error.__traceback__)
                raise
            await transaction.__aexit__(None, None, None)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Session]:
        async with self._write_sessions() as session:
            session.info.update(self.info)
            yield session
            await session.committing()
            try:
                await session.commit()
            finally:
                self._commits += 1
            session.committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """Open a session that changes nothing and sees one state of the database."""
        async with self._read_sessions() as session:
            if not self.is_sqlite:
                await session.connection(
                    execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                )
            yield session

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


def _postgresql(url: URL, pool_size: int, world: World) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "prepared_statement_cache_size": PREPARED_STATEMENTS,
            "command_timeout": STATEMENT_MILLISECONDS_MAX / 1000,
            "server_settings": {
                "statement_timeout": str(STATEMENT_MILLISECONDS_MAX),
                "idle_in_transaction_session_timeout": str(STATEMENT_MILLISECONDS_MAX),
                "synchronous_commit": "on",
                "jit": "off",
                SETTING: EVERY_PROJECT,
            },
        },
    )
    _check_connections(engine, world)
    return engine


def _check_connections(engine: AsyncEngine, world: World) -> None:
    """Hand out no connection that is dead.

    The driver sees at once that a server has hung up; only silence must be asked about, which costs three
    answers from the server, so it is done for connections that have rested (the pool's own check does it
    each time: a third of the cost of a small transaction).
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["used_at"] = world.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, record: Any, _proxy: Any) -> None:
        used_at = record.info.get("used_at")
        if used_at is None:
            return
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError("the server has hung up")
        if world.monotonic() - used_at > UNASKED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except Exception as error:
                raise InvalidatePoolError("the server does not answer") from error


def _sqlite(url: URL, connections: int, *, is_quick: bool) -> AsyncEngine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,
        connect_args={
            "check_same_thread": False,
            "async_creator_fn": partial(connect, is_quick=is_quick),
        },
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver begins transactions by itself, and too late, unless told to leave that to us.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in sqlite_pragmas():
            cursor.execute(pragma)
        if is_quick:
            cursor.execute("PRAGMA busy_timeout=0")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:
        connection.connection.dbapi_connection.run_async(lambda driver: driver.begin())

    return engine


def sqlite_pragmas() -> list[str]:
    """Return what every connection to a SQLite file of ours must be told."""
    return [
        f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
    ]
