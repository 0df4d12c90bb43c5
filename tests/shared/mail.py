"""A publisher and a reader with databases of their own, over either bus."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, Text, insert, select

from shared.database.engine import Database
from shared.database.session import Session
from shared.events.accounts import ProjectCreated
from shared.messaging.bus import Bus, Letter
from shared.messaging.consumer import Consumer
from shared.messaging.outbox import Relay, publish_on_commit
from shared.messaging.tables import delivery_table
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
    deadly: set[str] = field(default_factory=set)
    deaf_graveyard: int = 0
    refusals: int = 0

    async def deliver(self, letters: Sequence[Letter]) -> None:
        try:
            await self.consumer.deliver(self.reader, letters)
        except Exception:
            self.refusals += 1
            raise

    async def bury(self, letter: Letter) -> None:
        if self.deaf_graveyard > 0:
            self.deaf_graveyard -= 1
            raise ConnectionError("the database is away")
        await self.consumer.bury(self.reader, letter)

    async def say(self, *names: str) -> None:
        async with self.speaker.write() as session:
            events = [ProjectCreated(project_id=PROJECT, name=name) for name in names]
            await publish_on_commit(session, *events)

    async def make_due(self) -> None:
        """Let the time come for the next try of everything that waits for one."""
        async with self.reader.write() as session:
            waiting = delivery_table.c.next_attempt_at.is_not(None)
            await session.execute(delivery_table.update().where(waiting).values(next_attempt_at=session.now))

    async def seen(self) -> list[str]:
        async with self.reader.read() as session:
            return sorted((await session.execute(select(seen_table.c.name))).scalars())

    async def has_seen(self, *names: str) -> None:
        async def complete() -> bool:
            return await self.seen() == sorted(names)

        await wait_until(complete, describe=f"seen {names}")


@asynccontextmanager
async def opened_post(
    urls: list[str], bus: Bus, world: World, *, listening: bool = True
) -> AsyncIterator[Post]:
    """A post by two databases, which may be the same one; not listening, the reader has never run."""
    speaker, reader = (Database(url, world) for url in urls)
    metadata = service_metadata()
    seen_table.to_metadata(metadata)
    for database in {speaker.url.database: speaker, reader.url.database: reader}.values():
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
    consumer = Consumer("dialogs")
    relay = Relay("accounts", speaker, bus, holder="test", behind_after=timedelta())
    made = Post(speaker, reader, bus, relay, consumer)

    @consumer.on(ProjectCreated)
    async def remember(event: ProjectCreated, session: Session) -> None:
        if event.name in made.failing:
            raise RuntimeError(f"cannot take {event.name}")
        if event.name in made.deadly:
            raise SystemExit("killed")
        await session.execute(insert(seen_table).values(name=event.name))

    if listening:
        await bus.subscribe("dialogs", made.deliver, made.bury)
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
