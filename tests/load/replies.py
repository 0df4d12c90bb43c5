"""Replies of one community under VK's strict 20 requests a second: many in a call, against one in a call.

The gateway runs in this process with SQLite, callbacks and all; VK is the emulator's own process. Half of the
dialogs have one reply waiting, the others several, so that the order is at stake.
"""

import asyncio
import contextlib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
from sqlalchemy import func, select

from shared.events.dialogs import ReplyRequested
from shared.messaging.tables import outbox_table
from tests.load.figures import Figure
from tests.services.vk_gateway.conftest import PYTHON, Emulator, Gateway, Linked, a_gateway
from tests.support.process import Process
from tests.support.signing import TestKeys
from tests.support.waiting import accepts_connections, free_port, wait_until
from vk_gateway.tables import OutgoingState, Profile

REPLIES = 1000
DIALOGS = 400
# What one call for each reply reaches is VK's limit; some seconds of it tell.
BASELINE = 100
ROUNDS = 3
WRITING_AT_ONCE = 20
GOAL_PER_SECOND = 300.0
LIMIT_REACHED = "6"


def measure(*, full: bool) -> list[Figure]:
    """Measure `replies_execute`; raises when an order was broken or VK's limit was met."""
    return asyncio.run(_measure(ROUNDS * 3 if full else ROUNDS))


async def _measure(rounds: int) -> list[Figure]:
    ours, baseline = [], []
    async with _emulator() as vk:
        for _ in range(rounds):
            baseline.append(await _one_in_a_call(vk))
            ours.append(await _in_bursts(vk))
    spread = round((max(ours) - min(ours)) / 2, 1)
    return [
        Figure(
            "replies_execute",
            round(statistics.median(ours), 1),
            "msg/s",
            goal=GOAL_PER_SECOND,
            spread=spread,
        ),
        Figure("replies_one_in_a_call", round(statistics.median(baseline), 1), "msg/s"),
    ]


@contextlib.asynccontextmanager
async def _emulator() -> AsyncIterator[Emulator]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {"EMULATOR_PORT": str(port), "EMULATOR_DATA": folder}
        process = Process([PYTHON, "-m", "vk_emulator"], name="emulator-for-replies", env=env).start()
        try:
            process.wait_ready(lambda: accepts_connections(port))
            async with httpx.AsyncClient(timeout=30) as http:
                yield Emulator(f"http://127.0.0.1:{port}", http)
        finally:
            process.kill()


async def _one_in_a_call(vk: Emulator) -> float:
    """Send as most clients do: messages.send for each reply, the next as soon as VK's limit lets it."""
    community = await vk.community()
    past = {"dialogs": DIALOGS, "messages_each": 1, "days": 1}
    people = (await vk.call("POST", f"/communities/{community['id']}/history", json=past))["user_ids"]
    started = time.monotonic()
    for number in range(BASELINE):
        form = {"peer_ids": people[number % DIALOGS], "random_id": number + 1, "message": "Здравствуйте!"}
        form |= {"v": "5.199", "access_token": community["key"]}
        while "error" in (await vk.http.post(f"{vk.url}/method/messages.send", data=form)).json():
            await asyncio.sleep(0.05)
    return BASELINE / (time.monotonic() - started)


async def _in_bursts(vk: Emulator) -> float:
    with tempfile.TemporaryDirectory() as folder:
        database_url = f"sqlite+aiosqlite:///{folder}/vk-gateway.db"
        async with a_gateway(database_url, vk, TestKeys(), vk_timeout_seconds=10.0) as gateway:
            linked = await gateway.connect()
            people = await _known_people(gateway, linked)
            # Half of the people get one reply each, the others share the rest.
            few = people[: DIALOGS // 2]
            order = [*few, *(people[DIALOGS // 2 + n % (DIALOGS // 2)] for n in range(REPLIES - len(few)))]
            requests = [gateway.request(linked, user, f"Ответ № {n}") for n, user in enumerate(order)]
            # Queued by one transaction; nothing is sent before its end.
            await gateway.hear(*requests)
            started = time.monotonic()
            await _all_sent(gateway)
            seconds = time.monotonic() - started
            await _check(gateway, linked, requests)
            return REPLIES / seconds


async def _known_people(gateway: Gateway, linked: Linked) -> list[int]:
    """Have people write, and wait until the gateway has nothing more to do about it."""
    people = list(range(1_000_000, 1_000_000 + DIALOGS))
    for first in range(0, DIALOGS, WRITING_AT_ONCE):
        some = people[first : first + WRITING_AT_ONCE]
        await asyncio.gather(
            *(gateway.vk.user_writes(linked.community_id, user, "Здравствуйте") for user in some)
        )
    known = select(func.count()).where(Profile.name.is_not(None))
    waiting = select(func.count()).where(outbox_table.c.published_at.is_(None))

    async def quiet() -> bool:
        async with gateway.service.database.read() as session:
            told = (await session.execute(known)).scalar_one() >= DIALOGS
            return told and (await session.execute(waiting)).scalar_one() == 0

    await wait_until(quiet, 120, describe="everybody is known")
    return people


async def _all_sent(gateway: Gateway) -> None:
    # Past the service: a session of its own for each look would be a part of what is measured.
    query = f"SELECT count(*) FROM outgoing WHERE state = '{OutgoingState.SENT}'"
    with contextlib.closing(sqlite3.connect(str(gateway.service.database.url.database))) as database:
        await wait_until(
            lambda: database.execute(query).fetchone()[0] == REPLIES,
            60,
            describe=f"{REPLIES} replies are sent",
        )


async def _check(gateway: Gateway, linked: Linked, requests: list[ReplyRequested]) -> None:
    wanted: dict[int, list[str]] = {}
    for request in requests:
        wanted.setdefault(int(request.external_id), []).append(request.text)
    for user, texts in wanted.items():
        sent = [
            text for text in await gateway.vk.sent(linked.community_id, user) if text.startswith("Ответ №")
        ]
        if sent != texts:
            raise AssertionError(f"dialog {user}: {sent} instead of {texts}")
    calls: list[dict[str, Any]] = (await gateway.vk.call("GET", f"/communities/{linked.community_id}/calls"))[
        "items"
    ]
    limited = [call for call in calls if LIMIT_REACHED in {str(code) for code in call["errors"]}]
    if limited:
        raise AssertionError(f"VK's limit was met: {limited}")
