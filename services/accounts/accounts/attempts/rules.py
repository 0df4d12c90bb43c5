"""How long to wait after failed sign-ins. Pure: moments in, seconds out; all in Unix milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """At most `failures` within `window_ms`; after `free` of them each next waits twice as long."""

    failures: int
    window_ms: int
    free: int


ACCOUNT = Limit(failures=10, window_ms=15 * 60_000, free=3)
ADDRESS = Limit(failures=50, window_ms=60 * 60_000, free=20)
FIRST_DELAY_MS = 1_000
DELAY_MS_MAX = 60_000
DOUBLINGS_MAX = 16


def recent(failures_ms: Sequence[int], limit: Limit, now_ms: int) -> list[int]:
    """Return the failures that still count, oldest first, no more of them than the limit."""
    return sorted(moment for moment in failures_ms if moment > now_ms - limit.window_ms)[-limit.failures :]


def waits_until_ms(failures_ms: Sequence[int], limit: Limit, now_ms: int) -> int:
    """Return the moment from which another try is allowed; one in the past when it is allowed now."""
    counted = recent(failures_ms, limit, now_ms)
    if len(counted) >= limit.failures:
        return counted[0] + limit.window_ms
    if len(counted) < limit.free:
        return 0
    doublings = min(len(counted) - limit.free, DOUBLINGS_MAX)
    return counted[-1] + min(FIRST_DELAY_MS << doublings, DELAY_MS_MAX)
