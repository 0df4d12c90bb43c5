"""Assembles dialogs."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from fastapi import FastAPI

from dialogs.cases import endpoints as case_endpoints
from dialogs.consumers import consumer_for
from dialogs.counters import endpoints as counter_endpoints
from dialogs.exports.exporters import Exporter, Exporters
from dialogs.files import endpoints as file_endpoints
from dialogs.files.uploads import Uploads, forget_unused
from dialogs.live import endpoints as live_endpoints
from dialogs.live.changes import TELL_FEED, Numbered
from dialogs.live.feed import Feed
from dialogs.live.queries import forget_changes
from dialogs.live.stream import Streams
from dialogs.live.typing import TOPIC as TYPED
from dialogs.live.typing import TypingFeed
from dialogs.messages import endpoints as message_endpoints
from dialogs.messages import sent_endpoints
from dialogs.messages.dispatch import release_held_events
from dialogs.messages.typing import Typing
from dialogs.notes import endpoints as note_endpoints
from dialogs.operators import endpoints as operator_endpoints
from dialogs.presence import endpoints as presence_endpoints
from dialogs.presence.board import TOPIC as PRESENT
from dialogs.presence.board import Board
from dialogs.quick_answers import endpoints as quick_answer_endpoints
from dialogs.registry.purge import purge_projects
from dialogs.registry.reconcile import Reconciler
from dialogs.reports import endpoints as report_endpoints
from dialogs.search import endpoints as search_endpoints
from dialogs.search.catch_up import catch_up
from dialogs.settings import MEGABYTE, DialogsSettings
from dialogs.tags import endpoints as tag_endpoints
from dialogs.threads import endpoints as thread_endpoints
from dialogs.visits.actions import forget_lone_halves
from shared.database.engine import Database
from shared.files.previews import Previews
from shared.files.store import FileStore, open_files
from shared.http.access import Guard, KeySource, RemoteKeys
from shared.http.api import make_api
from shared.http.client import HttpClient
from shared.http.limits import CallLimits, Rate
from shared.messaging.bus import Bus
from shared.runtime.loops import Loop
from shared.runtime.service import Service
from shared.runtime.world import World

NAME = "dialogs"
PREFIX = "/api/v1/dialogs"
TOPIC = "dialogs.changes"
# Fixed paths come first: the threads' router would take `changes` for a dialog's id.
ENDPOINTS = (
    live_endpoints,
    file_endpoints,
    counter_endpoints,
    search_endpoints,
    tag_endpoints,
    quick_answer_endpoints,
    operator_endpoints,
    report_endpoints,
    thread_endpoints,
    case_endpoints,
    message_endpoints,
    sent_endpoints,
    note_endpoints,
    presence_endpoints,
)
SUMMARY = "Contacts, dialogs, cases, messages, operators' work and the live feed."


def build(
    settings: DialogsSettings,
    world: World,
    bus: Bus,
    *,
    keys: KeySource | None = None,
    exporters: Sequence[Exporter] = (),
) -> Service:
    """Assemble the service; nothing is opened yet. `keys` stands in for the accounts service in tests."""
    database = Database(settings.database_url, world, pool_size=settings.database_pool_size)
    client = HttpClient()
    source = keys or RemoteKeys(settings.accounts_url, client, world)
    guard = Guard(NAME, source, settings.service_key.get_secret_value(), world)
    feed = _open_feed(settings, database, guard)
    files = open_files(settings.files_url)
    previews = Previews()
    api = make_api(NAME, SUMMARY, PREFIX, settings, database, guard)
    api.state.feed = feed
    api.state.exporters = Exporters(exporters)
    api.state.typing = Typing(bus, world, settings.typing_seconds)
    _open_doors(api, settings, world, files, previews)
    reconciler = Reconciler(database, client, guard, settings.integrations_url)
    nudges = Nudges(feed, bus)
    database.info[TELL_FEED] = nudges.tell
    bus.hear(TOPIC, feed.heard)
    typing = TypingFeed(database, feed)
    bus.hear(TYPED, typing.heard)
    presence = api.state.presence = Board(bus, feed, world, seconds=settings.presence_seconds)
    bus.hear(PRESENT, presence.heard)
    return Service(
        name=NAME,
        package="dialogs",
        paths=(PREFIX,),
        api=api,
        database=database,
        consumer=consumer_for(guard),
        bus=bus,
        guard=guard,
        world=world,
        loops=[
            *_loops(settings, database, feed, reconciler, files),
            Loop("dialogs:presence", presence.tick, interval_seconds=1.0, world=world),
        ],
        front=Streams,
        ending=[feed.end_all],
        closed=[nudges.close, typing.close, feed.close, previews.close, client.close],
        # A little more than a file may have, so that it is refused and not cut.
        large_bodies={file_endpoints.PATH: settings.upload_limits.bytes_max + MEGABYTE},
    )


def _open_feed(settings: DialogsSettings, database: Database, guard: Guard) -> Feed:
    return Feed(
        database,
        guard,
        database.world,
        poll_seconds=settings.feed_poll_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
    )


def _open_doors(
    api: FastAPI, settings: DialogsSettings, world: World, files: FileStore, previews: Previews
) -> None:
    api.state.files = files
    api.state.uploads = Uploads(files, previews, settings.upload_limits)
    searches = Rate(settings.searches_per_second, settings.searches_burst)
    api.state.search_limits = CallLimits(reads=searches, changes=searches, world=world)
    reports = Rate(settings.reports_per_second, settings.reports_burst)
    api.state.report_limits = CallLimits(reads=reports, changes=reports, world=world)
    for part in ENDPOINTS:
        api.include_router(part.router)


def _loops(
    settings: DialogsSettings, database: Database, feed: Feed, reconciler: Reconciler, files: FileStore
) -> list[Loop]:
    world = database.world

    async def forget() -> bool:
        async with database.write() as session:
            before = session.now - timedelta(hours=settings.changes_kept_hours)
            return await forget_changes(session, before=before)

    return [
        Loop("dialogs:feed", feed.tick, interval_seconds=1.0, world=world),
        Loop(
            "dialogs:held-events",
            partial(release_held_events, database),
            interval_seconds=5.0,
            world=world,
            state=database.state,
        ),
        Loop("dialogs:old-changes", forget, interval_seconds=60.0, world=world),
        Loop(
            "dialogs:deleted-projects",
            partial(purge_projects, database, files),
            interval_seconds=2.0,
            world=world,
            state=database.state,
        ),
        Loop(
            "dialogs:unused-uploads",
            partial(forget_unused, database, files, timedelta(hours=settings.uploads_kept_hours)),
            interval_seconds=600.0,
            world=world,
        ),
        Loop("dialogs:visits", partial(forget_lone_halves, database), interval_seconds=600.0, world=world),
        Loop("dialogs:catch-up", partial(catch_up, database), interval_seconds=60.0, world=world),
        Loop("dialogs:reconcile", reconciler.step, interval_seconds=settings.reconcile_seconds, world=world),
    ]


class Nudges:
    """Hands changes to the feed of this process at once, and wakes those of the others by the bus."""

    def __init__(self, feed: Feed, bus: Bus) -> None:
        self._feed = feed
        self._bus = bus
        self._waiting: dict[UUID, int] = {}
        self._task: asyncio.Task[None] | None = None

    def tell(self, changes: Mapping[UUID, Sequence[Numbered]]) -> None:
        """Tell what has just been committed, by project. Nudges that pile up become one."""
        for project_id, numbered in changes.items():
            self._feed.tell(project_id, numbered)
            self._waiting[project_id] = numbered[-1][0]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._nudge(), name="nudges")

    async def _nudge(self) -> None:
        while self._waiting:
            projects, self._waiting = self._waiting, {}
            try:
                text = ",".join(f"{project_id}:{number}" for project_id, number in projects.items())
                await self._bus.nudge(TOPIC, text)
            except Exception:  # noqa: BLE001 - a nudge may be lost: everybody also looks by themselves
                return

    async def close(self) -> None:
        """Drop what is waiting."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
