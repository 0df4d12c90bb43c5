"""SQLite's driver with a trip to its thread only for what may take long.

The driver makes a trip each for the cursor, the statement, its rows and the cursor's end, for the begin of a
transaction and for its end. Trips, not statements, are most of the cost of a small transaction: what is
written is found by its keys in less time than the trip takes. Reads, which may be searches, the begin of a
writing transaction while another process writes, and commits, which wait for the disk, do not hold up the
event loop.
"""

import sqlite3
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

BEGIN_READING, BEGIN_WRITING = "BEGIN", "BEGIN IMMEDIATE"
BUSY_MILLISECONDS = 10_000
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
        await self._connection.run(self._run, statement, parameters, many=False)
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

    async def fetch(self, statement: str, parameters: Sequence[Sequence[Any]]) -> list[Any]:
        """Run a statement for each of the parameters, and return the rows of all."""
        rows: list[Any] = []
        await self.run(_fetch, statement, parameters, rows)
        return rows

    async def run(self, step: Any, *arguments: Any, **options: Any) -> None:
        """Run `step` with the connection: here if that takes no time, else in its thread."""
        if self.is_quick:
            step(self._conn, *arguments, **options)
        else:
            await self._in_thread(step, self._conn, *arguments, **options)

    async def begin(self) -> None:
        """Begin a transaction; a writing one waits in the thread if another process writes."""
        if not self.is_quick:
            self._conn.execute(BEGIN_READING)
            return
        try:
            self._conn.execute(BEGIN_WRITING)
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            await self._in_thread(_begin_patiently, self._conn)

    async def rollback(self) -> None:
        """End a transaction, if there is one: the pool asks for it after each commit, too."""
        if self._conn.in_transaction:
            self._conn.rollback()

    async def _in_thread(self, step: Any, *arguments: Any, **options: Any) -> None:
        execute: Any = self._execute
        await execute(step, *arguments, **options)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection has what this one wants, and no more than that."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _begin_patiently(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    try:
        connection.execute(BEGIN_WRITING)
    finally:
        connection.execute("PRAGMA busy_timeout=0")


def _fetch(
    connection: sqlite3.Connection, statement: str, parameters: Sequence[Sequence[Any]], rows: list[Any]
) -> None:
    cursor = connection.cursor()
    try:
        for each in parameters:
            rows += cursor.execute(statement, each).fetchall()
    finally:
        cursor.close()


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
