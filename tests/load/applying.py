"""How fast one `dialogs` worker applies events: in batches as they gather, against one by one."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from uuid import UUID

from pydantic import SecretStr

from dialogs.consumers import snapshot_of
from dialogs.registry.actions import Names
from dialogs.registry.follow import learn_and_release
from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.events.channel import MessageReceived
from shared.events.envelope import Envelope
from shared.events.integrations import IntegrationCreated
from shared.messaging.bus import InProcessBus, Letter
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.load.figures import Figure, compared
from tests.load.programs import SERVICE_KEY, start_postgres
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
    world = World()
    with contextlib.ExitStack() as stack:
        url = start_postgres(stack).create_database("dialogs")
        settings = DialogsSettings(database_url=url, service_key=SecretStr(SERVICE_KEY))
        bus = InProcessBus()
        service = build(settings, world, bus, keys=TestKeys().source)
        async with running([service], bus):
            await _connect(service)
            numbers = iter(range(1, 1_000_000))
            await _apply(service, _letters(world, [next(numbers) for _ in range(PEOPLE)]), BATCH)
            batched, alone = [], []
            for _ in range(rounds):
                many = _letters(world, [next(numbers) for _ in range(EVENTS)])
                few = _letters(world, [next(numbers) for _ in range(ALONE)])
                batched.append(await _apply(service, many, BATCH))
                alone.append(await _apply(service, few, 1))
    one_by_one = Figure("apply_one_by_one", round(sorted(alone)[len(alone) // 2], 1), "ev/s")
    return [compared("apply_batched", "ev/s", batched, alone, GOAL), one_by_one]


async def _connect(service: Service) -> None:
    event = IntegrationCreated(
        project_id=PROJECT,
        integration_id=INTEGRATION,
        channel="vk",
        community_id=1,
        epoch=1,
        version=1,
        connection_id=service.world.new_id(),
        name="Бумажный журавль",
        screen_name="paper_crane",
        state="active",
    )
    async with service.database.write() as session:
        names = Names(event.name, event.screen_name, event.avatar_url)
        await learn_and_release(session, snapshot_of(event, event.state, names=names))


def _letters(world: World, numbers: Sequence[int]) -> list[Letter]:
    return [_letter(world, number) for number in numbers]


def _letter(world: World, number: int) -> Letter:
    event = MessageReceived(
        project_id=PROJECT,
        integration_id=INTEGRATION,
        epoch=1,
        external_id=str(1 + number % PEOPLE),
        conversation_message_id=number,
        text=f"Здравствуйте! Где мой заказ №{number}?",
        sent_at=world.now(),
    )
    envelope = Envelope(
        id=world.new_id(),
        type=event.type,
        occurred_at=world.now(),
        correlation_id=f"bench-{number}",
        payload=event.model_dump(mode="json"),
    )
    return Letter(envelope.id, event.type, envelope.model_dump_json().encode())


async def _apply(service: Service, letters: Sequence[Letter], size: int) -> float:
    """Deliver in batches of a size. Returns events per second."""
    started = time.monotonic()
    for begin in range(0, len(letters), size):
        await service.consumer.deliver(service.database, letters[begin : begin + size])
    return len(letters) / (time.monotonic() - started)
