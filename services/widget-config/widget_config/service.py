"""Assembling this service."""

from functools import partial

from shared.database.engine import Database
from shared.http.access import Guard, KeySource, RemoteKeys
from shared.http.api import make_api
from shared.http.client import HttpClient
from shared.messaging.bus import Bus
from shared.runtime.loops import Loop
from shared.runtime.service import Service
from shared.runtime.world import World
from widget_config.channels.actions import TAKE_DOWN
from widget_config.channels.registry import Registry, reconcile
from widget_config.consumers import consumer_for
from widget_config.public import endpoints as public
from widget_config.public.copies import Copies, Takedowns
from widget_config.public.front import Front
from widget_config.settings import WidgetConfigSettings
from widget_config.versions import endpoints as versions
from widget_config.visits import endpoints as visits
from widget_config.widgets import endpoints as widgets

NAME = "widget-config"
ENDPOINTS = (widgets, versions, public, visits)


def build(
    settings: WidgetConfigSettings, world: World, bus: Bus, *, keys: KeySource | None = None
) -> Service:
    """Assemble the service; opens nothing. `keys` replaces the keys of the accounts service in tests."""
    database = Database(settings.database_url, world, pool_size=settings.database_pool_size)
    client = HttpClient()
    keys = keys or RemoteKeys(settings.accounts_url, client, world)
    guard = Guard(NAME, keys, settings.service_key.get_secret_value(), world)
    registry = Registry(settings.integrations_url, client, guard)
    summary = "Site widgets: their channels, public config and script."
    api = make_api(NAME, summary, widgets.PREFIX, settings, database, guard)
    api.state.registry = registry
    copies = api.state.copies = Copies(world, settings.copy_seconds)
    takedowns = Takedowns(copies, bus)
    database.info[TAKE_DOWN] = takedowns.take_down
    for part in ENDPOINTS:
        api.include_router(part.router)
    healing = Loop(
        f"{NAME}:reconcile",
        partial(reconcile, database, registry),
        interval_seconds=settings.reconcile_seconds,
        world=world,
    )
    return Service(
        name=NAME,
        package="widget_config",
        paths=(widgets.PREFIX, public.PREFIX),
        api=api,
        database=database,
        consumer=consumer_for(guard),
        bus=bus,
        guard=guard,
        world=world,
        loops=[healing],
        front=partial(Front, service=NAME, copies=copies, settings=settings, world=world),
        closed=[takedowns.close, client.close],
    )
