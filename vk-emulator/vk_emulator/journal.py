"""The emulator's disk: records by kind and key, written by one thread, many at a time."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Record = tuple[str, str]

READ_AT_ONCE = 1000
_encoded = json.JSONEncoder(separators=(",", ":")).encode

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Journal:
    """Keeps records in SQLite. `put` and `remove` only queue; `settled` waits until they are on disk.

    Everything that is queued while a commit runs shares the next one.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only the writer thread uses the connection once the emulator runs.
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A killed process loses nothing; a power cut may lose the last moments, which a stand-in may.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(SCHEMA)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._queued: dict[Record, str | None] = {}
        self._next: asyncio.Future[None] | None = None
        self._current: asyncio.Future[None] | None = None
        self._starting = False

    def load(self, kind: str) -> Iterator[dict[str, Any]]:
        """Every stored record of a kind by its key, for the start."""
        found = self._connection.execute("SELECT body FROM record WHERE kind = ? ORDER BY key", (kind,))
        # One long array is read twice as quickly as its elements one by one.
        while rows := found.fetchmany(READ_AT_ONCE):
            yield from json.loads(f"[{','.join(body for (body,) in rows)}]")

    def put(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Queue a record to be stored in place of an older one of the same kind and key."""
        # Plain ASCII, because SQLite refuses half a surrogate pair and JSON does not.
        self._queued[kind, key] = _encoded(body)
        self._wake()

    def remove(self, kind: str, key: str) -> None:
        """Queue the removal of a record."""
        self._queued[kind, key] = None
        self._wake()

    async def settled(self) -> None:
        """Return when everything queued until now is stored; raises what the disk raised."""
        waiting = self._next if self._queued else self._current
        if waiting is not None:
            await asyncio.shield(waiting)

    async def close(self) -> None:
        """Store what is queued and let go of the file."""
        while self._queued or self._current is not None:
            await self.settled()
        self._writer.shutdown()
        self._connection.close()

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._next = loop.create_future()
            # Nobody may be waiting; a failure is still reported by the one who is.
            self._next.add_done_callback(lambda future: future.exception())
        if self._current is None and not self._starting:
            # Not at once: what changes together (a message and its event) must share a commit.
            self._starting = True
            loop.call_soon(self._start, loop)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._starting = False
        batch, self._queued = self._queued, {}
        self._current, self._next = self._next, None
        writing = loop.run_in_executor(self._writer, self._commit, batch)
        writing.add_done_callback(lambda done: self._finish(done, batch, loop))

    def _finish(
        self, done: asyncio.Future[None], batch: dict[Record, str | None], loop: asyncio.AbstractEventLoop
    ) -> None:
        finished, self._current = self._current, None
        error = done.exception()
        if finished is not None and not finished.done():
            if error is None:
                finished.set_result(None)
            else:
                finished.set_exception(error)
        if error is not None:
            # The next record tries the whole again; newer states win.
            self._queued = {**batch, **self._queued}
        elif self._queued:
            self._start(loop)

    def _commit(self, batch: dict[Record, str | None]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?)",
                [(kind, key, body) for (kind, key), body in batch.items() if body is not None],
            )
            connection.executemany(
                "DELETE FROM record WHERE kind = ? AND key = ?",
                [record for record, body in batch.items() if body is None],
            )
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
