"""Assembles what keeps histories whole: Long Poll, the watch over callbacks, sweeps, filling, imports."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.database.engine import Database
from shared.http.client import HttpClient
from shared.runtime.loops import Loop
from shared.runtime.world import World
from vk_gateway.communities.duties import Apis, Duties, Work
from vk_gateway.communities.linking import Linker
from vk_gateway.history.filling import Filling
from vk_gateway.history.importing import Importing
from vk_gateway.history.sweeping import Sweeping
from vk_gateway.incoming.translator import Translator
from vk_gateway.long_poll.polling import GRACE_SECONDS, Polling
from vk_gateway.long_poll.watching import Watching
from vk_gateway.settings import GatewaySettings

POLLS_MAX = 2000


@dataclass(frozen=True)
class Keeping:
    """What the service runs, and what it ends."""

    loops: list[Loop]
    closed: list[Callable[[], Awaitable[None]]]


def keep_histories(
    settings: GatewaySettings,
    database: Database,
    apis: Apis,
    linker: Linker,
    *,
    world: World,
    holder: str,
    translator: Translator,
) -> Keeping:
    """Assemble it."""
    on_stored = translator.look
    works: list[Work] = [
        Watching(database, linker, settings.watch_seconds),
        Sweeping(database, settings.sweep_seconds),
        Filling(
            database,
            per_second=settings.backfill_per_second,
            gap_seconds=settings.gap_seconds,
            silence_seconds=settings.silence_seconds,
            on_stored=on_stored,
        ),
    ]
    upkeep = Duties("upkeep", database, apis, world, works=works, holder=holder)
    importing = Importing(
        database,
        is_live=lambda: translator.is_live,
        is_pressed=lambda: translator.is_pressed,
        on_stored=on_stored,
    )
    imports = Duties("imports", database, apis, world, works=[importing], holder=holder)
    client = HttpClient(timeout_seconds=settings.poll_seconds + GRACE_SECONDS, connections_max=POLLS_MAX)
    polling = Polling(
        database,
        apis,
        linker,
        client,
        world,
        holder=holder,
        wait_seconds=settings.poll_seconds,
        on_stored=on_stored,
        on_hole=upkeep.wake,
    )
    return Keeping(
        [upkeep.loop, imports.loop, polling.loop],
        [upkeep.stop, imports.stop, polling.stop, client.close],
    )
