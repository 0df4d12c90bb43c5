"""Forgetting keys that nobody used, and what nobody will ask about any more; ending what was left open."""

from shared.database.engine import Database
from vk_gateway.connections.actions import expire_connections
from vk_gateway.outgoing.actions import forget_cancellations
from vk_gateway.outgoing.verifying import tell_unverified


class Tidying:
    """Erases old connections' keys and old cancellations, and tells of replies left unverified."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self) -> bool:
        """Erase what is too old. Never leaves work."""
        async with self._database.write() as session:
            await expire_connections(session)
            await forget_cancellations(session)
            await tell_unverified(session)
        return False
