"""What no event told is healed from the registry."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from shared.http.client import HttpClient
from shared.http.registry import RegistryUnavailable
from tests.services.vk_gateway.conftest import Gateway, Linked
from tests.support.serving import serving
from tests.support.waiting import wait_until
from vk_gateway.communities.reconcile import Reconciler


@dataclass
class StandInRegistry:
    """Answers as the registry does, a line a page."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cursor = int(
            dict(pair.split("=") for pair in scope["query_string"].decode().split("&")).get("cursor", 0)
        )
        more = cursor + 1 < len(self.lines)
        page = {"items": self.lines[cursor : cursor + 1], "next_cursor": str(cursor + 1) if more else None}
        await JSONResponse(page)(scope, receive, send)


def _line(linked: Linked, version: int, *, deleted: bool = False, channel: str = "vk") -> dict[str, Any]:
    return {
        "integration_id": str(linked.integration_id),
        "project_id": str(linked.project_id),
        "channel": channel,
        "community_id": linked.community_id,
        "name": "Бумажный журавль",
        "screen_name": "paper_crane",
        "avatar_url": None,
        "connection_id": str(linked.connection_id),
        "epoch": linked.epoch,
        "version": version,
        "state": "deleted" if deleted else "active",
        "deleted": deleted,
    }


async def test_a_lost_deletion_is_healed_and_a_malformed_line_changes_nothing(gateway: Gateway) -> None:
    linked = await gateway.connect()
    other = Linked(1, "", gateway.world.new_id(), linked.project_id, gateway.world.new_id())
    registry, client = StandInRegistry([_line(other, 1, channel="other")]), HttpClient()
    async with serving(registry) as url:
        reconciler = Reconciler(
            gateway.service.database, gateway.service.api.state.vault, gateway.service.guard, client, url
        )
        registry.lines.append(_line(linked, 3, deleted=True))
        await reconciler.step()

        async def servers() -> int:
            community = await gateway.vk.call("GET", f"/communities/{linked.community_id}")
            return len(community["callback_servers"])

        async def is_unlinked() -> bool:
            return await servers() == 0

        await wait_until(is_unlinked, describe="our server at VK is gone")

        registry.lines[1] = {**_line(linked, 4), "epoch": "new"}
        with pytest.raises(RegistryUnavailable):
            await reconciler.step()
    await client.close()
