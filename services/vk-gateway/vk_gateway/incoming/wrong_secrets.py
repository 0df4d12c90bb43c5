"""Callbacks with a wrong secret: somebody changed it at VK by hand, or guesses."""

from uuid import UUID

from sqlalchemy import update

from shared.database.engine import Database
from shared.runtime.loops import Loop
from vk_gateway.history.tables import Reception

EVERY_SECONDS = 10.0


class WrongSecrets:
    """Has our callback server at VK looked at soon, once in ten seconds at most for each community.

    Kept in memory only: the server is looked at now and then anyway.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._heard: set[UUID] = set()
        self._looked_at: dict[UUID, float] = {}
        self.loop = Loop("vk-gateway:wrong-secrets", self.step, interval_seconds=60.0, world=database.world)

    def hear(self, integration_id: UUID) -> None:
        """Take note of a callback that was refused."""
        now = self._database.world.monotonic()
        if now - self._looked_at.get(integration_id, -EVERY_SECONDS) >= EVERY_SECONDS:
            self._looked_at[integration_id] = now
            self._heard.add(integration_id)
            self.loop.wake()

    async def step(self) -> bool:
        """Ask for the looks."""
        heard, self._heard = self._heard, set()
        if heard:
            async with self._database.write() as session:
                await session.execute(
                    update(Reception)
                    .where(Reception.integration_id.in_(heard))
                    .values(next_watch_at=session.now)
                    .execution_options(synchronize_session=False)
                )
        return False
