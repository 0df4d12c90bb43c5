"""`kill -9` at random moments, of everything that is ours; what was killed is started again at once."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.servers import PostgresServer, RabbitServer
from tests.support.suite.shapes import SERVICES, Deployment, Distributed, Embedded
from tests.support.waiting import wait_blocking

READY_SECONDS = 120.0
EMULATOR = "vk_emulator"


@dataclass(frozen=True)
class Target:
    """Something to kill. `kill` returns when it is dead, `start` when it was started.

    `is_alive` and `url` are None where `start` returns only when all is well.
    """

    name: str
    kill: Callable[[], object]
    start: Callable[[], object]
    is_alive: Callable[[], bool] | None = None
    url: str | None = None


@dataclass
class Killed:
    """One kill, and how long it took until what was killed was ready again."""

    name: str
    at: float
    down_seconds: float


# Targets of one lane die one after the other; lanes strike independently, so that two things can be down.
Lanes = Sequence[Sequence[Target]]


def lanes_of(deployment: Deployment, servers: Sequence[PostgresServer | RabbitServer]) -> Lanes:
    """Give what can be killed of a deployment."""
    if isinstance(deployment, Embedded):
        process = deployment.process
        whole = Target("embedded", process.kill, process.start, process.is_alive, deployment.url)
        child = Target(EMULATOR, lambda: _kill_child(process.pid), lambda: None, url=deployment.emulator_url)
        return [[whole, whole, child]]
    assert isinstance(deployment, Distributed)
    ours = {
        name: Target(
            name,
            program.kill,
            program.start,
            *((program.is_alive, deployment.service_url(name)) if name in SERVICES else ()),
        )
        for name, program in deployment.processes.items()
    }
    del ours["vk-emulator"]  # that is VK
    # What carries every message dies most often.
    carrying = [ours.pop(name) for name in ("vk-gateway", "dialogs")]
    below = [
        Target(type(server).__name__, server.kill, server.start) for server in servers if server.can_be_killed
    ]
    return [lane for lane in (carrying, list(ours.values()), below) if lane]


async def kill_at_random(
    lane: Sequence[Target], chance: random.Random, done: list[Killed], *, until: asyncio.Event
) -> None:
    """Kill each target in turn, in a new random order every time round, with random pauses."""
    began = time.monotonic()
    while not until.is_set():
        for target in chance.sample(lane, len(lane)):
            await _pause(chance.uniform(0.3, 4.0), until)
            if until.is_set():
                return
            at = time.monotonic()
            await asyncio.to_thread(target.kill)
            await asyncio.to_thread(target.start)
            await asyncio.to_thread(_wait_ready, target)
            done.append(Killed(target.name, at - began, time.monotonic() - at))


def _wait_ready(target: Target) -> None:
    """Wait for its health; what could not start, because another lane holds something down, starts again."""

    def ready() -> bool:
        if target.is_alive is not None and not target.is_alive():
            target.start()
        return target.url is None or _answers(target.url)

    wait_blocking(ready, READY_SECONDS, f"{target.name} ready")


def _answers(url: str) -> bool:
    try:
        # Unverified, because reading the machine's certificates each time costs more than the question.
        answer = httpx.get(f"{url}/health/ready", timeout=5, trust_env=False, verify=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


async def _pause(seconds: float, until: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(until.wait(), seconds)
    except TimeoutError:
        return


def _kill_child(parent: int) -> None:
    """Kill the emulator, a child of the embedded process; its parent starts it again."""
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split():
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        if EMULATOR.encode() in command:
            os.kill(int(child), signal.SIGKILL)
