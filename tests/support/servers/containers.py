"""A server in a container: where neither its program nor the right to install it exists."""

import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence

from tests.support.servers.packages import ServerUnavailable


class Container:
    """One container with ports on the loopback address; it keeps its data until it is removed."""

    def __init__(self, image: str, ports: Mapping[int, int], environment: Mapping[str, str]) -> None:
        """Describe it: inner port to outer port; `start` creates it."""
        self._image = image
        self._ports = ports
        self._environment = environment
        self._name = f"otklik-test-{uuid.uuid4().hex[:12]}"
        self._created = False

    def start(self, command: Sequence[str] = ()) -> None:
        """Create it, or start it again with its data."""
        if self._created:
            _docker("start", self._name)
            return
        options = ["--detach", "--name", self._name, "--hostname", self._name]
        for inner, outer in self._ports.items():
            options += ["--publish", f"127.0.0.1:{outer}:{inner}"]
        for variable, value in self._environment.items():
            options += ["--env", f"{variable}={value}"]
        _docker("run", *options, self._image, *command)
        self._created = True

    def kill(self) -> None:
        """End it as a crash would."""
        _docker("kill", self._name)

    def stop(self) -> None:
        """End it in order."""
        _docker("stop", self._name)

    def remove(self) -> None:
        """End it for good, with its data."""
        if self._created:
            _docker("rm", "--force", "--volumes", self._name)
            self._created = False

    def is_alive(self) -> bool:
        """Whether it runs now."""
        return self._created and _docker("inspect", "-f", "{{.State.Running}}", self._name) == "true"

    def log(self) -> str:
        """What it wrote."""
        return _docker("logs", "--tail", "40", self._name) if self._created else ""


def require_engine(reason: str) -> None:
    """Refuse, with the reason why a container was wanted, unless a container engine answers."""
    if shutil.which("docker") is None:
        raise ServerUnavailable(f"{reason}; there is no container engine either")
    try:
        _docker("info", "--format", "{{.ServerVersion}}", timeout_seconds=20)
    except ServerUnavailable as error:
        raise ServerUnavailable(f"{reason}; {error}") from error


def _docker(*arguments: str, timeout_seconds: float = 300) -> str:
    try:
        outcome = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ServerUnavailable(f"docker {arguments[0]} did not answer") from error
    if outcome.returncode != 0:
        problem = (outcome.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ServerUnavailable(f"docker {arguments[0]} failed: {problem}")
    return outcome.stdout.strip()
