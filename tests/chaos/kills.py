"""`kill -9` at random moments, of everything that is ours; what was killed is started again at once."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import PostgresServer, RabbitServer
from tests.support.suite_shapes import Deployment, Embedded

READY_SECONDS = 90.0
EMULATOR = "vk_emulator"


@dataclass(frozen=True)
class Target:
    """Something to kill. `kill` returns when it is dead, `start` when it was started."""

    name: str
    kill: Callable[[], object]
    start: Callable[[], object]


@dataclass
class Killed:
    """One kill, and how long it took until everything was ready again."""

    name: str
    at: float
    down_seconds: float


# Targets of one lane die one after the other; lanes strike independently, so that two things can be down.
Lanes = Sequence[Sequence[Target]]


def lanes_of(deployment: Deployment, servers: Sequence[PostgresServer | RabbitServer]) -> Lanes:
    """Give what can be killed of a deployment."""
    if isinstance(deployment, Embedded):
        whole = Target("embedded", deployment.process.kill, deployment.process.start)
        child = Target(EMULATOR, lambda: _kill_child(deployment.process.pid), lambda: None)
        return [[whole, whole, child]]
    ours = [
        Target(name, program.kill, program.start)
        for name, program in deployment.processes.items()
        if name != "vk-emulator"
    ]
    below = [
        Target(type(server).__name__, server.kill, server.start) for server in servers if server.can_be_killed
    ]
    return [ours, below] if below else [ours]


async def kill_at_random(
    deployment: Deployment, lane: Sequence[Target], chance: random.Random, done: list[Killed], *, until: asyncio.Event
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
            await asyncio.to_thread(_wait_ready, deployment)
            done.append(Killed(target.name, at - began, time.monotonic() - at))


def _wait_ready(deployment: Deployment) -> None:
    """Ready means the programs that run; another lane may have just killed one, which it starts itself."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            deployment.wait_ready()
            return
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


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


