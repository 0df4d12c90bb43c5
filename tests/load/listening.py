"""Live-feed clients that cost little: raw streams, read as they come."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

OPENED = b"HTTP/1.1 200"
FRAME = b"\n\n"
CHANGE = b"event: change\ndata: "


class Listener(asyncio.Protocol):
    """One client of a project's feed. `heard` gets each change, as JSON, when it comes."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._rest = b""
        self._transport: asyncio.BaseTransport | None = None
        self._begun = asyncio.get_running_loop().create_future()

    async def open(self, url: str, project_id: str, token: str) -> None:
        """Connect; the stream has begun upon return."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: self, parts.hostname, parts.port)
        request = f"GET /api/v1/dialogs/changes?project_id={project_id} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        transport.write(f"{request}Authorization: Bearer {token}\r\n\r\n".encode())
        await self._begun

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take whole frames; the first one says that the stream has begun."""
        *frames, self._rest = (self._rest + data).split(FRAME)
        for frame in frames:
            if not self._begun.done():
                assert frame.startswith(OPENED), frame
                self._begun.set_result(None)
            elif (start := frame.find(CHANGE)) >= 0:
                self._heard(frame[start + len(CHANGE) :].rpartition(b"}")[0] + b"}")

    async def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.close()


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
