"""The VK emulator as our child process: started, watched, started again when it dies."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from shared.http.client import HttpClient, Unreachable

log = structlog.get_logger()

# The application that people let in; the emulator and the gateway are told the same. No secret: VK is played.
APP_ID = "53014871"
APP_SECRET = "kQ7ZtR2mVbX4wLpN8sYd"  # noqa: S105 - of a stand-in; everybody may know it
APP_SERVICE_KEY = "5f0c1b7d5f0c1b7d5f0c1b7d9e5f1c"
LOOK_SECONDS = 0.5
RESTART_SECONDS_MIN = 0.5
RESTART_SECONDS_MAX = 10.0
STEADY_SECONDS = 10.0
STOP_SECONDS_MAX = 3.0


class EmulatorProcess:
    """The child; it also ends when we are killed."""

    def __init__(
        self, *, host: str, port: int, url: str, data_folder: Path, redirects: Sequence[str] = ()
    ) -> None:
        self.url = url
        self._environment: Mapping[str, str] = {
            **os.environ,
            "EMULATOR_HOST": host,
            "EMULATOR_PORT": str(port),
            "EMULATOR_DATA": str(data_folder),
            "EMULATOR_APP_ID": APP_ID,
            "EMULATOR_APP_SECRET": APP_SECRET,
            "EMULATOR_APP_SERVICE_KEY": APP_SERVICE_KEY,
            "EMULATOR_APP_REDIRECTS": ",".join(redirects),
        }
        self._program: subprocess.Popen[bytes] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the child runs."""
        return self._program is not None and self._program.poll() is None

    def start(self) -> None:
        """Start the child; from the main thread, since the tie to the parent ends with the thread."""
        self._program = subprocess.Popen(
            [sys.executable, "-m", "embedded.child", str(os.getpid()), "vk_emulator"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for us: the emulator stays until we have ended.
            start_new_session=True,
        )

    async def wait_healthy(self, client: HttpClient) -> None:
        """Return once the emulator answers, however long that takes."""
        while True:
            try:
                if self.is_alive and (await client.request("GET", f"{self.url}/health/ready")).status == 200:
                    return
            except Unreachable:
                pass
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Start the child again whenever it has died, each time later unless it ran well in between."""
        delay = RESTART_SECONDS_MIN
        steady = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.is_alive:
                steady += LOOK_SECONDS
                continue
            if steady >= STEADY_SECONDS:
                delay = RESTART_SECONDS_MIN
            code = self._program.returncode if self._program else None
            log.warning("emulator_died", exit_code=code, restart_in_seconds=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, RESTART_SECONDS_MAX)
            steady = 0.0
            self.start()

    def stop(self) -> None:
        """End the child, by force if it does not want to."""
        if self._program is None or not self.is_alive:
            return
        self._program.terminate()
        try:
            self._program.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
