"""Assembles the gateway."""

from functools import partial

from fastapi import FastAPI

from shared.database.engine import Database
from shared.database.vault import Vault
from shared.http.access import Guard, KeySource, RemoteKeys
from shared.http.api import make_api
from shared.http.client import HttpClient
from shared.messaging.bus import Bus
from shared.runtime.loops import Loop
from shared.runtime.service import Service
from shared.runtime.world import World
from vk_gateway.communities.duties import Apis, Duties
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.reconcile import Reconciler
from vk_gateway.connections.endpoints import router as connections
from vk_gateway.connections.tidying import Tidying
from vk_gateway.consumers import consumer_for
from vk_gateway.contacts.permissions import Permissions
from vk_gateway.contacts.profiles import Profiles
from vk_gateway.incoming.callback import PREFIX, Callback
from vk_gateway.incoming.follow_ups import FollowUps
from vk_gateway.incoming.intake import Intake, open_store
from vk_gateway.incoming.paths import Paths
from vk_gateway.incoming.translator import CatchingUp, Translator
from vk_gateway.incoming.typing_signs import Typing
from vk_gateway.media.copier import copier_for
from vk_gateway.outgoing.sender import Sender
from vk_gateway.settings import GatewaySettings
from vk_gateway.vk.client import Vk

API_PREFIX = "/api/v1/vk"
NEIGHBOUR_SECONDS = 5.0


def build(settings: GatewaySettings, world: World, bus: Bus, keys: KeySource | None = None) -> Service:
    """Assemble the gateway; nothing is opened yet."""
    database = Database(settings.database_url, world, pool_size=settings.database_pool_size)
    neighbours = HttpClient(timeout_seconds=NEIGHBOUR_SECONDS)
    outside = HttpClient(timeout_seconds=settings.vk_timeout_seconds, connections_max=100)
    keys = keys or RemoteKeys(settings.accounts_url, neighbours, world)
    guard = Guard("vk-gateway", keys, settings.service_key.get_secret_value(), world)
    vault = Vault(settings.encryption_keys.get_secret_value())
    vk = Vk(settings.vk_api_url, outside, timeout_seconds=settings.vk_timeout_seconds)
    holder = str(world.new_id())

    typing = Typing(bus, world)
    intake = Intake(open_store(database), world)
    translator = Translator(database, lambda: intake.is_pressed, typing, settings.whole_seconds)
    intake.on_stored = translator.loop.wake
    follow_ups = FollowUps(database, translator.loop.wake)
    duties, errands = _works(settings, database, vault, vk, follow_ups, world=world, holder=holder)
    translator.on_wanted = errands.wake
    reconciler = Reconciler(database, vault, guard, neighbours, settings.integrations_url)
    reconcile_loop = Loop(
        "vk-gateway:reconcile", reconciler.step, interval_seconds=settings.reconcile_seconds, world=world
    )
    tidy_loop = Loop("vk-gateway:tidy", Tidying(database).step, interval_seconds=600.0, world=world)
    copier = copier_for(settings, database)
    # Of its own, so that whatever keeps the service's connections busy makes no callback wait.
    callback_database = Database(settings.database_url, world, pool_size=1)
    paths = Paths(callback_database, vault, world)
    return Service(
        name="vk-gateway",
        package="vk_gateway",
        paths=(API_PREFIX, PREFIX.rstrip("/")),
        api=_api(settings, database, guard, vk, vault),
        database=database,
        consumer=consumer_for(guard, vault, duties.wake),
        bus=bus,
        guard=guard,
        world=world,
        holder=holder,
        loops=[
            *(duties.loop, errands.loop, translator.loop, typing.loop),
            *(CatchingUp(database, translator.loop.wake).loop, reconcile_loop, tidy_loop, *copier.loops),
        ],
        front=partial(Callback, intake=intake, paths=paths, settings=settings, world=world, typing=typing),
        opened=[copier.open],
        closed=[
            *(duties.stop, errands.stop, intake.close),
            *(callback_database.close, neighbours.close, outside.close),
        ],
    )


def _api(settings: GatewaySettings, database: Database, guard: Guard, vk: Vk, vault: Vault) -> FastAPI:
    api = make_api("vk-gateway", "Speaks VK.", API_PREFIX, settings, database, guard)
    api.state.vk = vk
    api.state.vault = vault
    api.include_router(connections)
    return api


def _works(
    settings: GatewaySettings,
    database: Database,
    vault: Vault,
    vk: Vk,
    follow_ups: FollowUps,
    *,
    world: World,
    holder: str,
) -> tuple[Duties, Duties]:
    """Return what people wait for, and the errands that may take their time."""
    apis = Apis(vault, vk, world, per_second=settings.vk_requests_per_second)
    linker = Linker(database, vault, settings.callback_base)
    sender = Sender(database, settings.settle_seconds)
    profiles = Profiles(database)
    permissions = Permissions(database, settings.permission_recheck_seconds)
    return (
        Duties("duties", database, apis, world, works=[sender], holder=holder, linker=linker),
        Duties("errands", database, apis, world, works=[follow_ups, profiles, permissions], holder=holder),
    )
