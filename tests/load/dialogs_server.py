"""`dialogs` as it runs alone, knowing one community, to which one customer has written.

Prints the project and an operator's access token. Takes the ids of project and integration, or makes some.
"""

import json
import sys
from uuid import UUID

import uvloop

from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.http.access import Role
from shared.runtime.garbage import spare_what_stays
from shared.runtime.logging import configure_logging
from shared.runtime.service import http_server, open_bus, running
from shared.runtime.world import World
from tests.load.conversations import connect, letters
from tests.support.signing import TestKeys

STRANGER = 999_999


async def serve(settings: DialogsSettings, ids: list[UUID]) -> None:
    """Run the real service; only the registry's news and the operator are made by hand."""
    world = World()
    bus = open_bus(settings.bus_url, world)
    keys = TestKeys()
    service = build(settings, world, bus, keys=keys.source)
    project_id, integration_id = ids or (world.new_id(), world.new_id())
    place = {"project_id": project_id, "integration_id": integration_id}
    async with running([service], bus):
        spare_what_stays()
        await connect(service, **place)
        # Somebody whom no load speaks for.
        first = letters(world, [STRANGER], people=STRANGER + 1, **place)
        await service.consumer.deliver(service.database, first)
        operator_id = world.new_id()
        token = keys.token(operator_id, roles={project_id: Role.OPERATOR})
        told = {"token": token, "operator_id": str(operator_id), "project_id": str(project_id)}
        print(json.dumps({"told": told}), flush=True)
        server = http_server(service.app, host=settings.host, port=settings.port, ending=service.ending)
        await server.serve()


if __name__ == "__main__":
    configure_logging(as_json=True, level="WARNING")
    uvloop.run(serve(DialogsSettings.load(), [UUID(text) for text in sys.argv[1:]]))
