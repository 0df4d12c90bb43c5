"""Forgetting keys that nobody used, and cancellations that nobody will ask about any more."""

from shared.database.engine import Database
from vk_gateway.communities.actions import expire_connections
from vk_gateway.outgoing.actions import forget_cancellations


class Tidying:
    """Erases the keys of old connections and old cancellations now and then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self) -> bool:
        """Erase what is too old. Never leaves work."""
        async with self._database.write() as session:
            await expire_connections(session)
            await forget_cancellations(session)
        return False
