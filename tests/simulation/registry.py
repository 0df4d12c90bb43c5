"""The real registry in simulated time: its consumer, its actions and its watch over a database of its own."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select

from integrations.health.actions import request_check
from integrations.health.rules import Limits
from integrations.health.watch import Watch
from integrations.registry.actions import Wish, connect
from integrations.registry.gateway import Community
from integrations.registry.queries import find_integration
from integrations.service import build
from integrations.settings import IntegrationsSettings
from integrations.tables import Integration
from shared.events.envelope import Envelope, Event
from shared.events.integrations import IntegrationCreated, IntegrationStateChanged
from shared.messaging.bus import InProcessBus, Letter
from shared.messaging.tables import outbox_table
from shared.runtime.service import Service
from shared.runtime.world import World
from tests.simulation.truth import Span, skew
from tests.support.signing import TestKeys

BEGINNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass
class SimulatedClock:
    """Time as a machine's clock tells it: `moment` is the truth, `wrong` by how much the clock errs when.

    `moments` remembers what was true when the clock said something.
    """

    wrong: list[tuple[Span, float]]
    moment: float = 0.0
    moments: dict[datetime, float] = field(default_factory=dict)

    def now(self) -> datetime:
        now = self.told(self.moment)
        self.moments[now] = self.moment
        return now

    def told(self, moment: float) -> datetime:
        return BEGINNING + timedelta(seconds=moment + skew(self.wrong, moment))

    def monotonic(self) -> float:
        return self.moment


@dataclass(frozen=True)
class Announced:
    """What the registry told the others of an integration, and when that really was."""

    moment: float
    integration_id: UUID
    state: str
    reason: str | None
    version: int


@dataclass
class SimulatedRegistry:
    """The service without its loops: what they do is done when the simulation says."""

    service: Service
    clock: SimulatedClock
    world: World
    limits: Limits
    _read: int = 0

    def letter(self, event: Event) -> Letter:
        """Put an event into an envelope, as the gateway's relay does."""
        envelope = Envelope(
            id=self.world.new_id(),
            type=event.type,
            occurred_at=self.clock.now(),
            payload=event.model_dump(mode="json"),
        )
        return Letter(envelope.id, envelope.type, envelope.model_dump_json().encode())

    async def deliver(self, letters: Sequence[Letter]) -> None:
        await self.service.consumer.deliver(self.service.database, letters)

    async def look(self) -> None:
        """Do what the loop does that watches `next_look_at`."""
        await Watch(self.service.database, self.limits).step()

    async def connect(self, project_id: UUID, *numbers: int) -> list[UUID]:
        """Let an administrator connect communities, or connect them again with other keys."""
        async with self.service.database.write() as session:
            made = []
            for number in numbers:
                community = Community(community_id=number, name=f"C{number}", screen_name=f"club{number}")
                wish = Wish(project_id, "vk", self.world.new_id(), community)
                made.append((await connect(session, wish)).id)
        return made

    async def ask(self, integration_id: UUID) -> UUID:
        """Let an administrator ask for a check; returns its number."""
        async with self.service.database.write() as session:
            integration = await find_integration(session, integration_id, lock=True)
            assert integration is not None
            return await request_check(session, integration)

    async def standing(self) -> dict[UUID, tuple[str, str | None, int]]:
        """How each integration is now."""
        async with self.service.database.read() as session:
            rows = (await session.scalars(select(Integration))).all()
        return {row.id: (row.state, row.reason, row.version) for row in rows}

    async def listen(self) -> list[Announced]:
        """Return what was announced since the last time."""
        columns = outbox_table.c
        chosen = (columns.position > self._read) & columns.type.in_(
            [IntegrationCreated.type, IntegrationStateChanged.type]
        )
        async with self.service.database.read() as session:
            query = select(outbox_table).where(chosen).order_by(columns.position)
            rows = (await session.execute(query)).all()
        announced = []
        for row in rows:
            self._read = row.position
            payload: dict[str, Any] = Envelope.from_bytes(row.body).payload
            announced.append(
                Announced(
                    self.clock.moments[row.created_at],
                    UUID(payload["integration_id"]),
                    payload["state"],
                    payload.get("reason"),
                    payload["version"],
                )
            )
        return announced


@asynccontextmanager
async def open_simulated(
    database_url: str, clock: SimulatedClock, chance: random.Random
) -> AsyncIterator[SimulatedRegistry]:
    """Assemble the service over a database that has been migrated."""
    world = World(clock, chance)
    settings = IntegrationsSettings(database_url=database_url, service_key=SecretStr("k" * 32))
    service = build(settings, world, InProcessBus(), keys=TestKeys().source)
    try:
        yield SimulatedRegistry(service, clock, world, settings.limits)
    finally:
        for step in service.closed:
            await step()
        await service.database.close()
