"""`widget-config` as it runs alone, with one widget that has a community; prints the widget's public key."""

import json

import uvloop

from shared.runtime.logging import configure_logging
from shared.runtime.service import http_server, open_bus, running
from shared.runtime.world import World
from widget_config.channels.actions import learn
from widget_config.channels.queries import hold_living
from widget_config.channels.rules import Description, Snapshot
from widget_config.service import build
from widget_config.settings import WidgetConfigSettings
from widget_config.versions.actions import add_channel
from widget_config.widgets.actions import create_widget
from widget_config.widgets.schemas import WidgetIn


async def serve(settings: WidgetConfigSettings) -> None:
    """Run the real service; only the registry's news is written by hand."""
    world = World()
    bus = open_bus(settings.bus_url, world)
    service = build(settings, world, bus)
    wanted = WidgetIn(project_id=world.new_id(), name="bench")
    setup = wanted.model_dump(mode="json", include={"look", "sites", "show_unavailable"})
    news = Snapshot(
        integration_id=world.new_id(),
        project_id=wanted.project_id,
        channel="vk",
        community_id=7,
        epoch=1,
        version=1,
        state="active",
        description=Description("Магазин", "shop", None),
    )
    async with running([service], bus):
        async with service.database.write() as session:
            await learn(session, news)
            held = await hold_living(session, [news.integration_id])
            widget = await create_widget(
                session, project_id=wanted.project_id, name=wanted.name, setup=setup, by="bench"
            )
            await add_channel(session, widget, held=held, by="bench")
        print(json.dumps({"told": {"public_key": widget.public_key}}), flush=True)
        await http_server(service.app, host=settings.host, port=settings.port).serve()


if __name__ == "__main__":
    configure_logging(as_json=True, level="ERROR")
    uvloop.run(serve(WidgetConfigSettings.load()))
