"""The embedded shape: how long until it is ready, and what memory and processor time both processes take."""

import os
import statistics
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.load.figures import Figure
from tests.support.process import ROOT, Process
from tests.support.waiting import free_port

NAMES = ("embedded_ready", "embedded_memory", "embedded_idle")
ROUNDS = 5
MEGABYTES_MAX = 260.0
SECONDS_MAX = 6.0
IDLE_PERCENT_MAX = 3.0
SETTLE_SECONDS = 15
IDLE_SECONDS = 60


def measure(*, full: bool) -> list[Figure]:
    """Start with a warm environment and an empty data folder, several times."""
    ready, memory = [], []
    for _ in range(ROUNDS * 2 if full else ROUNDS):
        seconds, megabytes = _start_once()
        ready.append(seconds)
        memory.append(megabytes)
    return [
        _figure("embedded_ready", ready, "s", SECONDS_MAX),
        _figure("embedded_memory", memory, "MB", MEGABYTES_MAX),
        Figure("embedded_idle", _idle_percent(), "%", IDLE_PERCENT_MAX, at_most=True),
    ]


def _figure(name: str, values: list[float], unit: str, goal: float) -> Figure:
    spread = round((max(values) - min(values)) / 2, 2)
    return Figure(name, round(statistics.median(values), 2), unit, goal, spread=spread, at_most=True)


def _start_once() -> tuple[float, float]:
    started = time.monotonic()
    with _running() as process:
        seconds = time.monotonic() - started
        return seconds, sum(_resident_megabytes(pid) for pid in family(process.pid))


def _idle_percent() -> float:
    """Return what share of a core both processes take while nobody does anything."""
    with _running() as process:
        time.sleep(SETTLE_SECONDS)
        pids = family(process.pid)
        before = sum(_processor_seconds(pid) for pid in pids)
        time.sleep(IDLE_SECONDS)
        worked = sum(_processor_seconds(pid) for pid in pids) - before
        return round(100 * worked / IDLE_SECONDS, 2)


@contextmanager
def _running() -> Iterator[Process]:
    """Start both processes with an empty data folder; they are ready when the block begins."""
    port, emulator_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {"OTKLIK_PORT": str(port), "OTKLIK_EMULATOR_PORT": str(emulator_port), "OTKLIK_DATA": folder}
        process = Process([ROOT / "run"], name="embedded", env=env).start()
        try:
            process.wait_ready(lambda: _is_ready(port), timeout_seconds=60)
            yield process
        finally:
            process.terminate(timeout_seconds=20)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def family(pid: int) -> list[int]:
    """The process (which has replaced the shell) and everything it has started."""
    family = [pid]
    for number in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        if _parent(number) in family:
            family.append(number)
    return family


def _parent(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(status.rpartition(")")[2].split()[1])


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(line.split()[1]) / 1024
