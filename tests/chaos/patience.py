"""Waiting among ruins: what answers nothing, or says to come again, is asked again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

LOOK_SECONDS = 0.5


def at_leisure(look: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[bool]]:
    """Make a condition of `look`: looked at now and then, and not yet true while nobody answers."""

    async def slowly() -> bool:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            return bool(await look())
        except httpx.HTTPError as error:
            raise AssertionError(repr(error)) from error

    return slowly


async def pause(seconds: float, until: asyncio.Event) -> None:
    """Rest for so long, but no longer than until the event is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)
