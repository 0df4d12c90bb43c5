"""Reading the registry of `integrations`, page by page, to heal what no event told."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel

from shared.http.access import Guard
from shared.http.client import HttpClient
from shared.runtime.loops import TryLater

AUDIENCE = "integrations"
PAGE = 100


class RegistryUnavailable(TryLater):
    """The registry gave no usable answer; asking again later is all there is to do."""


class RegistryRow(BaseModel):
    """An integration as the registry knows it at `version`; deleted ones stay."""

    integration_id: UUID
    project_id: UUID
    channel: str
    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    connection_id: UUID
    epoch: int
    version: int
    state: str
    deleted: bool
    reason: str | None = None


class _Page(BaseModel):
    items: list[RegistryRow]
    next_cursor: str | None


async def read_registry(
    client: HttpClient, guard: Guard, integrations_url: str
) -> AsyncIterator[list[RegistryRow]]:
    """Yield all integrations there ever were, a page at a time.

    Raises Unreachable without an answer and RegistryUnavailable for one that makes no sense.
    """
    url = f"{integrations_url.rstrip('/')}/api/v1/integrations/registry"
    cursor: str | None = None
    while True:
        headers = {"Authorization": f"Bearer {guard.service_token(AUDIENCE)}"}
        params: dict[str, str | int] = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
        answer = await client.request("GET", url, headers=headers, params=params)
        if answer.status != HTTPStatus.OK:
            raise RegistryUnavailable(f"the registry answered {answer.status}")
        try:
            page = _Page.model_validate_json(answer.body)
        except ValueError as error:
            raise RegistryUnavailable("the registry's page makes no sense") from error
        yield page.items
        if page.next_cursor is None:
            return
        if page.next_cursor == cursor:
            raise RegistryUnavailable("the registry's pages have no end")
        cursor = page.next_cursor
