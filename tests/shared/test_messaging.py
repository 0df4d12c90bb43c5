"""Outbox, relay, bus, inbox, retries and parking, over both buses and both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, Text, insert, select

from shared.database.engine import Database
from shared.database.leases import hold_lease, still_held
from shared.database.session import Session
from shared.events.accounts import ProjectCreated
from shared.messaging.bus import Bus, InProcessBus, Letter
from shared.messaging.consumer import Consumer
from shared.messaging.outbox import Relay, count_waiting, publish_on_commit
from shared.messaging.parking import list_parked, replay
from shared.messaging.rabbit import RabbitBus
from shared.messaging.tables import delivery_table, outbox_table
from shared.runtime.tables import service_metadata
from shared.runtime.world import World
from tests.support.waiting import wait_until

seen_table = Table("seen", MetaData(), Column("name", Text))
PROJECT = UUID(int=7)


@dataclass
class Post:
    """A publisher and a reader (`dialogs`) of project_created, each with its own database."""

    speaker: Database
    reader: Database
    bus: Bus
    relay: Relay
    consumer: Consumer
    failing: set[str] = field(default_factory=set)

    async def say(self, *names: str) -> None:
        async with self.speaker.write() as session:
            events = [ProjectCreated(project_id=PROJECT, name=name) for name in names]
            await publish_on_commit(session, *events)

    async def seen(self) -> list[str]:
        async with self.reader.read() as session:
            return sorted((await session.execute(select(seen_table.c.name))).scalars())

    async def has_seen(self, *names: str) -> None:
        async def complete() -> bool:
            return await self.seen() == sorted(names)

        await wait_until(complete, describe=f"seen {names}")


@pytest.fixture(params=["sqlite-inprocess", "postgresql-rabbitmq"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    world = World()
    if request.param == "sqlite-inprocess":
        urls = [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("speaker", "reader")]
        bus: Bus = InProcessBus()
    else:
        url = request.getfixturevalue("postgres_database")
        urls = [url, url]
        bus = RabbitBus(request.getfixturevalue("rabbit_vhost"), world)
    async with _post(urls, bus, world) as made:
        yield made


@asynccontextmanager
async def _post(urls: list[str], bus: Bus, world: World) -> AsyncIterator[Post]:
    speaker, reader = (Database(url, world) for url in urls)
    metadata = service_metadata()
    seen_table.to_metadata(metadata)
    for database in {str(speaker.url): speaker, str(reader.url): reader}.values():
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
    consumer = Consumer("dialogs")
    relay = Relay("accounts", speaker, bus, holder="test")
    made = Post(speaker, reader, bus, relay, consumer)

    @consumer.on(ProjectCreated)
    async def remember(event: ProjectCreated, session: Session) -> None:
        if event.name in made.failing:
            raise RuntimeError(f"cannot take {event.name}")
        await session.execute(insert(seen_table).values(name=event.name))

    async def bury(letter: Letter) -> None:
        await consumer.park(reader, letter, "dead")

    await bus.subscribe("dialogs", lambda letters: consumer.deliver(reader, letters), bury)
    await bus.open()

    async def connected() -> bool:
        return bus.is_open

    await wait_until(connected, describe="the bus is open")
    try:
        yield made
    finally:
        await bus.close()
        await speaker.close()
        await reader.close()


async def test_committed_events_arrive_once_however_often_they_are_published(post: Post) -> None:
    await post.say("a", "b")
    await post.relay.step()
    await post.has_seen("a", "b")
    async with post.speaker.write() as session:
        assert await count_waiting(session) == 0
        await session.execute(outbox_table.update().values(published_at=None))

    await post.relay.step()
    await post.say("c")
    await post.relay.step()

    await post.has_seen("a", "b", "c")


async def test_a_rolled_back_event_is_never_published(post: Post) -> None:
    with pytest.raises(RuntimeError):
        async with post.speaker.write() as session:
            await publish_on_commit(session, ProjectCreated(project_id=PROJECT, name="ghost"))
            raise RuntimeError("changed my mind")
    await post.say("real")

    await post.relay.step()

    await post.has_seen("real")


async def test_a_bad_event_leaves_its_neighbours_alone_and_is_parked_and_replayed(post: Post) -> None:
    post.failing.add("bad")
    await post.say("one", "bad", "two")
    await post.relay.step()
    await post.has_seen("one", "two")

    async def parked() -> bool:
        async with post.reader.write() as session:
            await session.execute(delivery_table.update().values(next_attempt_at=session.now))
        await post.consumer.retry(post.reader)
        async with post.reader.read() as session:
            return bool(await list_parked(session))

    await wait_until(parked, describe="the bad event is parked")
    post.failing.clear()
    async with post.reader.write() as session:
        assert await replay(session) == 1
    await post.consumer.retry(post.reader)

    await post.has_seen("one", "two", "bad")


async def test_a_lease_has_one_holder_and_a_growing_fence(post: Post) -> None:
    async with post.speaker.write() as session:
        first = await hold_lease(session, "community", holder="a", seconds=0.05)
    assert first is not None
    async with post.speaker.write() as session:
        assert await hold_lease(session, "community", holder="b", seconds=5) is None

    async def taken() -> bool:
        async with post.speaker.write() as session:
            return await hold_lease(session, "community", holder="b", seconds=5) is not None

    await wait_until(taken, describe="the lease ended")
    async with post.speaker.write() as session:
        assert not await still_held(session, first)


async def test_sixteen_writers_with_slow_transactions_lose_no_event(post: Post) -> None:
    names = [f"{writer}-{turn}" for writer in range(16) for turn in range(5)]

    async def write(writer: int) -> None:
        for turn in range(5):
            async with post.speaker.write() as session:
                event = ProjectCreated(project_id=PROJECT, name=f"{writer}-{turn}")
                await publish_on_commit(session, event)
                await asyncio.sleep(0.001 * (writer % 4))

    writing = asyncio.gather(*(write(writer) for writer in range(16)))
    while not writing.done():
        await post.relay.step()
    await writing
    await post.relay.step()

    await post.has_seen(*names)
