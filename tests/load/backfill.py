"""Restoring what an outage left in VK's history, while people write: the embedded process and the emulator.

The past is made without events, as if nobody had listened; a sweep finds it. Live messages go the whole way
from VK's user to an open live feed, once without and once beside the restoring.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field

import httpx

from tests.load.demo import Demo, embedded_demo
from tests.load.figures import Figure
from tests.load.listening import Listener
from tests.support.waiting import wait_until

GOAL_PER_SECOND = 80.0
GOAL_RATIO = 2.0
LIVE_RATE = 10
SECONDS = 20
DIALOGS, MESSAGES_EACH = 300, 15
PEOPLE = 50
FIRST_PERSON = 900_001
MARK = "живое №"
SWEEP_SECONDS = "2"


@dataclass
class Heard:
    """Monotonic seconds at which live messages and restored ones came to the feed."""

    live: dict[int, float] = field(default_factory=dict)
    restored: list[float] = field(default_factory=list)

    def take(self, change: bytes) -> None:
        """Note a change that brings a message."""
        document = json.loads(change)
        if document["kind"] != "message_changed":
            return
        text = document["message"]["text"]
        if text.startswith(MARK):
            self.live.setdefault(int(text.removeprefix(MARK)), time.monotonic())
        else:
            self.restored.append(time.monotonic())


def measure(*, full: bool) -> list[Figure]:
    """Measure `backfill`."""
    return asyncio.run(_measure(SECONDS * 3 if full else SECONDS))


async def _measure(seconds: int) -> list[Figure]:
    env = {"VK_GATEWAY_SWEEP_SECONDS": SWEEP_SECONDS}
    async with embedded_demo(env=env) as demo, httpx.AsyncClient(trust_env=False, timeout=60) as vk:
        heard = Heard()
        listener = Listener(heard.take)
        await listener.open(demo.door.url, demo.project_id, demo.token)
        try:
            # The first look at each person costs a name and a picture.
            await write_live(demo, vk, heard, range(PEOPLE))
            quiet = await write_live(demo, vk, heard, range(1_000, 1_000 + LIVE_RATE * seconds))
            past = {"dialogs": DIALOGS * seconds // SECONDS, "messages_each": MESSAGES_EACH, "days": 1}
            made = (await vk.post(f"{_community(demo)}/history", json=past)).raise_for_status().json()
            await wait_until(lambda: heard.restored, 60, describe="the first message is restored")
            beside = await write_live(demo, vk, heard, range(10_000, 10_000 + LIVE_RATE * seconds))
            count = int(made["messages"])
            await wait_until(lambda: len(heard.restored) >= count, 300, describe="all is restored")
        finally:
            await listener.close()
    took = heard.restored[count - 1] - heard.restored[0]
    ratio = round(p99(beside) / p99(quiet), 2)
    return [
        Figure("backfill", round(count / took, 1), "msg/s", GOAL_PER_SECOND),
        Figure("backfill_live_p99", p99(beside), "ms", GOAL_RATIO, ratio=ratio, at_most=True),
        Figure("backfill_live_p99_without", p99(quiet), "ms"),
    ]


async def write_live(demo: Demo, vk: httpx.AsyncClient, heard: Heard, numbers: range) -> list[float]:
    """Let people write at a steady rate; return the milliseconds until each message was on the feed."""
    due = {number: time.monotonic() + (number - numbers.start) / LIVE_RATE for number in numbers}

    async def write(number: int) -> None:
        await asyncio.sleep(max(0.0, due[number] - time.monotonic()))
        user = FIRST_PERSON + number % PEOPLE
        url = f"{_community(demo)}/users/{user}/messages"
        (await vk.post(url, json={"text": f"{MARK}{number}"})).raise_for_status()

    await asyncio.gather(*(write(number) for number in numbers))
    await wait_until(lambda: set(numbers) <= heard.live.keys(), 60, describe="live messages are on the feed")
    return sorted(1000 * (heard.live[number] - due[number]) for number in numbers)


def _community(demo: Demo) -> str:
    return f"{demo.emulator_url}/emulator/v1/communities/{demo.door.group_id}"


def p99(ordered: list[float]) -> float:
    """Return what 99 of 100 are not above."""
    return round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1)
