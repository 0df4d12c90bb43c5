"""Writing to one client of a live feed: at once as a rule, without a task being woken for it."""

import asyncio
from collections.abc import Awaitable, Generator
from types import coroutine
from typing import Any

from starlette.types import Send

SEND_SECONDS_MAX = 20.0


class Outlet:
    """Where a client's bytes go. Who has written more than it took waits with `drained` before the next."""

    __slots__ = ("_rest", "_send")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._rest: Awaitable[None] | None = None

    def write(self, chunk: bytes) -> bool:
        """Write now, from whatever task. Returns False if the client did not take it all: it is behind.

        The server's `send` waits for nothing while the client keeps up; so its first step is all of it.
        """
        sending = self._send({"type": "http.response.body", "body": chunk, "more_body": True}).__await__()
        try:
            awaited = next(sending)
        except (StopIteration, OSError):
            # OSError: the client has left, which the stream learns from `receive`.
            return True
        self._rest = _resumed(awaited, sending)
        return False

    async def drained(self) -> None:
        """Wait until the client has taken what was written. Raises TimeoutError if it does not for long."""
        if self._rest is not None:
            rest, self._rest = self._rest, None
            async with asyncio.timeout(SEND_SECONDS_MAX):
                await rest

    async def push(self, chunk: bytes) -> None:
        """Write, and wait until the client has taken it. Raises TimeoutError."""
        if not self.write(chunk):
            await self.drained()

    async def end(self) -> None:
        """Finish the answer."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


@coroutine
def _resumed(awaited: object, sending: Generator[Any, Any, None]) -> Generator[Any, Any, None]:
    """Go on in a task with what was begun outside of it and waits for `awaited`."""
    yield awaited
    yield from sending
