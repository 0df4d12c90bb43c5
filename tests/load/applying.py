"""How fast one `dialogs` worker applies events: in batches as they gather, against one by one."""

import asyncio
import contextlib
import itertools
import statistics
import time
from collections.abc import Sequence
from uuid import UUID

from pydantic import SecretStr

from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.messaging.bus import InProcessBus, Letter
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.load.conversations import connect, letters
from tests.load.figures import Figure, compared
from tests.load.programs import NOBODY, SERVICE_KEY, start_postgres
from tests.support.signing import TestKeys

ROUNDS = 5
EVENTS = 1_000
ALONE = 100
BATCH = 200
PEOPLE = 500
GOAL = 3.0
PROJECT, INTEGRATION = UUID(int=1), UUID(int=2)


def measure(*, full: bool) -> list[Figure]:
    """Measure `apply_batched` on PostgreSQL with fsync."""
    return asyncio.run(_measure(ROUNDS * 2 if full else ROUNDS))


async def _measure(rounds: int) -> list[Figure]:
    numbers = itertools.count(1)
    with contextlib.ExitStack() as stack:
        service = _dialogs(start_postgres(stack).create_database("dialogs"))

        def written(count: int) -> list[Letter]:
            chosen = itertools.islice(numbers, count)
            place = {"project_id": PROJECT, "integration_id": INTEGRATION}
            return letters(service.world, chosen, people=PEOPLE, **place)

        async with running([service], service.bus):
            await connect(service, project_id=PROJECT, integration_id=INTEGRATION)
            await _apply(service, written(PEOPLE), BATCH)
            batched, alone = [], []
            for _ in range(rounds):
                batched.append(await _apply(service, written(EVENTS), BATCH))
                alone.append(await _apply(service, written(ALONE), 1))
    one_by_one = Figure("apply_one_by_one", round(statistics.median(alone), 1), "ev/s")
    return [compared("apply_batched", "ev/s", batched, alone, GOAL), one_by_one]


def _dialogs(url: str) -> Service:
    settings = DialogsSettings(
        database_url=url, service_key=SecretStr(SERVICE_KEY), integrations_url=NOBODY, accounts_url=NOBODY
    )
    return build(settings, World(), InProcessBus(), keys=TestKeys().source)


async def _apply(service: Service, written: Sequence[Letter], size: int) -> float:
    """Deliver in batches of a size. Returns events per second."""
    started = time.monotonic()
    for begin in range(0, len(written), size):
        await service.consumer.deliver(service.database, written[begin : begin + size])
    return len(written) / (time.monotonic() - started)
