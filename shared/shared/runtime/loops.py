"""Background loops: they wait for a wake-up or an interval, do a step, and survive their failures."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from prometheus_client import Counter

from shared.runtime.world import World

log = structlog.get_logger()
failures = Counter("otklik_loop_failures", "Steps of background loops that raised", ["loop"])

BACKOFF_SECONDS_MIN = 0.2
BACKOFF_SECONDS_MAX = 5.0
STOP_SECONDS_MAX = 10.0
UNCHANGED_SECONDS_MAX = 10.0
# What comes due within this, by time alone, leaves a loop no rest: it is longer than one goes without a step.
SOON = timedelta(seconds=UNCHANGED_SECONDS_MAX + 2.0)


class TryLater(Exception):
    """A step met a known obstacle, e.g. another service that does not answer; no reason for a traceback."""


class Loop:
    """Runs `step` at least every `interval_seconds`, and at once after `wake()`.

    A step returns True when it left work that is due now. A step that raises is repeated with a growing
    delay: it must leave nothing half-done outside its own transaction.

    `state` is for work that time alone does not bring: what it returns stands for all that a step would look
    at, None if that is not known. While it is the same as before the last step, intervals pass without
    one, ten seconds of them at most.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[bool]],
        *,
        interval_seconds: float,
        world: World,
        state: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.name = name
        self._step = step
        self._interval_seconds = interval_seconds
        self._world = world
        self._state = state
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Ask for a step soon. Cheap; call it as often as you like."""
        self._woken.set()

    def start(self) -> None:
        """Begin running in the background."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name=f"loop:{self.name}")

    async def stop(self) -> None:
        """Let the current step finish, at most ten seconds, then end it."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            _, unfinished = await asyncio.wait({self._task}, timeout=STOP_SECONDS_MAX)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        delay = BACKOFF_SECONDS_MIN
        while not self._stopping:
            self._woken.clear()
            state = self._state()
            try:
                busy = await self._step()
            except Exception as error:
                failures.labels(self.name).inc()
                known = isinstance(error, TryLater)
                log.warning("loop_step_failed", loop=self.name, error=repr(error), exc_info=not known)
                await self._wait(self._world.jitter(delay))
                delay = min(delay * 2, BACKOFF_SECONDS_MAX)
                continue
            delay = BACKOFF_SECONDS_MIN
            if not busy:
                await self._rest(state)

    async def _rest(self, state: int | None) -> None:
        """Wait for a wake-up, or until an interval has passed and there may be something to do."""
        started = self._world.monotonic()
        while not await self._wait(self._interval_seconds):
            is_unchanged = state is not None and state == self._state()
            if not is_unchanged or self._world.monotonic() - started >= UNCHANGED_SECONDS_MAX:
                return

    async def _wait(self, seconds: float) -> bool:
        """Wait for a wake-up, so long at most. Returns whether there was one."""
        try:
            return await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return False
