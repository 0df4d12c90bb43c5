"""The gateway as it runs alone, with one community that is already there; prints its path and secret."""

import json

import uvloop

from shared.runtime.garbage import spare_what_stays
from shared.runtime.logging import configure_logging
from shared.runtime.service import http_server, open_bus, running
from shared.runtime.world import World
from tests.load.conversations import COMMUNITY
from vk_gateway.communities.actions import follow_created
from vk_gateway.communities.addresses import find_address
from vk_gateway.service import build
from vk_gateway.settings import GatewaySettings


async def serve(settings: GatewaySettings) -> None:
    """Run the real service; only the registry's news is written by hand."""
    world = World()
    bus = open_bus(settings.bus_url, world)
    service = build(settings, world, bus)
    project_id, integration_id = world.new_id(), world.new_id()
    async with running([service], bus):
        spare_what_stays()
        vault = service.api.state.vault
        async with service.database.write() as session:
            await follow_created(
                session,
                vault,
                integration_id=integration_id,
                project_id=project_id,
                community_id=COMMUNITY,
                connection_id=world.new_id(),
                epoch=1,
                version=1,
            )
            address = await find_address(session, vault, integration_id, 1)
            assert address is not None
        told = {
            "path": address.path,
            "secret": address.secret,
            "group_id": COMMUNITY,
            "project_id": str(project_id),
            "integration_id": str(integration_id),
        }
        print(json.dumps({"told": told}), flush=True)
        await http_server(service.app, host=settings.host, port=settings.port).serve()


if __name__ == "__main__":
    configure_logging(as_json=True, level="WARNING")
    uvloop.run(serve(GatewaySettings.load()))
