"""Assembling this service."""

from integrations.consumers import consumer_for
from integrations.health.endpoints import router as health_router
from integrations.health.watch import Watch
from integrations.imports.endpoints import router as imports_router
from integrations.registry.endpoints import PREFIX, router
from integrations.registry.gateway import Gateway
from integrations.settings import IntegrationsSettings
from integrations.timeline.endpoints import router as timeline_router
from shared.database.engine import Database
from shared.http.access import Guard, KeySource, RemoteKeys
from shared.http.api import make_api
from shared.http.client import HttpClient
from shared.messaging.bus import Bus
from shared.runtime.loops import Loop
from shared.runtime.service import Service
from shared.runtime.world import World

NAME = "integrations"
WATCH_SECONDS = 5.0


def build(
    settings: IntegrationsSettings, world: World, bus: Bus, *, keys: KeySource | None = None
) -> Service:
    """Assemble the service; opens nothing. `keys` replaces the keys of the accounts service in tests."""
    database = Database(settings.database_url, world, pool_size=settings.database_pool_size)
    client = HttpClient(timeout_seconds=settings.vk_gateway_timeout_seconds)
    keys = keys or RemoteKeys(settings.accounts_url, client, world)
    guard = Guard(NAME, keys, settings.service_key.get_secret_value(), world)
    api = make_api(NAME, "Which community serves which project.", PREFIX, settings, database, guard)
    api.state.gateway = Gateway(settings.vk_gateway_url, client)
    api.include_router(router)
    for noun in (timeline_router, health_router, imports_router):
        api.include_router(noun, prefix=PREFIX)
    watch = Watch(database, settings.limits)
    return Service(
        name=NAME,
        package="integrations",
        paths=(PREFIX,),
        api=api,
        database=database,
        consumer=consumer_for(guard, settings.limits),
        bus=bus,
        guard=guard,
        world=world,
        loops=[Loop(f"{NAME}:watch", watch.step, interval_seconds=WATCH_SECONDS, world=world)],
        closed=[client.close],
    )
