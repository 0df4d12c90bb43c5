"""Waiting for a condition: the only place of the tests that may sleep."""

import asyncio
import inspect
import random
import socket
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

POLL_SECONDS = 0.02
# Enough on the busiest machine; who waits less long states a promise of the product.
PATIENCE_SECONDS = 30.0
# Below the range from which the kernel takes the ports of outgoing connections: there a client that
# reconnects to a killed server can take its port, or even connect to itself.
PORTS = range(20_000, 32_000)


class ConditionNotMet(AssertionError):
    """What was awaited did not happen in time."""


@overload
async def wait_until(
    condition: Callable[[], Awaitable[T | None]], timeout_seconds: float = ..., describe: str = ...
) -> T: ...
@overload
async def wait_until(
    condition: Callable[[], T | None], timeout_seconds: float = ..., describe: str = ...
) -> T: ...
async def wait_until(
    condition: Callable[[], object],
    timeout_seconds: float = PATIENCE_SECONDS,
    describe: str = "the condition",
) -> object:
    """Poll a plain or async condition until it is true, and give its value back.

    An AssertionError raised by the condition means "not yet"; the last one is shown when time is up.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        last: object
        try:
            value = condition()
            result = await value if inspect.isawaitable(value) else value
            if result:
                return result
            last = result
        except AssertionError as error:
            last = error
        if time.monotonic() > deadline:
            raise ConditionNotMet(f"{describe} not met in {timeout_seconds:g} s; last seen: {last!r}")
        await asyncio.sleep(POLL_SECONDS)


def wait_blocking(condition: Callable[[], bool], timeout_seconds: float, describe: str) -> None:
    """Poll without an event loop; for the code that starts and stops servers."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ConditionNotMet(f"{describe} not met in {timeout_seconds:g} s")
        time.sleep(POLL_SECONDS)


def accepts_connections(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port of the loopback address that nobody uses, and that this session has not given out before."""
    while True:
        port = _choice.choice(PORTS)
        if port in _given_out:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_out.add(port)
        return port


# Not the module's own generator: a test that sets its seed must not make two runs choose the same ports.
_choice = random.SystemRandom()
_given_out: set[int] = set()
