"""Bots Long Poll: one endless question per community, in a task of its own, under the community's lease.

The position (`ts`) is stored together with the updates before it, so a process that dies loses none and
doubles none. What VK says it has lost (`failed` 1 and 3) a sweep of the history brings.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import select

from shared.database.engine import Database
from shared.database.inserts import inserted_rows
from shared.database.leases import Lease, still_held
from shared.database.session import Session
from shared.http.client import HttpClient, Unreachable
from shared.runtime.loops import Loop
from shared.runtime.world import World
from vk_gateway.communities.duties import Apis, hold_community
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.queries import DueCommunity, get_due
from vk_gateway.history.actions import want_every_sweep, want_sweep
from vk_gateway.history.numbers import LONG_POLL_ID
from vk_gateway.history.tables import Reception, Transport
from vk_gateway.incoming.envelope import DeeplyNested, Unreadable, read_update
from vk_gateway.long_poll.setup import LongPollRefused
from vk_gateway.tables import Community, LinkState, RawUpdate
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()

RENEW_SECONDS = 10.0
GRACE_SECONDS = 10.0
DELAY_SECONDS_MAX = 60.0
SERVER_LASTS_FAILURES = 3
HTTP_OK = 200
LOST, KEY_OVER = 1, 2


class PollFailed(Exception):
    """The Long Poll server gave no usable answer."""


class LeaseLost(Exception):
    """Another process does the community's work now."""


class _Answer(msgspec.Struct):
    ts: str | int | None = None
    failed: int | None = None
    updates: list[msgspec.Raw] = []


_decoder = msgspec.json.Decoder(_Answer)


@dataclass
class _Line:
    """What one task remembers between two polls."""

    server: str = ""
    key: str = ""
    ts: str = ""
    failures: int = 0
    resets: int = 0


class Polling:
    """Keeps a task for each community whose events come by Long Poll."""

    def __init__(
        self,
        database: Database,
        apis: Apis,
        linker: Linker,
        client: HttpClient,
        world: World,
        *,
        holder: str,
        wait_seconds: float,
        on_stored: Callable[[], None],
        on_hole: Callable[[], None],
    ) -> None:
        self._database = database
        self._apis = apis
        self._linker = linker
        self._client = client
        self._world = world
        self._holder = holder
        self._wait_seconds = wait_seconds
        self._on_stored = on_stored
        self._on_hole = on_hole
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._has_begun = False
        self.loop = Loop(
            "vk-gateway:long-poll", self.step, interval_seconds=1.0, world=world, state=self._state
        )

    async def step(self) -> bool:
        """Start what is to be polled and is not; the first time, have every history looked at."""
        if not self._has_begun:
            async with self._database.write() as session:
                await want_every_sweep(session)
                session.after_commit(self._on_hole)
            self._has_begun = True
        query = (
            select(Reception.integration_id)
            .join(Community, Community.integration_id == Reception.integration_id)
            .where(
                Reception.transport == Transport.LONG_POLL,
                Reception.epoch == Community.epoch,
                Community.link_state == LinkState.LINKED,
                Community.is_parked.is_(False),
            )
        )
        async with self._database.read() as session:
            wanted = (await session.scalars(query)).all()
        for integration_id in wanted:
            if integration_id not in self._running:
                task = asyncio.create_task(self._poll(integration_id), name=f"long-poll:{integration_id}")
                self._running[integration_id] = task
                task.add_done_callback(partial(self._ended, integration_id))
        return False

    def _state(self) -> int | None:
        """Return the database's state while only a commit can bring something to poll."""
        return None if self._running else self._database.state()

    def _ended(self, integration_id: UUID, task: asyncio.Task[None]) -> None:
        self._running.pop(integration_id, None)
        if not task.cancelled() and task.exception() is not None:
            log.warning("long_poll_ended", integration_id=str(integration_id), error=repr(task.exception()))

    async def stop(self) -> None:
        """End the tasks; the next one goes on from the stored position."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _poll(self, integration_id: UUID) -> None:
        line = _Line()
        while True:
            lease = await hold_community(self._database, integration_id, holder=self._holder)
            community = await self._find(integration_id)
            api = self._apis.open(community) if community is not None else None
            if lease is None or community is None or api is None:
                return
            try:
                if not line.server:
                    await self._open(line, community, api)
                answer = await self._ask(line, integration_id)
                if not await self._take(line, community, answer, lease):
                    return
            except LeaseLost:
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try comes later
                await self._failed(line, community, api, error)
            if line.resets > 1:
                await asyncio.sleep(self._world.jitter(min(2.0**line.resets / 4, DELAY_SECONDS_MAX)))

    async def _find(self, integration_id: UUID) -> DueCommunity | None:
        """Return the community while it is to be polled."""
        async with self._database.read() as session:
            community = await get_due(session, integration_id)
            reception = await session.get(Reception, integration_id)
        if community is None or community.link_state is not LinkState.LINKED or reception is None:
            return None
        if community.is_parked:
            return None
        is_wanted = reception.transport is Transport.LONG_POLL and reception.epoch == community.epoch
        return community if is_wanted else None

    async def _open(self, line: _Line, community: DueCommunity, api: CommunityApi) -> None:
        """Get server and key; without a stored position begin now, and have the past swept."""
        answer = await api.call("groups.getLongPollServer", group_id=community.community_id)
        server, key, ts = str(answer["server"]), str(answer["key"]), str(answer["ts"])
        async with self._database.write() as session:
            reception = await session.get(Reception, community.integration_id, with_for_update=True)
            if reception is None or reception.epoch != community.epoch:
                raise LeaseLost
            if reception.long_poll_ts is None:
                reception.long_poll_ts = ts
                await want_sweep(session, community.integration_id)
                session.after_commit(self._on_hole)
            line.ts = reception.long_poll_ts
        line.server, line.key = server, key

    async def _ask(self, line: _Line, integration_id: UUID) -> _Answer:
        """Wait for VK's answer; the lease is prolonged meanwhile. Raises PollFailed, LeaseLost."""
        poll = asyncio.create_task(self._request(line))
        try:
            while not poll.done():
                await asyncio.wait({poll}, timeout=RENEW_SECONDS)
                if poll.done():
                    break
                if await hold_community(self._database, integration_id, holder=self._holder) is None:
                    raise LeaseLost
            return await poll
        finally:
            if not poll.done():
                poll.cancel()
                await asyncio.gather(poll, return_exceptions=True)

    async def _request(self, line: _Line) -> _Answer:
        wait = self._wait_seconds
        parameters: dict[str, str | int] = {"act": "a_check", "key": line.key}
        parameters |= {"ts": line.ts, "wait": int(wait)}
        try:
            async with asyncio.timeout(wait + GRACE_SECONDS):
                answer = await self._client.request("GET", line.server, params=parameters)
        except (Unreachable, TimeoutError) as error:
            raise PollFailed(type(error).__name__) from error
        if answer.status != HTTP_OK:
            raise PollFailed(f"HTTP {answer.status}")
        try:
            return _decoder.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PollFailed("not Long Poll's JSON") from error

    async def _take(self, line: _Line, community: DueCommunity, answer: _Answer, lease: Lease) -> bool:
        """Store updates and position together. Returns False when the epoch or the lease is over."""
        async with self._database.write() as session:
            now = await get_due(session, community.integration_id)
            reception = await session.get(Reception, community.integration_id, with_for_update=True)
            is_over = now is None or now.epoch != community.epoch or now.link_state is not LinkState.LINKED
            if is_over or reception is None or not await still_held(session, lease):
                return False
            if line.failures or (answer.failed is not None and answer.failed != KEY_OVER):
                # While we could not ask, or VK forgot, something may have been missed.
                await want_sweep(session, community.integration_id)
                session.after_commit(self._on_hole)
            reception.polled_at = session.now
            if answer.failed is None and answer.ts is not None:
                if await _store(session, community, answer.updates):
                    reception.long_poll_seen_at = session.now
                    session.after_commit(self._on_stored)
                reception.long_poll_ts = str(answer.ts)
            elif answer.failed == LOST and answer.ts is not None:
                reception.long_poll_ts = str(answer.ts)
            elif answer.failed != KEY_OVER:
                reception.long_poll_ts = None
        line.failures = 0
        if answer.ts is not None:
            line.ts, line.resets = str(answer.ts), 0
        else:
            line.server, line.resets = "", line.resets + 1
        return True

    async def _failed(
        self, line: _Line, community: DueCommunity, api: CommunityApi, error: Exception
    ) -> None:
        """Wait longer each time; switch on again what was switched off."""
        line.failures += 1
        log.info("long_poll_failed", integration_id=str(community.integration_id), error=repr(error))
        if line.failures >= SERVER_LASTS_FAILURES:
            line.server = ""
        delay = self._world.jitter(min(2.0**line.failures / 2, DELAY_SECONDS_MAX))
        if isinstance(error, VkError) and error.failure_class is FailureClass.CONTENT:
            await self._switch_on_again(community, api)
        await asyncio.sleep(delay)

    async def _switch_on_again(self, community: DueCommunity, api: CommunityApi) -> None:
        try:
            await self._linker.switch_long_poll_on(community, api)
        except (VkError, VkUnclear, LongPollRefused, KeyError, TypeError) as error:
            log.info("long_poll_not_on", integration_id=str(community.integration_id), error=str(error))


async def _store(session: Session, community: DueCommunity, updates: list[msgspec.Raw]) -> bool:
    """Insert the updates as they came. Returns whether there were any.

    What comes by callback too is kept twice: whether VK gives both the same id is not known.
    """
    rows = [
        {
            "integration_id": community.integration_id,
            "project_id": community.project_id,
            "community_id": community.community_id,
            "epoch": community.epoch,
            "event_id": LONG_POLL_ID + event_id,
            "kind": kind,
            "body": body,
            "received_at": session.now,
        }
        for kind, event_id, body in (_read(bytes(update), community.community_id) for update in updates)
        if kind
    ]
    keys = ["integration_id", "event_id"]
    await inserted_rows(session, RawUpdate, rows, conflict=keys, returning=keys)
    return bool(rows)


def _read(body: bytes, community_id: int) -> tuple[str, str, bytes]:
    """Return kind, id and body of an update; an empty kind for another community's."""
    try:
        update = read_update(body)
    except (Unreadable, DeeplyNested):
        return "unreadable", hashlib.sha256(body).hexdigest(), body
    return (update.kind if update.group_id == community_id else "", update.event_id, body)
