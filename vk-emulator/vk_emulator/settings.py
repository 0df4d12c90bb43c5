"""What the emulator is told from outside: its environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the emulator. `clock_scale` 1 is VK's own retry schedule, 0.01 a hundred times quicker."""

    host: str
    port: int
    data_folder: Path
    clock_scale: float
    seed: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read `EMULATOR_*`; raises ValueError when a value makes no sense."""
        scale = float(environment.get("EMULATOR_CLOCK_SCALE") or 1)
        if not 0 < scale <= 1000:
            raise ValueError("EMULATOR_CLOCK_SCALE must be above 0 and at most 1000")
        return cls(
            host=environment.get("EMULATOR_HOST") or "127.0.0.1",
            port=int(environment.get("EMULATOR_PORT") or 8081),
            data_folder=Path(environment.get("EMULATOR_DATA") or "var/vk-emulator"),
            clock_scale=scale,
            seed=environment.get("EMULATOR_SEED") or None,
        )
