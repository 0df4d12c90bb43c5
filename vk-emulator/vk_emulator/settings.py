"""What the emulator is told from outside: its environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP_ID = 53014871
APP_SECRET = "kQ7ZtR2mVbX4wLpN8sYd"  # noqa: S105 - of a stand-in; everybody may know it
APP_SERVICE_KEY = "5f0c1b7d5f0c1b7d5f0c1b7d9e5f1c"
APP_NAME = "Отклик"


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the emulator. `clock_scale` 1 is VK's own retry schedule, 0.01 a hundred times quicker.

    Without `app_redirects` the application trusts every loopback address.
    """

    host: str
    port: int
    data_folder: Path
    clock_scale: float
    seed: str | None
    app_id: int = APP_ID
    app_secret: str = APP_SECRET
    app_service_key: str = APP_SERVICE_KEY
    app_name: str = APP_NAME
    app_redirects: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read `EMULATOR_*`; raises ValueError when a value makes no sense."""
        scale = float(environment.get("EMULATOR_CLOCK_SCALE") or 1)
        if not 0 < scale <= 1000:
            raise ValueError("EMULATOR_CLOCK_SCALE must be above 0 and at most 1000")
        redirects = (environment.get("EMULATOR_APP_REDIRECTS") or "").replace(" ", "")
        return cls(
            host=environment.get("EMULATOR_HOST") or "127.0.0.1",
            port=int(environment.get("EMULATOR_PORT") or 8081),
            data_folder=Path(environment.get("EMULATOR_DATA") or "var/vk-emulator"),
            clock_scale=scale,
            seed=environment.get("EMULATOR_SEED") or None,
            app_id=int(environment.get("EMULATOR_APP_ID") or APP_ID),
            app_secret=environment.get("EMULATOR_APP_SECRET") or APP_SECRET,
            app_service_key=environment.get("EMULATOR_APP_SERVICE_KEY") or APP_SERVICE_KEY,
            app_name=environment.get("EMULATOR_APP_NAME") or APP_NAME,
            app_redirects=tuple(url for url in redirects.split(",") if url),
        )
