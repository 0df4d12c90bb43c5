"""When the translator is woken for what was stored."""

import asyncio
from collections.abc import Callable, Collection

from shared.runtime.world import World

# What the community itself says; nearly always a reply that went out through us.
OWN_MESSAGE = "message_reply"
OWN_SECONDS = 0.2


class Gathering:
    """Wakes the translator at once, but for a stream of the community's own messages only now and then.

    Each reply of ours comes back as one, a few in each commit. Nobody waits for them, and many together
    cost little more than one; a message that comes alone, e.g. of the staff in VK itself, does not wait.
    """

    def __init__(self, wake: Callable[[], None], world: World) -> None:
        self._wake = wake
        self._world = world
        self._woken_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def stored(self, kinds: Collection[str]) -> None:
        """Updates of these kinds were stored."""
        rest = self._woken_at + OWN_SECONDS - self._world.monotonic()
        if rest <= 0 or any(kind != OWN_MESSAGE for kind in kinds):
            self._wake_now()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(rest, self._wake_now)

    def _wake_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._woken_at = self._world.monotonic()
        self._wake()
