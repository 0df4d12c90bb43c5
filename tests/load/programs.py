"""The programs under load: the real services, each in a process of its own, with one community connected."""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.database.vault import new_vault_key
from tests.load.trickle import Door
from tests.support.process import ROOT, Process
from tests.support.servers import PostgresServer, RabbitServer
from tests.support.waiting import accepts_connections, free_port, wait_until

PYTHON = ROOT / ".venv/bin/python"
SERVICE_KEY = "bench-service-key-of-32-characters"
NOBODY = "http://127.0.0.1:1"
BACKLOG = (
    "SELECT (SELECT count(*) FROM raw_update WHERE translated_at IS NULL)"
    " + (SELECT count(*) FROM outbox WHERE published_at IS NULL)"
)


@dataclass
class Target:
    """A running server, and how callbacks reach it."""

    process: Process
    door: Door
    database_url: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    async def ask(self, query: str) -> int:
        """Return the number that a query of its database gives."""
        engine = create_async_engine(self.database_url)
        try:
            async with engine.connect() as connection:
                return int((await connection.execute(text(query))).scalar_one())
        finally:
            await engine.dispose()

    async def drained(self, seconds: float = 300) -> float:
        """Wait until everything stored is translated and published. Returns how long it took, in seconds."""
        started = time.monotonic()

        async def empty() -> bool:
            return await self.ask(BACKLOG) == 0

        await wait_until(empty, seconds, describe="the backlog is empty")
        return time.monotonic() - started


@dataclass
class Reader:
    """A running `dialogs`, and an operator with an access token."""

    process: Process
    url: str
    project_id: str
    operator_id: str
    token: str


def on_core(core: int, *command: str) -> list[str]:
    """Pin a command to one core."""
    return ["taskset", "-c", str(core % (os.cpu_count() or 1)), *command]


def start_postgres(stack: contextlib.ExitStack) -> PostgresServer:
    """Start PostgreSQL, with fsync."""
    postgres = PostgresServer(durable=True)
    postgres.start()
    stack.callback(postgres.close)
    return postgres


def start_servers(stack: contextlib.ExitStack) -> tuple[PostgresServer, str]:
    """Start PostgreSQL and RabbitMQ. Returns the first and an address of the other."""
    rabbit = RabbitServer()
    rabbit.start()
    stack.callback(rabbit.close)
    return start_postgres(stack), rabbit.create_vhost("bench")


def sqlite_url(stack: contextlib.ExitStack, service: str) -> str:
    """Return the address of a database file that goes away with the stack."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    return f"sqlite+aiosqlite:///{Path(folder) / service}.db"


def start_gateway(stack: contextlib.ExitStack, *, database_url: str, bus_url: str, core: int = 0) -> Target:
    """Start `vk-gateway`, with one community that is active."""
    port = free_port()
    env = _settings("VK_GATEWAY", database_url, bus_url, port) | {
        "VK_GATEWAY_ENCRYPTION_KEYS": new_vault_key(),
        "VK_GATEWAY_VK_API_URL": f"{NOBODY}/method",
    }
    command = on_core(core, str(PYTHON), "-m", "tests.load.gateway_server")
    process = _started(stack, Process(command, name="gateway", env=env), port)
    told = _told(process)
    door = Door(f"http://127.0.0.1:{port}", f"/vk/callback/{told['path']}", told["secret"], told["group_id"])
    return Target(process, door, database_url, told)


def start_dialogs(
    stack: contextlib.ExitStack,
    gateway: Target | None = None,
    *,
    database_url: str,
    bus_url: str,
    core: int = 0,
) -> Reader:
    """Start `dialogs`, which knows a community already: the gateway's, if there is one."""
    port = free_port()
    env = _settings("DIALOGS", database_url, bus_url, port)
    ids = [gateway.told["project_id"], gateway.told["integration_id"]] if gateway else []
    command = on_core(core, str(PYTHON), "-m", "tests.load.dialogs_server", *ids)
    process = _started(stack, Process(command, name="dialogs", env=env), port)
    told = _told(process)
    return Reader(process, f"http://127.0.0.1:{port}", **told)


def start_widgets(stack: contextlib.ExitStack, *, database_url: str, core: int = 0) -> str:
    """Start `widget-config`, with one widget. Gives the address of its public config."""
    port = free_port()
    rates = ("VISITOR_PER_SECOND", "VISITOR_BURST", "LOAD_PER_SECOND", "LOAD_BURST")
    env = _settings("WIDGET_CONFIG", database_url, "memory:", port)
    # One address makes all the requests.
    env |= {f"WIDGET_CONFIG_{name}": "1e9" for name in rates}
    command = on_core(core, str(PYTHON), "-m", "tests.load.widget_server")
    process = _started(stack, Process(command, name="widget-config", env=env), port)
    return f"http://127.0.0.1:{port}/w/{_told(process)['public_key']}.json"


def _settings(prefix: str, database_url: str, bus_url: str, port: int) -> dict[str, str]:
    values = {
        "DATABASE_URL": database_url,
        "BUS_URL": bus_url,
        "SERVICE_KEY": SERVICE_KEY,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CALLBACK_URL": f"http://127.0.0.1:{port}",
        "INTEGRATIONS_URL": NOBODY,
        "ACCOUNTS_URL": NOBODY,
        "READS_PER_SECOND": "1e6",
        "READS_BURST": "1e6",
    }
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _started(stack: contextlib.ExitStack, process: Process, port: int) -> Process:
    process.start()
    stack.callback(process.kill)
    process.wait_ready(_listens(port))
    return process


def _listens(port: int) -> Callable[[], bool]:
    return lambda: accepts_connections(port)


def _told(process: Process) -> dict[str, Any]:
    """What the program printed for us before it began to listen."""
    lines = (line for line in process.log().splitlines() if line.startswith('{"told"'))
    told: dict[str, Any] = json.loads(next(lines))["told"]
    return told
