"""SQLite's driver with one trip to its thread for each statement that reads, and none for those that write.

The driver makes a trip each for the cursor, the statement, its rows and the cursor's end. Trips, not
statements, are most of the cost of a small transaction: what is written is found by its keys in less time
than the trip takes. Reads, which may be searches, the begin of a writing transaction, which waits for other
writers, and commits, which wait for the disk, do not hold up the event loop.
"""

import sqlite3
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

BEGIN_WRITING = "BEGIN IMMEDIATE"
ROWS_OF_A_CHUNK = 64
SWITCH_TRIES = 500
SWITCH_PAUSE_SECONDS = 0.01


class _Cursor:
    """A statement with all its rows, as SQLAlchemy's adapter asks for them."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        """The real cursor is made together with its statement."""
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> Self:
        """Run a statement and fetch its rows."""
        may_wait = statement == BEGIN_WRITING
        await self._connection.run(self._run, statement, parameters, many=False, may_wait=may_wait)
        return self

    async def executemany(self, statement: str, parameters: Sequence[Any]) -> Self:
        """Run a statement for each of the parameters."""
        await self._connection.run(self._run, statement, parameters, many=True)
        return self

    def _run(self, connection: sqlite3.Connection, statement: str, parameters: Any, *, many: bool) -> None:
        cursor = connection.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(statement, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open."""


class _Connection(aiosqlite.Connection):
    is_quick = False

    def cursor(self) -> _Cursor:  # type: ignore[override]  # what SQLAlchemy's adapter needs of a cursor
        """Begin a statement."""
        return _Cursor(self)

    async def run(self, step: Any, *arguments: Any, may_wait: bool = False, **options: Any) -> None:
        """Run `step` with the connection: here if that takes no time, else in its thread."""
        if self.is_quick and not may_wait:
            step(self._conn, *arguments, **options)
        else:
            execute: Any = self._execute
            await execute(step, self._conn, *arguments, **options)


def _open(database: str, **options: Any) -> sqlite3.Connection:
    """Open a file with a write-ahead log.

    Processes that begin at once get in each other's way while a new file is switched to it, and there
    SQLite does not wait by itself.
    """
    connection: sqlite3.Connection = sqlite3.connect(database, **options)
    for tries_left in reversed(range(SWITCH_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            if not tries_left:
                connection.close()
                raise
            # In the connection's own thread.
            threading.Event().wait(SWITCH_PAUSE_SECONDS)
    return connection


def connect(database: str, *, is_quick: bool, **options: Any) -> aiosqlite.Connection:
    """Return a connection that opens when awaited; for SQLAlchemy's `async_creator_fn`."""
    connection = _Connection(partial(_open, database, **options), ROWS_OF_A_CHUNK)
    connection.is_quick = is_quick
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with its own connections
    return connection
