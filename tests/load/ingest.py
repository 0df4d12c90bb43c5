"""Accepting callbacks: durable acknowledgements against a handler that stores nothing.

Both servers are real processes on core 0, the load is wrk's on core 1, rounds alternate. Behind our server
the translator and the relay go on all the time; the sustained figure is a rate whose backlog vanishes.
"""

import asyncio
import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.load.figures import Figure, compared
from tests.load.programs import (
    BACKLOG,
    PYTHON,
    Target,
    on_core,
    sqlite_url,
    start_gateway,
    start_servers,
)
from tests.load.trickle import Door, post_at_rate
from tests.support.process import Process
from tests.support.servers.packages import find_or_install
from tests.support.waiting import accepts_connections, free_port

HERE = Path(__file__).parent
CONNECTIONS = 64
ROUND_SECONDS = 3
ROUNDS = 7
SUSTAINED_SECONDS = 30
DRAIN_SECONDS_MAX = 30.0
COUNT = "SELECT count(*) FROM raw_update"


def measure(kind: str, *, full: bool) -> list[Figure]:
    """Measure `ingest_postgresql` or `ingest_sqlite`."""
    return asyncio.run(_measure(kind, ROUNDS * 3 if full else ROUNDS))


async def _measure(kind: str, rounds: int) -> list[Figure]:
    wrk = find_or_install("wrk", find_wrk)
    goal = 1.0 if kind == "postgresql" else 0.8
    with contextlib.ExitStack() as stack:
        bare = stack.enter_context(_bare())
        ours = _gateway(kind, stack)
        _wrk(wrk, bare, 1), _wrk(wrk, ours, 1)
        baseline, acknowledged = [], []
        for _ in range(rounds):
            baseline.append(_wrk(wrk, bare, ROUND_SECONDS))
            acknowledged.append(_wrk(wrk, ours, ROUND_SECONDS))
            await ours.drained()
        waiting = await ours.ask(COUNT)
        _wrk(wrk, ours, ROUND_SECONDS)
        grown = await ours.ask(BACKLOG)
        behind = grown / 2 / await ours.drained()
        # Translation goes on while callbacks come, at a part of its speed when it is alone.
        sustained = await _sustained(kind, ours, max(50.0, 0.6 * behind))
    burst = compared(f"ingest_{kind}", "acks/s", acknowledged, baseline, goal)
    stored = Figure(f"ingest_{kind}_stored", float(waiting), "rows")
    return [burst, Figure(f"ingest_{kind}_behind", round(behind, 1), "upd/s"), *sustained, stored]


async def _sustained(kind: str, target: Target, rate: float) -> list[Figure]:
    """Offer a steady rate for half a minute; the goal is an empty backlog half a minute later."""
    posted = await post_at_rate(target.door, rate=rate, seconds=SUSTAINED_SECONDS)
    seconds = await target.drained()
    name = f"ingest_{kind}_sustained"
    return [
        Figure(name, round(len(posted.waits) / SUSTAINED_SECONDS, 1), "upd/s"),
        Figure(f"{name}_slowest_ack", round(posted.slowest * 1000, 1), "ms"),
        Figure(f"{name}_drained_after", round(seconds, 1), "s", goal=DRAIN_SECONDS_MAX, at_most=True),
    ]


def find_wrk() -> Path | None:
    """Give the path of wrk, if it is there."""
    found = [Path(folder) / "wrk" for folder in os.environ["PATH"].split(":")]
    return next((path for path in found if path.exists()), None)


def _wrk(wrk: Path, target: Target, seconds: int) -> float:
    command = ["taskset", "-c", "1", str(wrk), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command += [
        "-s",
        str(HERE / "wrk.lua"),
        target.door.url,
        "--",
        target.door.path,
        target.door.secret,
        str(target.door.group_id),
    ]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise AssertionError(out)
    match = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert match is not None, out
    return float(match[1])


@contextlib.contextmanager
def _bare() -> Iterator[Target]:
    port = free_port()
    command = on_core(0, str(PYTHON), "-m", "tests.load.bare", str(port))
    process = Process(command, name="bare").start()
    process.wait_ready(lambda: accepts_connections(port))
    try:
        yield Target(process, Door(f"http://127.0.0.1:{port}", "/vk/callback/x", "x", 1))
    finally:
        process.kill()


def _gateway(kind: str, stack: contextlib.ExitStack) -> Target:
    if kind == "sqlite":
        return start_gateway(stack, database_url=sqlite_url(stack, "vk-gateway"), bus_url="memory:")
    postgres, bus_url = start_servers(stack)
    return start_gateway(stack, database_url=postgres.create_database("vk_gateway"), bus_url=bus_url)
