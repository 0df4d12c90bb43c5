"""Healing lost events: the registry is read now and then, and what we missed is applied."""

from shared.database.engine import Database
from shared.database.session import Session
from shared.database.vault import Vault
from shared.http.access import Guard
from shared.http.client import HttpClient
from shared.http.registry import RegistryRow, read_registry
from vk_gateway.communities import actions

CHANNEL = "vk"


class Reconciler:
    """Compares our communities with the registry of `integrations`."""

    def __init__(
        self, database: Database, vault: Vault, guard: Guard, client: HttpClient, integrations_url: str
    ) -> None:
        self._database = database
        self._vault = vault
        self._guard = guard
        self._client = client
        self._url = integrations_url

    async def step(self) -> bool:
        """Read the whole registry, page by page. Raises TryLater when it cannot be read."""
        async for rows in read_registry(self._client, self._guard, self._url):
            async with self._database.write() as session:
                for row in rows:
                    if row.channel == CHANNEL:
                        await self._apply(session, row)
        return False

    async def _apply(self, session: Session, row: RegistryRow) -> None:
        integration_id, epoch, version = row.integration_id, row.epoch, row.version
        if row.deleted:
            await actions.follow_deleted(session, integration_id=integration_id, epoch=epoch, version=version)
            return
        if await actions.is_current(session, integration_id, epoch, row.connection_id):
            return
        await actions.follow_created(
            session,
            self._vault,
            integration_id=integration_id,
            project_id=row.project_id,
            community_id=row.community_id,
            connection_id=row.connection_id,
            epoch=epoch,
            version=version,
        )
