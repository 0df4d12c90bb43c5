"""Reading the live feed as a browser does: server-sent events, one background task, everything kept."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.waiting import PATIENCE_SECONDS, wait_until


@dataclass(frozen=True)
class FeedEvent:
    """One event of the stream."""

    id: str
    name: str
    data: Any


class Feed:
    """What a stream has brought so far."""

    def __init__(self) -> None:
        self.events: list[FeedEvent] = []
        self.is_open = False

    async def wait_for(
        self, condition: Callable[[FeedEvent], bool], describe: str, timeout_seconds: float = PATIENCE_SECONDS
    ) -> FeedEvent:
        """Give the first event that fits, waiting for it."""

        def found() -> FeedEvent | None:
            return next((event for event in self.events if condition(event)), None)

        event = await wait_until(found, timeout_seconds, f"{describe} in the live feed")
        assert event is not None
        return event

    async def read(self, answer: httpx.Response) -> None:
        """Take events until the stream ends."""
        self.is_open = True
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if not line:
                self._take(fields)
                fields = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
        self.is_open = False

    def _take(self, fields: dict[str, str]) -> None:
        if "data" in fields:
            data = json.loads(fields["data"]) if fields["data"] else None
            self.events.append(FeedEvent(fields.get("id", ""), fields.get("event", "message"), data))


@asynccontextmanager
async def following(http: httpx.AsyncClient, url: str, **parameters: str) -> AsyncIterator[Feed]:
    """Follow a stream while the block runs; it is open when the block begins."""
    feed = Feed()
    timeout = httpx.Timeout(60.0)
    async with http.stream("GET", url, params=parameters, timeout=timeout) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        reading = asyncio.create_task(feed.read(answer))
        try:
            yield feed
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
                await reading
