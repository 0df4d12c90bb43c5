"""Ends what a test session started, even when the session itself was killed.

Run as a program it reads lines from its standard input: `group N`, `forget N`, `folder PATH`. When the
input ends, because the session closed it or died, it kills the groups and removes the folders.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

FOLDER_PREFIX = "otklik-test-"
ASKING_SECONDS = 1.0


class Undertaker:
    """The session's end of the pipe."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._program: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def watch_group(self, group: int) -> None:
        """Kill this process group at the end."""
        self._say(f"group {group}")

    def forget_group(self, group: int) -> None:
        """Leave this process group alone: it has ended and its number may be used again."""
        self._say(f"forget {group}")

    def make_folder(self, purpose: str) -> Path:
        """Make a folder that others may enter, and that is removed at the end."""
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{purpose}-"))
        folder.chmod(0o755)
        self._say(f"folder {folder}")
        return folder

    def finish(self) -> None:
        """End everything now."""
        if self._program is None:
            return
        self._program.communicate()
        self._program = None

    def _say(self, line: str) -> None:
        with self._lock:
            if self._program is None:
                self._program = subprocess.Popen(
                    [sys.executable, __file__], stdin=subprocess.PIPE, text=True, start_new_session=True
                )
                atexit.register(self.finish)
            if self._program.stdin is None:
                raise RuntimeError("The undertaker has no ear.")
            self._program.stdin.write(line + "\n")
            self._program.stdin.flush()


undertaker = Undertaker()


def main() -> None:
    """Take orders until the session ends, then carry them out."""
    groups: set[int] = set()
    folders: list[str] = []
    for line in sys.stdin:
        order, _, argument = line.strip().partition(" ")
        if order == "group":
            groups.add(int(argument))
        elif order == "forget":
            groups.discard(int(argument))
        elif order == "folder" and Path(argument).name.startswith(FOLDER_PREFIX):
            folders.append(argument)
    # Asked first: PostgreSQL then takes its shared memory with it.
    left = {group for group in groups if _signal(group, signal.SIGINT)}
    deadline = time.monotonic() + ASKING_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = {group for group in left if _signal(group, 0)}
    for group in left:
        _signal(group, signal.SIGKILL)
    for folder in folders:
        # Twice: a server that is just dying may still have written something.
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _signal(group: int, number: int) -> bool:
    """Send a signal (0 only looks) to a process group; give whether the group is still there."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
