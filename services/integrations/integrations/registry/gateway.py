"""Asking the gateway whether a connection may use a community."""

from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel, ValidationError

from integrations.errors import (
    CommunityMessagesDisabled,
    CommunityNotOffered,
    ConnectionNotFound,
    ConnectionNotReady,
    GatewayUnavailable,
    NotCommunityAdmin,
)
from shared.http.client import Answer, HttpClient, Unreachable
from shared.http.problems import Forbidden, Unauthenticated


class Community(BaseModel):
    """A community as the gateway lists it; what it cannot know is None."""

    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None = None
    is_admin: bool | None = None
    messages_enabled: bool | None = None


class Connection(BaseModel):
    """A consent that was given in VK, or a pasted key."""

    project_id: UUID
    state: str
    communities: list[Community]


class Gateway:
    """Where the VK gateway is and how long we wait for it."""

    def __init__(self, url: str, client: HttpClient) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/vk/connections"
        self._client = client

    async def find_community(
        self, *, project_id: UUID, connection_id: UUID, community_id: int, token: str
    ) -> Community:
        """Return the community, or raise why it cannot be connected. Asks on behalf of the token's owner."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self._client.request("GET", f"{self._url}/{connection_id}", headers=headers)
        except Unreachable as error:
            raise GatewayUnavailable from error
        connection = _read(answer)
        if connection.project_id != project_id:
            raise ConnectionNotFound
        return _usable(connection, community_id)


def _read(answer: Answer) -> Connection:
    match answer.status:
        case HTTPStatus.OK:
            try:
                return Connection.model_validate_json(answer.body)
            except ValidationError as error:
                raise GatewayUnavailable from error
        case HTTPStatus.NOT_FOUND:
            raise ConnectionNotFound
        case HTTPStatus.UNAUTHORIZED:
            raise Unauthenticated
        case HTTPStatus.FORBIDDEN:
            raise Forbidden
        case _:
            raise GatewayUnavailable


def _usable(connection: Connection, community_id: int) -> Community:
    """Pick the community. Unknown rights pass: only positive evidence refuses."""
    if connection.state != "ready":
        raise ConnectionNotReady
    for community in connection.communities:
        if community.community_id == community_id:
            if community.is_admin is False:
                raise NotCommunityAdmin
            if community.messages_enabled is False:
                raise CommunityMessagesDisabled
            return community
    raise CommunityNotOffered
