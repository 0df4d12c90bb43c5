"""Reading the registry of integrations: to heal what no event told, and where a person waits."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel

from shared.database.engine import Database
from shared.http.access import Guard
from shared.http.client import HttpClient, Unreachable
from shared.http.registry import RegistryRow, read_registry
from widget_config.channels.actions import confirm, learn
from widget_config.channels.queries import versions_of
from widget_config.channels.rules import Description, Snapshot


class _Facts(BaseModel):
    project_id: UUID
    channel: str
    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    epoch: int
    version: int
    state: str


def _snapshot(integration_id: UUID, facts: _Facts | RegistryRow) -> Snapshot:
    return Snapshot(
        integration_id=integration_id,
        project_id=facts.project_id,
        channel=facts.channel,
        community_id=facts.community_id,
        epoch=facts.epoch,
        version=facts.version,
        state=facts.state,
        description=Description(facts.name, facts.screen_name, facts.avatar_url),
    )


class Registry:
    """Where the integrations service is, and the right to ask it."""

    def __init__(self, url: str, client: HttpClient, guard: Guard) -> None:
        self._url = url.rstrip("/")
        self._client = client
        self._guard = guard

    async def find(self, integration_id: UUID, *, token: str) -> Snapshot | None:
        """Return one integration as the token's owner may see it; None when unknown or out of reach."""
        url = f"{self._url}/api/v1/integrations/{integration_id}"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self._client.request("GET", url, headers=headers)
            if answer.status != HTTPStatus.OK:
                return None
            return _snapshot(integration_id, _Facts.model_validate_json(answer.body))
        except (Unreachable, ValueError):
            return None

    async def pages(self) -> AsyncIterator[list[Snapshot]]:
        """Yield all integrations there ever were, a page at a time. Raises TryLater."""
        async for rows in read_registry(self._client, self._guard, self._url):
            yield [_snapshot(row.integration_id, row) for row in rows]


async def reconcile(database: Database, registry: Registry) -> bool:
    """Read the whole registry, take over what is newer and confirm the rest. Raises TryLater."""
    async for snapshots in registry.pages():
        async with database.read() as session:
            known = await versions_of(session, [snapshot.integration_id for snapshot in snapshots])
        same = []
        for snapshot in snapshots:
            if snapshot.version > known.get(snapshot.integration_id, 0):
                async with database.write() as session:
                    await learn(session, snapshot)
            else:
                same.append(snapshot.integration_id)
        if same:
            async with database.write() as session:
                await confirm(session, same)
    return False
