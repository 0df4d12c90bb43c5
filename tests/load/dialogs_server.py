"""`dialogs` as it runs alone, knowing one community of one project; prints an operator's access token."""

import json
import sys
from uuid import UUID

import uvloop

from dialogs.consumers import snapshot_of
from dialogs.registry.actions import Names
from dialogs.registry.follow import learn_and_release
from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.events.integrations import IntegrationCreated
from shared.http.access import Role
from shared.runtime.logging import configure_logging
from shared.runtime.service import http_server, open_bus, running
from shared.runtime.world import World
from tests.load.gateway_server import COMMUNITY
from tests.support.signing import TestKeys


async def serve(settings: DialogsSettings, project_id: UUID, integration_id: UUID) -> None:
    """Run the real service; only the registry's news and the operator are made by hand."""
    world = World()
    bus = open_bus(settings.bus_url, world)
    keys = TestKeys()
    service = build(settings, world, bus, keys=keys.source)
    event = IntegrationCreated(
        project_id=project_id,
        integration_id=integration_id,
        channel="vk",
        community_id=COMMUNITY,
        epoch=1,
        version=1,
        connection_id=world.new_id(),
        name="Бумажный журавль",
        screen_name="paper_crane",
        state="active",
    )
    async with running([service], bus):
        async with service.database.write() as session:
            names = Names(event.name, event.screen_name, event.avatar_url)
            await learn_and_release(session, snapshot_of(event, event.state, names=names))
        token = keys.token(world.new_id(), roles={project_id: Role.OPERATOR})
        print(json.dumps({"told": {"token": token}}), flush=True)
        await http_server(service.app, host=settings.host, port=settings.port).serve()


if __name__ == "__main__":
    configure_logging(as_json=True, level="WARNING")
    uvloop.run(serve(DialogsSettings.load(), UUID(sys.argv[1]), UUID(sys.argv[2])))
