"""Live-feed clients that cost little: raw streams, read as they come."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

FRAME = b"\n\n"
DATA = b"data: "
LINE_BYTES_MAX = 8 * 1024 * 1024


class Listener:
    """One client of a project's feed. `heard` gets the bytes of each change as they came."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, url: str, project_id: str, token: str) -> None:
        """Connect; the stream has begun upon return."""
        parts = urlsplit(url)
        reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port, limit=LINE_BYTES_MAX)
        request = f"GET /api/v1/dialogs/changes?project_id={project_id} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        self._writer.write(f"{request}Authorization: Bearer {token}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readuntil(b"retry: ")
        await reader.readuntil(FRAME)
        self._task = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            frame = await reader.readuntil(FRAME)
            if b"event: change\n" in frame:
                self._heard(frame[frame.index(DATA) + len(DATA) :])

    async def close(self) -> None:
        """Leave."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()


class Arrivals:
    """When each message arrived as a change, and how often."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}
        self.times: Counter[int] = Counter()

    def take(self, change: bytes) -> None:
        """Note a change; those that bring no message are left alone."""
        now = time.monotonic()
        document = json.loads(change)
        if document["kind"] == "message_changed":
            number = int(document["message"]["text"].rpartition("№")[2])
            self.at.setdefault(number, now)
            self.times[number] += 1
