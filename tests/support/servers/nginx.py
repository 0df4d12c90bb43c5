"""A private nginx for the distributed shape."""

import shutil
import signal
import subprocess
from pathlib import Path

from tests.support.process import Process
from tests.support.servers.packages import find_or_install
from tests.support.waiting import accepts_connections


class NginxServer:
    """One nginx in the foreground with a configuration file of the caller's making.

    The file says where nginx listens (`port`, on the loopback address); relative paths in it, and nginx's
    own temporary files, are taken from `prefix`.
    """

    def __init__(self, config_path: Path, *, prefix: Path, port: int) -> None:
        """Find the program; raise ServerUnavailable when there is none."""
        program = find_or_install("nginx", _find_program)
        self.port = port
        self._command = [str(program), "-p", f"{prefix}/", "-c", str(config_path), "-e", "stderr"]
        self._prefix = prefix
        self._process = Process([*self._command, "-g", "daemon off;"], name="nginx", folder=prefix)

    def check(self) -> None:
        """Fail, with nginx's own words, when the configuration is wrong."""
        outcome = subprocess.run(
            [*self._command, "-t"], cwd=self._prefix, capture_output=True, text=True, check=False
        )
        if outcome.returncode != 0:
            raise AssertionError(outcome.stderr.strip())

    def start(self) -> None:
        """Start; it accepts connections upon return."""
        self._process.start()
        self._process.wait_ready(lambda: accepts_connections(self.port))

    def reload(self) -> None:
        """Read the configuration file again; open connections live on."""
        self._process.signal(signal.SIGHUP)

    def kill(self) -> None:
        """End the master and its workers with SIGKILL."""
        self._process.kill()

    def stop(self) -> None:
        """End at once, in order."""
        self._process.terminate()

    def log(self) -> str:
        """All that it wrote."""
        return self._process.log()

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()


def _find_program() -> Path | None:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None
