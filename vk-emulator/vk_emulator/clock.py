"""Time and chance: the only place that asks the machine for either."""

import time
from random import Random


class Clock:
    """The emulator's time and dice. Dates are real; VK's waiting times are multiplied by `scale`."""

    def __init__(self, *, scale: float = 1.0, random: Random | None = None) -> None:
        self.scale = scale
        self.random = random or Random()

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()

    def steady(self) -> float:
        """Seconds that only ever grow, for measuring."""
        return time.monotonic()

    def unix(self) -> int:
        """Unix time in whole seconds, as VK shows dates."""
        return int(time.time())

    def scaled(self, seconds: float) -> float:
        """How long a wait of VK's lasts here, in real seconds."""
        return seconds * self.scale

    def hexadecimal(self, digits: int) -> str:
        """A random string of so many hexadecimal digits."""
        return f"{self.random.getrandbits(digits * 4):0{digits}x}"

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.random.random() < probability
