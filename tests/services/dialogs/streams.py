"""A client of the live feed over a real socket, as a browser's EventSource reads it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.runtime.service import http_server
from tests.services.dialogs.cabinet import Cabinet
from tests.support.waiting import free_port, wait_until


@dataclass
class Line:
    """One server-sent event; `id` is the last one seen so far."""

    event: str
    id: str
    data: Any


@dataclass
class Stream:
    """What a client has heard so far."""

    answer: httpx.Response
    lines: list[Line] = field(default_factory=list)
    ended: bool = False
    last_id: str = ""
    retry: int = 0

    def of(self, event: str) -> list[Line]:
        return [line for line in self.lines if line.event == event]

    @property
    def changes(self) -> list[Any]:
        return [line.data for line in self.of("change")]

    @property
    def numbers(self) -> list[int]:
        return [change["number"] for change in self.changes]

    async def heard(self, count: int) -> list[Any]:
        await wait_until(lambda: len(self.changes) >= count, describe=f"{count} changes")
        return self.changes

    async def is_over(self) -> None:
        await wait_until(lambda: self.ended, timeout_seconds=6, describe="the end of the stream")

    async def read(self) -> None:
        event, data = "message", ""
        async for text in self.answer.aiter_lines():
            name, _, value = text.partition(": ")
            match name:
                case "id":
                    self.last_id = value
                case "retry":
                    self.retry = int(value)
                case "event":
                    event = value
                case "data":
                    data = value
                case "" if data:
                    self.lines.append(Line(event, self.last_id, json.loads(data)))
                    event, data = "message", ""
        self.ended = True


@asynccontextmanager
async def serving(cabinet: Cabinet) -> AsyncIterator[str]:
    """Serve the cabinet on a port; gives its address."""
    port = free_port()
    server = http_server(cabinet.service.app, host="127.0.0.1", port=port, ending=cabinet.service.ending)
    task = asyncio.create_task(server._serve())
    await wait_until(lambda: server.started, describe="the server")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def listening(address: str, query: str, headers: dict[str, str]) -> AsyncIterator[Stream]:
    """Open the feed and read it in the background."""
    url = f"{address}/api/v1/dialogs/changes?{query}"
    async with (
        httpx.AsyncClient(timeout=20, trust_env=False) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        stream = Stream(answer)
        reading = asyncio.create_task(stream.read())
        try:
            await wait_until(lambda: bool(stream.last_id), describe="the first position")
            yield stream
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
