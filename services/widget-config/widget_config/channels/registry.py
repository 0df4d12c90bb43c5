"""Reading the registry of integrations: to heal what no event told, and where a person waits."""

from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel

from shared.database.engine import Database
from shared.http.access import Guard
from shared.http.client import HttpClient, Unreachable
from widget_config.channels.actions import learn
from widget_config.channels.queries import versions_of
from widget_config.channels.rules import Description, Snapshot

PAGE_SIZE = 100


class RegistryUnavailable(Exception):
    """The registry gave no usable answer; asking again later is all there is to do."""


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

    def snapshot(self, integration_id: UUID) -> Snapshot:
        return Snapshot(
            integration_id=integration_id,
            project_id=self.project_id,
            channel=self.channel,
            community_id=self.community_id,
            epoch=self.epoch,
            version=self.version,
            state=self.state,
            description=Description(self.name, self.screen_name, self.avatar_url),
        )


class _Item(_Facts):
    integration_id: UUID


class _Page(BaseModel):
    items: list[_Item]
    next_cursor: str | None


class Registry:
    """Where the integrations service is, and the right to ask it."""

    def __init__(self, url: str, client: HttpClient, guard: Guard) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/integrations"
        self._client = client
        self._guard = guard

    async def find(self, integration_id: UUID, *, token: str) -> Snapshot | None:
        """Return one integration as the token's owner may see it; None when unknown or out of reach."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self._client.request("GET", f"{self._url}/{integration_id}", headers=headers)
            if answer.status != HTTPStatus.OK:
                return None
            return _Facts.model_validate_json(answer.body).snapshot(integration_id)
        except (Unreachable, ValueError):
            return None

    async def page(self, cursor: str | None) -> tuple[list[Snapshot], str | None]:
        """Return a page of all integrations ever, and the next cursor. Raises RegistryUnavailable."""
        headers = {"Authorization": f"Bearer {self._guard.service_token('integrations')}"}
        params: dict[str, str | int] = {"limit": PAGE_SIZE, **({"cursor": cursor} if cursor else {})}
        try:
            answer = await self._client.request(
                "GET", f"{self._url}/registry", headers=headers, params=params
            )
            if answer.status != HTTPStatus.OK:
                raise RegistryUnavailable(f"the registry answered {answer.status}")
            page = _Page.model_validate_json(answer.body)
        except (Unreachable, ValueError) as error:
            raise RegistryUnavailable(type(error).__name__) from error
        return [item.snapshot(item.integration_id) for item in page.items], page.next_cursor


async def reconcile(database: Database, registry: Registry) -> bool:
    """Read the whole registry and take over what is newer than what we know. Raises RegistryUnavailable."""
    cursor: str | None = None
    while True:
        snapshots, cursor = await registry.page(cursor)
        async with database.read() as session:
            known = await versions_of(session, [snapshot.integration_id for snapshot in snapshots])
        for snapshot in snapshots:
            if snapshot.version > known.get(snapshot.integration_id, 0):
                async with database.write() as session:
                    await learn(session, snapshot)
        if cursor is None:
            return False
