"""`widget_config`: the public config of a widget, against a FastAPI handler that answers "ok"."""

import asyncio
import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.load.figures import Figure, compared
from tests.load.ingest import find_wrk
from tests.load.programs import PYTHON, on_core, sqlite_url, start_postgres, start_widgets
from tests.support.process import Process
from tests.support.servers.packages import find_or_install
from tests.support.waiting import accepts_connections, free_port

CONNECTIONS = 64
ROUND_SECONDS = 3
ROUNDS = 5
GOAL_KNOWN, GOAL_WHOLE = 0.9, 0.6
NAMES = ("widget_config_etag", "widget_config")


def measure(*, full: bool) -> list[Figure]:
    """Measure what a page gets that has the config already (304), and one that has not (200)."""
    wrk = find_or_install("wrk", find_wrk)
    known, whole, baseline = [], [], []
    with contextlib.ExitStack() as stack:
        bare = f"{stack.enter_context(_bare())}/ok"
        database_url = start_postgres(stack).create_database("widget_config") if full else None
        config = start_widgets(stack, database_url=database_url or sqlite_url(stack, "widget-config"))
        tag = asyncio.run(_tag(config))
        for url, headers in ((bare, ()), (config, ()), (config, (tag,))):
            _wrk(wrk, url, 1, *headers)
        for _ in range(ROUNDS * 3 if full else ROUNDS):
            baseline.append(_wrk(wrk, bare, ROUND_SECONDS))
            known.append(_wrk(wrk, config, ROUND_SECONDS, tag))
            whole.append(_wrk(wrk, config, ROUND_SECONDS))
    return [
        compared(NAMES[0], "req/s", known, baseline, GOAL_KNOWN),
        compared(NAMES[1], "req/s", whole, baseline, GOAL_WHOLE),
    ]


async def _tag(url: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        first = await client.get(url)
        tag = first.headers["etag"]
        again = await client.get(url, headers={"If-None-Match": tag})
    assert (first.status_code, again.status_code, len(first.json()["channels"])) == (200, 304, 1)
    return f"If-None-Match: {tag}"


def _wrk(wrk: Path, url: str, seconds: int, *headers: str) -> float:
    command = ["taskset", "-c", "1", str(wrk), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command += [part for header in headers for part in ("-H", header)]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise AssertionError(out)
    match = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert match is not None, out
    return float(match[1])


@contextlib.contextmanager
def _bare() -> Iterator[str]:
    port = free_port()
    process = Process(on_core(0, str(PYTHON), "-m", "tests.load.bare", str(port)), name="bare").start()
    process.wait_ready(lambda: accepts_connections(port))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
