"""Assembles the gateway."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fastapi import FastAPI

from shared.database.engine import Database
from shared.database.vault import Vault
from shared.files.store import open_files
from shared.http.access import Guard, KeySource, RemoteKeys
from shared.http.api import make_api
from shared.http.client import HttpClient
from shared.messaging.bus import Bus
from shared.runtime.loops import Loop
from shared.runtime.service import Service
from shared.runtime.world import World
from vk_gateway.authorizations.endpoints import router as authorizations
from vk_gateway.authorizations.returning import Returns
from vk_gateway.communities.callback_servers import CallbackServers
from vk_gateway.communities.duties import Apis, Duties, Work
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.reconcile import Reconciler
from vk_gateway.communities.resealing import refuse_strange_keys
from vk_gateway.connections.endpoints import router as connections
from vk_gateway.connections.links import Finder
from vk_gateway.connections.tidying import Tidying
from vk_gateway.consumers import consumer_for
from vk_gateway.contacts.permissions import Permissions
from vk_gateway.contacts.profiles import Profiles
from vk_gateway.health.probing import Probing
from vk_gateway.health.suspicions import Suspicions
from vk_gateway.history.keeping import keep_histories
from vk_gateway.incoming.callback import PREFIX, Callback
from vk_gateway.incoming.follow_ups import FollowUps
from vk_gateway.incoming.intake import Intake, open_store
from vk_gateway.incoming.paths import Paths
from vk_gateway.incoming.translator import CatchingUp, Translator
from vk_gateway.incoming.typing_signs import Typing
from vk_gateway.incoming.wrong_secrets import WrongSecrets
from vk_gateway.media.copier import copier_for
from vk_gateway.media.links import FreshLinks
from vk_gateway.outgoing.changing import Changing
from vk_gateway.outgoing.marks import Marking
from vk_gateway.outgoing.sender import Sender
from vk_gateway.outgoing.typing import TOPIC, OperatorsTyping
from vk_gateway.outgoing.uploads import Uploads
from vk_gateway.outgoing.verifying import Verifying
from vk_gateway.settings import GatewaySettings
from vk_gateway.vk.client import Vk
from vk_gateway.vk.consent import consents_for

API_PREFIX = "/api/v1/vk"
NEIGHBOUR_SECONDS = 5.0
# Names, permissions and marks of many people cost little more than those of one.
CALM_SECONDS = 0.3


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
    intake = Intake(open_store(database), world, of_one_max=settings.callback_waiting_max)
    translator = Translator(database, lambda: intake.is_pressed, typing, settings.whole_seconds)
    intake.on_stored = translator.take
    at_vk = _at_vk(settings, database, vault, vk, outside, translator=translator, bus=bus, holder=holder)
    translator.on_wanted = at_vk.errands.wake
    reconciler = Reconciler(database, vault, guard, neighbours, settings.integrations_url)
    reconcile_loop = Loop(
        "vk-gateway:reconcile", reconciler.step, interval_seconds=settings.reconcile_seconds, world=world
    )
    tidy_loop = Loop("vk-gateway:tidy", Tidying(database).step, interval_seconds=600.0, world=world)
    copier = copier_for(settings, database)
    # Of its own, so that whatever keeps the service's connections busy makes no callback wait.
    callback_database = Database(settings.database_url, world, pool_size=1)
    paths = Paths(callback_database, vault, world)
    wrong_secrets = WrongSecrets(database)
    callback = partial(Callback, intake=intake, paths=paths, settings=settings)
    return Service(
        name="vk-gateway",
        package="vk_gateway",
        paths=(API_PREFIX, PREFIX.rstrip("/")),
        api=_api(settings, database, guard, vk, vault, outside),
        database=database,
        consumer=consumer_for(guard, vault, at_vk.duties.wake),
        bus=bus,
        guard=guard,
        world=world,
        holder=holder,
        loops=[
            *(*at_vk.loops, wrong_secrets.loop, translator.loop, typing.loop),
            *(CatchingUp(database, translator.look).loop, reconcile_loop, tidy_loop, *copier.loops),
        ],
        front=partial(callback, world=world, typing=typing, wrong_secrets=wrong_secrets),
        opened=[partial(refuse_strange_keys, database, vault), copier.open],
        closed=[
            *(*at_vk.closed, copier.close, intake.close),
            *(callback_database.close, neighbours.close, outside.close),
        ],
    )


def _api(  # noqa: PLR0917 - everything that the endpoints use
    settings: GatewaySettings, database: Database, guard: Guard, vk: Vk, vault: Vault, outside: HttpClient
) -> FastAPI:
    api = make_api("vk-gateway", "Speaks VK.", API_PREFIX, settings, database, guard)
    api.state.vk = vk
    api.state.vault = vault
    api.state.consents = consents_for(settings, outside, vk)
    api.state.finder = Finder(vk, settings.vk_service_key.get_secret_value(), database.world)
    api.state.returns = Returns(database, vault, vk, api.state.consents)
    api.include_router(connections)
    api.include_router(authorizations)
    return api


@dataclass(frozen=True)
class _AtVk:
    """What calls VK by itself: work that people wait for, errands, their loops, and how to end them."""

    duties: Duties
    errands: Duties
    loops: Sequence[Loop]
    closed: Sequence[Callable[[], Awaitable[None]]]


def _at_vk(
    settings: GatewaySettings,
    database: Database,
    vault: Vault,
    vk: Vk,
    outside: HttpClient,
    *,
    translator: Translator,
    bus: Bus,
    holder: str,
) -> _AtVk:
    """Assemble what people wait for, most important first, and the errands that may take their time."""
    world = database.world
    suspicions = Suspicions(database)
    apis = Apis(vault, vk, world, suspicions, per_second=settings.vk_requests_per_second)
    follow_ups = FollowUps(database, translator.look)
    address_lasts = timedelta(days=settings.callback_address_days)
    servers = CallbackServers(database, vault, settings.callback_base, address_lasts=address_lasts)
    linker = Linker(database, servers, watch_seconds=settings.watch_seconds)
    uploads = Uploads(database, open_files(settings.files_url), outside)
    sender = Sender(database, uploads, settings.settle_seconds)
    permissions = Permissions(database, settings.permission_recheck_seconds)
    live: list[Work] = [sender, Verifying(database), Changing(database)]
    slow: list[Work] = [follow_ups, Profiles(database), permissions, Marking(database), FreshLinks(database)]
    duties = Duties("duties", database, apis, world, works=live, holder=holder, linker=linker)
    errands = Duties("errands", database, apis, world, works=slow, holder=holder, calm_seconds=CALM_SECONDS)
    probing = Probing(database, settings.probe_seconds)
    probes = Duties("probes", database, apis, world, works=[probing], holder=holder, with_parked=True)
    uploads.on_done = duties.wake
    typing = OperatorsTyping(database, apis, holder=holder)
    bus.hear(TOPIC, typing.hear)
    histories = keep_histories(
        settings, database, apis, linker, world=world, holder=holder, translator=translator
    )
    return _AtVk(
        duties,
        errands,
        loops=[duties.loop, errands.loop, probes.loop, suspicions.loop, typing.loop, *histories.loops],
        closed=[duties.stop, errands.stop, probes.stop, uploads.stop, *histories.closed],
    )
