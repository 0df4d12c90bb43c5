"""How often a caller (person, API key, address) may call: a token bucket each for reads and changes."""

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from shared.http.problems import TooMany
from shared.runtime.world import World

CALLERS_MAX = 10_000


@dataclass(frozen=True)
class Rate:
    """So many a second on the average, so many at once."""

    per_second: float
    burst: float


class CallsTooOften(TooMany):
    """The caller has used up their calls; `retry_after_seconds` says when there is one again."""

    title = "Too many calls at once. Slow down."


class CallLimits:
    """Counts in the memory of one process; a replica counts for itself.

    Of very many callers those who have been away longest are forgotten, which gives them a full bucket.
    """

    def __init__(self, *, reads: Rate, changes: Rate, world: World, callers_max: int = CALLERS_MAX) -> None:
        self._rates = {False: reads, True: changes}
        self._world = world
        self._callers_max = callers_max
        self._buckets: OrderedDict[tuple[Hashable, bool], tuple[float, float]] = OrderedDict()

    def spend(self, caller_id: Hashable, *, changing: bool) -> None:
        """Count a call. Raises CallsTooOften."""
        rate, key, now = self._rates[changing], (caller_id, changing), self._world.monotonic()
        left, at = self._buckets.get(key, (rate.burst, now))
        left = min(rate.burst, left + (now - at) * rate.per_second)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._callers_max:
            self._buckets.popitem(last=False)
        if not allowed:
            raise CallsTooOften(retry_after_seconds=max(1, math.ceil((1 - left) / rate.per_second)))
