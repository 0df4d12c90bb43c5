"""Importing what was written before a connect: the embedded process on one core, VK's emulator on the other.

VK takes 20 requests a second of a community and gives at most 200 messages for a call of messages.getHistory:
4,000 messages a second are what that allows. `import` is how many messages a second are in their dialogs, to
be read and found, from the first to the last, over these 4,000. `import_request` says how full requests are:
messages over all requests that the import made, lists of dialogs among them, against 200 (with `execute` one
request makes many calls). `import_small` is the same import when people wrote once or twice only.

`import_live_p99` is how long live messages of another community take to an open feed beside an import, over
how long they take without one.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any

import httpx

from tests.load.backfill import LIVE_RATE, PEOPLE, Heard, p99, write_live
from tests.load.demo import Demo, embedded_demo
from tests.load.embedded import family
from tests.load.figures import Figure
from tests.load.listening import Listener
from tests.support.waiting import wait_until

VK_PER_SECOND, VK_PER_CALL = 20, 200
GOAL = 0.8
GOAL_LIVE = 2.0
LARGE = {"dialogs": 30, "messages_each": 700, "days": 365}
SMALL = {"dialogs": 1_000, "messages_each": 2, "days": 365}
BESIDE = {"dialogs": 60, "messages_each": 200, "days": 365}
SECONDS = 15
PARTS = ("import_request", "import_small", "import_live_p99", "import_live_p99_without")


@dataclass(frozen=True)
class _Imported:
    """What an import came to."""

    messages: int
    seconds: float
    requests: int


def measure(*, full: bool) -> list[Figure]:
    """Measure `import`."""
    return asyncio.run(_measure(3 if full else 1))


async def _measure(times: int) -> list[Figure]:
    async with embedded_demo() as demo, httpx.AsyncClient(trust_env=False, timeout=120) as http:
        for pid in family(demo.process.pid)[1:]:
            os.sched_setaffinity(pid, {1 % (os.cpu_count() or 1)})
        free = [one for one in await _communities(demo, http) if one["id"] != demo.door.group_id]
        large = await _import(demo, http, free[0], LARGE | {"dialogs": LARGE["dialogs"] * times})
        small = await _import(demo, http, free[1], SMALL)
        live = await _beside(demo, http)
    ceiling = VK_PER_SECOND * VK_PER_CALL
    rate = large.messages / large.seconds
    each = large.messages / large.requests
    return [
        Figure("import", round(rate, 1), "msg/s", GOAL, ratio=round(rate / ceiling, 3)),
        Figure("import_request", round(each, 1), "msg", GOAL, ratio=round(each / VK_PER_CALL, 3)),
        Figure("import_small", round(small.messages / small.seconds, 1), "msg/s"),
        *live,
    ]


async def _communities(demo: Demo, http: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await http.get(f"{demo.emulator_url}/emulator/v1/communities")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _import(
    demo: Demo, http: httpx.AsyncClient, community: dict[str, Any], past: dict[str, int]
) -> _Imported:
    """Connect a community with a past, and wait until all of it is there."""
    base = f"{demo.emulator_url}/emulator/v1/communities/{community['id']}"
    made = (await http.post(f"{base}/history", json=past)).raise_for_status().json()
    integration_id = await _connect(demo, http, community)
    before = await _requests(http, base)
    started = time.monotonic()

    async def moves() -> bool:
        nonlocal before, started
        before, started = await _requests(http, base), time.monotonic()
        return await _asked_for_history(http, base)

    await wait_until(moves, 60, describe="the import has begun")
    await _done(demo, http, integration_id)
    seconds = time.monotonic() - started
    found = await _progress(demo, http, integration_id)
    assert found["messages_done"] == made["messages"], found
    return _Imported(made["messages"], seconds, await _requests(http, base) - before)


async def _connect(demo: Demo, http: httpx.AsyncClient, community: dict[str, Any]) -> str:
    key = {"project_id": demo.project_id, "method": "key", "key": community["key"]}
    connection = await http.post(f"{demo.door.url}/api/v1/vk/connections", json=key, headers=_bearer(demo))
    connection.raise_for_status()
    wanted = {"project_id": demo.project_id, "channel": "vk", "history": "all"}
    wanted |= {"connection_id": connection.json()["id"], "community_id": community["id"]}
    url = f"{demo.door.url}/api/v1/integrations"
    answer = (await http.post(url, json=wanted, headers=_bearer(demo))).raise_for_status()
    return str(answer.json()["id"])


async def _progress(demo: Demo, http: httpx.AsyncClient, integration_id: str) -> dict[str, Any]:
    url = f"{demo.door.url}/api/v1/integrations/{integration_id}"
    found: dict[str, Any] = (await http.get(url, headers=_bearer(demo))).json()["history_import"]
    return found


async def _done(demo: Demo, http: httpx.AsyncClient, integration_id: str) -> None:
    async def is_done() -> bool:
        await asyncio.sleep(0.1)
        return bool((await _progress(demo, http, integration_id))["state"] == "done")

    await wait_until(is_done, 280, describe="the import has ended")


def _bearer(demo: Demo) -> dict[str, str]:
    return {"Authorization": f"Bearer {demo.token}"}


async def _calls(http: httpx.AsyncClient, base: str) -> dict[str, int]:
    items = (await http.get(f"{base}/calls")).json()["items"]
    return {item["method"]: item["count"] for item in items}


async def _asked_for_history(http: httpx.AsyncClient, base: str) -> bool:
    return "messages.getHistory" in await _calls(http, base)


async def _requests(http: httpx.AsyncClient, base: str) -> int:
    """How many requests an import can have made: calls inside `execute` are counted by themselves too."""
    calls = await _calls(http, base)
    return calls.get("execute", 0) + calls.get("messages.getConversations", 0)


async def _beside(demo: Demo, http: httpx.AsyncClient) -> list[Figure]:
    """Let people write to the demo's community, without an import and beside that of another one."""
    heard = Heard()
    listener = Listener(heard.take)
    await listener.open(demo.door.url, demo.project_id, demo.token)
    try:
        # The first look at each person costs a name and a picture.
        await write_live(demo, http, heard, range(PEOPLE))
        quiet = await write_live(demo, http, heard, range(1_000, 1_000 + LIVE_RATE * SECONDS))
        base = f"{demo.emulator_url}/emulator/v1/communities"
        community = (await http.post(base, json={"name": "Вчерашняя"})).raise_for_status().json()
        (await http.post(f"{base}/{community['id']}/history", json=BESIDE)).raise_for_status()
        await _connect(demo, http, community)
        await wait_until(
            lambda: _asked_for_history(http, f"{base}/{community['id']}"), 60, describe="the import has begun"
        )
        beside = await write_live(demo, http, heard, range(10_000, 10_000 + LIVE_RATE * SECONDS))
    finally:
        await listener.close()
    ratio = round(p99(beside) / p99(quiet), 2)
    return [
        Figure("import_live_p99", p99(beside), "ms", GOAL_LIVE, ratio=ratio, at_most=True),
        Figure("import_live_p99_without", p99(quiet), "ms"),
    ]
