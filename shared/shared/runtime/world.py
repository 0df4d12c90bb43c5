"""What a handler may not take from the interpreter: time, ids and randomness."""

import base64
import random
import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards, for measuring durations."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()


class World:
    """A clock and a source of randomness; every id, token and timestamp of a service comes from here.

    Without arguments it is the real world. A test or a simulation passes its own clock and a seeded
    `random.Random`, and a whole run repeats exactly.
    """

    def __init__(self, clock: Clock | None = None, chance: random.Random | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self.chance: random.Random = chance or secrets.SystemRandom()

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return self.clock.now()

    def monotonic(self) -> float:
        """Return monotonic seconds."""
        return self.clock.monotonic()

    def new_id(self) -> uuid.UUID:
        """Make a UUIDv7: its first 48 bits are the current Unix milliseconds, so ids sort by creation."""
        milliseconds = int(self.now().timestamp() * 1000)
        bits = (milliseconds & (1 << 48) - 1) << 80 | self.chance.getrandbits(80)
        bits = bits & ~(0xF << 76) | 0x7 << 76
        bits = bits & ~(0x3 << 62) | 0x2 << 62
        return uuid.UUID(int=bits)

    def token(self, size_bytes: int = 32) -> str:
        """Make an unguessable URL-safe text of `size_bytes` random bytes."""
        return base64.urlsafe_b64encode(self.chance.randbytes(size_bytes)).rstrip(b"=").decode()

    def jitter(self, seconds: float) -> float:
        """Return a duration between a half and the whole of `seconds`."""
        return self.chance.uniform(seconds / 2, seconds)
