"""A program started by a test: its log in a file, its end certain, its last words shown upon failure."""

import os
import signal
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from tests.support.undertaker import undertaker
from tests.support.waiting import ConditionNotMet, wait_blocking

ROOT = Path(__file__).resolve().parents[2]


class ProcessFailed(AssertionError):
    """A program ended or kept silent where it should have worked; the text holds the tail of its log."""


class Process:
    """One program in a process group of its own; may be started again after it has ended.

    `env` is added to this process's environment; a value of None takes a variable away.
    """

    known: ClassVar[weakref.WeakSet["Process"]] = weakref.WeakSet()

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        name: str,
        env: Mapping[str, str | None] | None = None,
        folder: Path = ROOT,
        log_path: Path | None = None,
        user: str | None = None,
    ) -> None:
        """Describe the program; `start` runs it."""
        self.name = name
        self.log_path = log_path or undertaker.make_folder("logs") / f"{name}.log"
        self._command = [str(part) for part in command]
        self._env = {k: v for k, v in {**os.environ, **(env or {})}.items() if v is not None}
        self._folder = folder
        self._user = user
        self._program: subprocess.Popen[bytes] | None = None
        Process.known.add(self)

    def start(self) -> "Process":
        """Run the program; its output is added to the log."""
        if self.is_alive():
            raise RuntimeError(f"{self.name} runs already.")
        with self.log_path.open("ab") as log:
            self._program = subprocess.Popen(
                self._command,
                env=self._env,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
            )
        undertaker.watch_group(self._program.pid)
        return self

    @property
    def pid(self) -> int:
        """The number of the process, also of one that has ended."""
        if self._program is None:
            raise RuntimeError(f"{self.name} was never started.")
        return self._program.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs or before it started."""
        return None if self._program is None else self._program.poll()

    def is_alive(self) -> bool:
        """Whether it runs now."""
        return self._program is not None and self._program.poll() is None

    def cpu_seconds(self) -> float:
        """How long it has worked, in all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group."""
        if self.is_alive():
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the group at once, as a crash would, and reap it."""
        self.signal(signal.SIGKILL)
        self.wait(timeout_seconds=10)

    def terminate(self, timeout_seconds: float = 30) -> int | None:
        """Ask the program to end and wait for it; one that does not is killed and reported."""
        if self._program is None:
            return None
        if self.is_alive():
            self._program.terminate()
        try:
            return self.wait(timeout_seconds)
        except ProcessFailed:
            self.kill()
            raise

    def wait(self, timeout_seconds: float) -> int:
        """Wait for the end; give the exit code."""
        if self._program is None:
            raise RuntimeError(f"{self.name} was never started.")
        try:
            code = self._program.wait(timeout_seconds)
        except subprocess.TimeoutExpired as error:
            raise ProcessFailed(
                f"{self.name} still runs after {timeout_seconds:g} s\n{self.tail()}"
            ) from error
        undertaker.forget_group(self.pid)
        return code

    def wait_ready(self, condition: Callable[[], bool], timeout_seconds: float = 30) -> None:
        """Wait until the condition is true; fail at once, with the log, when the program ends before."""
        started = time.monotonic()

        def met_or_dead() -> bool:
            return not self.is_alive() or condition()

        try:
            wait_blocking(met_or_dead, timeout_seconds, f"{self.name} ready")
        except ConditionNotMet as error:
            raise ProcessFailed(f"{error}\n{self.tail()}") from error
        if not self.is_alive():
            seconds = time.monotonic() - started
            raise ProcessFailed(
                f"{self.name} ended with {self.returncode} after {seconds:.1f} s\n{self.tail()}"
            )

    def log(self) -> str:
        """All that it wrote, of all its starts."""
        return self.log_path.read_text("utf-8", errors="replace") if self.log_path.exists() else ""

    def log_size(self) -> int:
        """Bytes written so far."""
        return self.log_path.stat().st_size if self.log_path.exists() else 0

    def tail(self, lines: int = 40, after: int = 0) -> str:
        """The last lines of the log, of what was written after so many bytes."""
        if not self.log_path.exists():
            return ""
        written = self.log_path.read_bytes()[after:].decode("utf-8", errors="replace").splitlines()
        return "\n".join(f"    {self.name} | {line}" for line in written[-lines:])
