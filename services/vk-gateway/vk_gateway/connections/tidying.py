"""Forgetting keys that nobody used."""

from shared.database.engine import Database
from vk_gateway.communities.actions import expire_connections


class Tidying:
    """Erases the keys of old connections now and then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self) -> bool:
        """Erase what is older than a day. Never leaves work."""
        async with self._database.write() as session:
            await expire_connections(session)
        return False
