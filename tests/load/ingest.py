"""Accepting callbacks: durable acknowledgements against a handler that stores nothing.

Both servers are real processes on core 0, the load is wrk's on core 1, rounds alternate. Behind our server
the translator and the relay go on all the time; the sustained figure is a rate whose backlog vanishes.
"""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.database.vault import new_vault_key
from tests.load.figures import Figure, compared
from tests.load.trickle import post_at_rate
from tests.support.process import ROOT, Process
from tests.support.servers import PostgresServer, RabbitServer
from tests.support.servers.packages import find_or_install
from tests.support.waiting import accepts_connections, free_port, wait_until

HERE = Path(__file__).parent
PYTHON = ROOT / ".venv/bin/python"
CONNECTIONS = 64
ROUND_SECONDS = 3
ROUNDS = 7
SUSTAINED_SECONDS = 30
DRAIN_SECONDS_MAX = 30.0
BACKLOG = (
    "SELECT (SELECT count(*) FROM raw_update WHERE translated_at IS NULL)"
    " + (SELECT count(*) FROM outbox WHERE published_at IS NULL)"
)
COUNT = "SELECT count(*) FROM raw_update"


@dataclass
class Target:
    """A running server and what a callback to it must carry."""

    process: Process
    url: str
    path: str
    secret: str
    group_id: int
    database_url: str = ""


def measure(kind: str, *, full: bool) -> list[Figure]:
    """Measure `ingest_postgresql` or `ingest_sqlite`."""
    return asyncio.run(_measure(kind, ROUNDS * 3 if full else ROUNDS))


async def _measure(kind: str, rounds: int) -> list[Figure]:
    wrk = find_or_install("wrk", _find_wrk)
    goal = 1.0 if kind == "postgresql" else 0.8
    async with contextlib.AsyncExitStack() as stack:
        bare = stack.enter_context(_bare())
        ours = await stack.enter_async_context(_gateway(kind))
        _wrk(wrk, bare, 1), _wrk(wrk, ours, 1)
        baseline, acknowledged = [], []
        for _ in range(rounds):
            baseline.append(_wrk(wrk, bare, ROUND_SECONDS))
            acknowledged.append(_wrk(wrk, ours, ROUND_SECONDS))
            await _drained(ours, 300)
        waiting = await _ask(ours, COUNT)
        _wrk(wrk, ours, ROUND_SECONDS)
        grown = await _ask(ours, BACKLOG)
        started = time.monotonic()
        await _drained(ours, 300)
        behind = grown / 2 / (time.monotonic() - started)
        # Translation goes on while callbacks come, at a part of its speed when it is alone.
        sustained = await _sustained(kind, ours, max(50.0, 0.6 * behind))
    burst = compared(f"ingest_{kind}", "acks/s", acknowledged, baseline, goal)
    stored = Figure(f"ingest_{kind}_stored", float(waiting), "rows")
    return [burst, Figure(f"ingest_{kind}_behind", round(behind, 1), "upd/s"), *sustained, stored]


async def _sustained(kind: str, target: Target, rate: float) -> list[Figure]:
    """Offer a steady rate for half a minute; the goal is an empty backlog half a minute later."""
    answered, worst = await post_at_rate(
        target.url, target.path, target.secret, target.group_id, rate=rate, seconds=SUSTAINED_SECONDS
    )
    started = time.monotonic()
    await _drained(target, 300)
    seconds = time.monotonic() - started
    name = f"ingest_{kind}_sustained"
    return [
        Figure(name, round(answered / SUSTAINED_SECONDS, 1), "upd/s"),
        Figure(f"{name}_slowest_ack", round(worst * 1000, 1), "ms"),
        Figure(f"{name}_drained_after", round(seconds, 1), "s", goal=DRAIN_SECONDS_MAX, at_most=True),
    ]


def _find_wrk() -> Path | None:
    found = [Path(folder) / "wrk" for folder in os.environ["PATH"].split(":")]
    return next((path for path in found if path.exists()), None)


def _wrk(wrk: Path, target: Target, seconds: int) -> float:
    command = ["taskset", "-c", "1", str(wrk), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command += [
        "-s",
        str(HERE / "wrk.lua"),
        target.url,
        "--",
        target.path,
        target.secret,
        str(target.group_id),
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
    process = Process(["taskset", "-c", "0", PYTHON, "-m", "tests.load.bare", str(port)], name="bare").start()
    process.wait_ready(lambda: accepts_connections(port))
    try:
        yield Target(process, f"http://127.0.0.1:{port}", "/vk/callback/x", "x", 1)
    finally:
        process.kill()


@contextlib.asynccontextmanager
async def _gateway(kind: str) -> AsyncIterator[Target]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database_url, bus_url = f"sqlite+aiosqlite:///{folder}/vk-gateway.db", "memory:"
        if kind == "postgresql":
            database_url, bus_url = _servers(stack)
        port = free_port()
        env = {
            "VK_GATEWAY_DATABASE_URL": database_url,
            "VK_GATEWAY_BUS_URL": bus_url,
            "VK_GATEWAY_SERVICE_KEY": "bench-service-key-of-32-characters",
            "VK_GATEWAY_ENCRYPTION_KEYS": new_vault_key(),
            "VK_GATEWAY_PORT": str(port),
            "VK_GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "VK_GATEWAY_INTEGRATIONS_URL": "http://127.0.0.1:1",
        }
        command = ["taskset", "-c", "0", str(PYTHON), "-m", "tests.load.gateway_server"]
        process = Process(command, name=f"gateway-{kind}", env=env).start()
        stack.callback(process.kill)
        process.wait_ready(lambda: accepts_connections(port))
        told = next(json.loads(line) for line in process.log().splitlines() if line.startswith('{"path"'))
        yield Target(
            process,
            f"http://127.0.0.1:{port}",
            f"/vk/callback/{told['path']}",
            told["secret"],
            told["group_id"],
            database_url,
        )


def _servers(stack: contextlib.ExitStack) -> tuple[str, str]:
    postgres = PostgresServer(durable=True)
    postgres.start()
    stack.callback(postgres.close)
    rabbit = RabbitServer()
    rabbit.start()
    stack.callback(rabbit.close)
    return postgres.create_database("vk_gateway"), rabbit.create_vhost("bench")


async def _ask(target: Target, query: str) -> int:
    engine = create_async_engine(target.database_url)
    try:
        async with engine.connect() as connection:
            return int((await connection.execute(text(query))).scalar_one())
    finally:
        await engine.dispose()


async def _drained(target: Target, seconds: float) -> None:
    async def empty() -> bool:
        return await _ask(target, BACKLOG) == 0

    await wait_until(empty, seconds, describe="the backlog is empty")
