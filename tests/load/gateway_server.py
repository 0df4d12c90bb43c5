"""The gateway as it runs alone, with one community that is already there; prints its path and secret."""

import json

import uvloop

from shared.events.integrations import IntegrationCreated
from shared.runtime.logging import configure_logging
from shared.runtime.service import http_server, open_bus, running
from shared.runtime.world import World
from vk_gateway.communities.actions import follow_created, path_place, secret_place
from vk_gateway.communities.queries import find_community
from vk_gateway.service import build
from vk_gateway.settings import GatewaySettings

COMMUNITY = 218450917


async def serve(settings: GatewaySettings) -> None:
    """Run the real service; only the registry's news is written by hand."""
    world = World()
    bus = open_bus(settings.bus_url, world)
    service = build(settings, world, bus)
    async with running([service], bus):
        event = IntegrationCreated(
            project_id=world.new_id(),
            integration_id=world.new_id(),
            channel="vk",
            community_id=COMMUNITY,
            epoch=1,
            version=1,
            connection_id=world.new_id(),
            name="Бумажный журавль",
            screen_name="paper_crane",
            state="active",
        )
        vault = service.api.state.vault
        async with service.database.write() as session:
            await follow_created(
                session,
                vault,
                integration_id=event.integration_id,
                project_id=event.project_id,
                community_id=COMMUNITY,
                connection_id=event.connection_id,
                epoch=1,
                version=1,
            )
            community = await find_community(session, event.integration_id)
            assert community is not None
        target = {
            "path": vault.open(community.path_sealed, place=path_place(event.integration_id)),
            "secret": vault.open(community.secret_sealed, place=secret_place(event.integration_id)),
            "group_id": COMMUNITY,
        }
        print(json.dumps(target), flush=True)
        await http_server(service.app, host=settings.host, port=settings.port).serve()


if __name__ == "__main__":
    configure_logging(as_json=True, level="WARNING")
    uvloop.run(serve(GatewaySettings.load()))
