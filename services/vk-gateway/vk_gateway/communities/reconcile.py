"""Healing lost events: the registry is read now and then, and what we missed is applied."""

from typing import Any
from uuid import UUID

from shared.database.engine import Database
from shared.database.vault import Vault
from shared.http.access import Guard
from shared.http.client import HttpClient, Unreachable
from vk_gateway.communities import actions

PAGE = 100
CHANNEL = "vk"
HTTP_OK = 200


class Reconciler:
    """Compares our communities with the registry of `integrations`."""

    def __init__(
        self, database: Database, vault: Vault, guard: Guard, client: HttpClient, integrations_url: str
    ) -> None:
        self._database = database
        self._vault = vault
        self._guard = guard
        self._client = client
        self._url = f"{integrations_url.rstrip('/')}/api/v1/integrations/registry"

    async def step(self) -> bool:
        """Read the whole registry, page by page. Raises Unreachable when it cannot be read."""
        cursor: str | None = None
        while True:
            page = await self._page(cursor)
            async with self._database.write() as session:
                for row in page["items"]:
                    if row["channel"] == CHANNEL:
                        await self._apply(session, row)
            cursor = page["next_cursor"]
            if cursor is None:
                return False

    async def _page(self, cursor: str | None) -> Any:
        parameters: dict[str, str | int] = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
        headers = {"Authorization": f"Bearer {self._guard.service_token('integrations')}"}
        answer = await self._client.request("GET", self._url, headers=headers, params=parameters)
        if answer.status != HTTP_OK:
            raise Unreachable(f"HTTP {answer.status}", sent=True)
        return answer.json()

    async def _apply(self, session: Any, row: dict[str, Any]) -> None:
        integration_id, epoch, version = UUID(row["integration_id"]), row["epoch"], row["version"]
        if row["deleted"]:
            await actions.follow_deleted(session, integration_id=integration_id, epoch=epoch, version=version)
            return
        if await actions.is_current(session, integration_id, epoch, UUID(row["connection_id"])):
            return
        await actions.follow_created(
            session,
            self._vault,
            integration_id=integration_id,
            project_id=UUID(row["project_id"]),
            community_id=row["community_id"],
            connection_id=UUID(row["connection_id"]),
            epoch=epoch,
            version=version,
        )
