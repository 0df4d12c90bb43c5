"""Requests per second of each token."""

from collections import defaultdict, deque

# A service token's limit grows with the users of its application; this is the lowest.
REQUESTS_PER_SECOND = {"community": 20.0, "user": 3.0, "service": 5.0}


class Limiter:
    """A sliding window of one second per token."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = defaultdict(deque)

    def admits(self, token: str, per_second: float, now: float) -> bool:
        """Whether one more request fits into the last second; a refused one does not count.

        `now` is a steady time in seconds.
        """
        recent = self._recent[token]
        while recent and now - recent[0] >= 1.0:
            recent.popleft()
        if len(recent) >= per_second:
            return False
        recent.append(now)
        return True
