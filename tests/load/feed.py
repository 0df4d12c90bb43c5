"""A thousand open live feeds in one process: what each one costs, and how long a change needs to reach all.

The memory of a stream is the growth of the process's resident memory, shared by the streams. A change is made
as an operator makes it: a dialog is taken and given back over REST, and the clock runs from that call until
the last client has read the change to its end. The server has core 0, the clients have the others.
"""

import asyncio
import contextlib
import os
import resource
import time
from functools import partial
from pathlib import Path

import httpx
import uvloop

from tests.load.figures import Figure
from tests.load.listening import Listener
from tests.load.programs import Reader, sqlite_url, start_dialogs
from tests.support.waiting import wait_until

CLIENTS = 1_000
AT_ONCE = 50
CHANGES = 60
PAUSE_SECONDS = 0.2
KIBIBYTES_MAX = 25.0
MILLISECONDS_MAX = 100.0
EVERYBODY_SECONDS_MAX = 20.0


class Crowd:
    """Open streams that note when a change has reached all of them."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.heard = 0
        self.last_at = 0.0

    def take(self, _change: bytes) -> None:
        """Count what one of them has heard."""
        self.heard += 1
        self.last_at = time.monotonic()

    def has_heard(self, count: int) -> bool:
        """Whether all of them together have heard so many changes."""
        return self.heard >= count

    async def grow(self, reader: Reader, count: int) -> None:
        """Open more streams, a few at once."""
        for begin in range(0, count, AT_ONCE):
            fresh = [Listener(self.take) for _ in range(min(AT_ONCE, count - begin))]
            await asyncio.gather(*(each.open(reader.url, reader.project_id, reader.token) for each in fresh))
            self.listeners += fresh

    async def close(self) -> None:
        """Leave, all of them."""
        await asyncio.gather(*(listener.close() for listener in self.listeners))


def measure(*, full: bool) -> list[Figure]:
    """Measure `feed_clients`: KiB for each open stream, and milliseconds until a change has reached all."""
    _allow_files(4 * CLIENTS)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores - {0} or cores)
    try:
        return uvloop.run(_measure(CHANGES * 3 if full else CHANGES))
    finally:
        os.sched_setaffinity(0, cores)


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


async def _measure(changes: int) -> list[Figure]:
    with contextlib.ExitStack() as stack:
        reader, dialog = await _reader_with_a_dialog(stack)
        crowd = Crowd()
        await crowd.grow(reader, AT_ONCE)
        before = _resident_kibibytes(reader.process.pid)
        await crowd.grow(reader, CLIENTS)
        each = (_resident_kibibytes(reader.process.pid) - before) / CLIENTS
        waits = await _change_again_and_again(reader, crowd, dialog, changes)
        await crowd.close()
    return [
        Figure("feed_clients", round(each, 1), "KiB", KIBIBYTES_MAX, at_most=True),
        Figure("feed_clients_p99", waits[int(0.99 * len(waits))], "ms", MILLISECONDS_MAX, at_most=True),
        Figure("feed_clients_p50", waits[len(waits) // 2], "ms"),
    ]


async def _reader_with_a_dialog(stack: contextlib.ExitStack) -> tuple[Reader, str]:
    reader = start_dialogs(stack, database_url=sqlite_url(stack, "dialogs"), bus_url="memory:")
    async with _calling(reader) as http:
        page = (await http.get("/api/v1/dialogs", params={"project_id": reader.project_id})).json()
    return reader, page["items"][0]["id"]


def _calling(reader: Reader) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {reader.token}"}
    return httpx.AsyncClient(base_url=reader.url, headers=headers, trust_env=False, timeout=10)


async def _change_again_and_again(reader: Reader, crowd: Crowd, dialog: str, changes: int) -> list[float]:
    """Take a dialog and give it back. Returns sorted milliseconds until all have heard of each."""
    waits = []
    wish = {"operator_id": reader.operator_id}
    address = f"/api/v1/dialogs/{dialog}/operator"
    async with _calling(reader) as http:
        for turn in range(changes):
            wanted = (turn + 1) * len(crowd.listeners)
            started = time.monotonic()
            method, wanted_operator = ("PUT", wish) if turn % 2 == 0 else ("DELETE", None)
            (await http.request(method, address, json=wanted_operator)).raise_for_status()
            await wait_until(partial(crowd.has_heard, wanted), EVERYBODY_SECONDS_MAX, "everybody has heard")
            waits.append(round(1000 * (crowd.last_at - started), 1))
            await asyncio.sleep(PAUSE_SECONDS)
    return sorted(waits)


def _resident_kibibytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])
