"""What is due at VK, community by community: one process at a time for each, by a fenced lease."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement

from shared.database.engine import Database
from shared.database.leases import Lease, hold_lease
from shared.database.session import Session
from shared.database.vault import Vault, VaultError
from shared.runtime.loops import SOON, Loop
from shared.runtime.world import World
from vk_gateway.communities.actions import community_key_place
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import Due, DueCommunity, get_due
from vk_gateway.health.probing import note_no_key
from vk_gateway.health.suspicions import Suspicions
from vk_gateway.vk.client import CommunityApi, Pace, Vk

log = structlog.get_logger()

COMMUNITIES_AT_ONCE = 50
LEASE_SECONDS = 30.0
# A round ends before its lease does, whatever VK's answers take.
ROUND_SECONDS_MAX = 25.0
INTERVAL_SECONDS = 0.5
QUIET_SPANS = (SOON, SOON / 2, SOON / 4, SOON / 8)
ROUNDS_PER_LEASE = 20


class Work(Protocol):
    """One kind of thing that may be due at VK for a community."""

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return a condition on `community`: whether this work has something to do for it now."""
        ...

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Do some of it, for a few seconds at most. Returns whether there may be more at once."""
        ...


class Apis:
    """Opens communities' keys; all calls for one community share its pace."""

    def __init__(
        self, vault: Vault, vk: Vk, world: World, suspicions: Suspicions, *, per_second: float
    ) -> None:
        self._vault = vault
        self._vk = vk
        self._world = world
        self._suspicions = suspicions
        self._per_second = per_second
        self._paces: dict[int, Pace] = {}

    def open(self, community: DueCommunity) -> CommunityApi | None:
        """Return VK's methods for a community, None when its key is missing or cannot be read."""
        if community.key_sealed is None:
            return None
        try:
            key = self._vault.open(community.key_sealed, place=community_key_place(community.integration_id))
        except VaultError:
            return None
        pace = self._paces.setdefault(community.community_id, Pace(self._per_second, self._world))
        hear = partial(self._suspicions.hear, community.integration_id, community.epoch)
        return CommunityApi(self._vk, key, community.community_id, pace, on_refused=hear)


class Duties:
    """Finds communities with something due and works through each in a task of its own.

    `works` come in the order of their importance. What people wait for and what may take its time are two
    `Duties`, so that a slow look-up delays no reply; they share the lease, for it is one process.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        apis: Apis,
        world: World,
        *,
        works: Sequence[Work],
        holder: str,
        linker: Linker | None = None,
        with_parked: bool = False,
        calm_seconds: float = 0.0,
    ) -> None:
        self._database = database
        self._apis = apis
        self._world = world
        self._works = works
        self._holder = holder
        self._linker = linker
        self._due = Due(
            [work.due for work in works], with_linking=linker is not None, with_parked=with_parked
        )
        self._with_parked = with_parked
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._seen_state: int | None = None
        self._quiet_until = 0.0
        self._wakes = 0
        self._calm_seconds = calm_seconds
        self._timer: asyncio.TimerHandle | None = None
        self.loop = Loop(
            f"vk-gateway:{name}",
            self.step,
            interval_seconds=INTERVAL_SECONDS,
            world=world,
            state=self._state,
        )

    def wake(self) -> None:
        """Something became due; a round that is under way is followed by another.

        With `calm_seconds` what becomes due meanwhile waits for the same round.
        """
        if not self._calm_seconds:
            self._wakes += 1
            self.loop.wake()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._calm_seconds, self._wake_now)

    def _wake_now(self) -> None:
        self._timer = None
        self._wakes += 1
        self.loop.wake()

    async def step(self) -> bool:
        """Start work where something is due and nobody works yet; the tasks go on by themselves."""
        state, now = self._database.state(), self._world.monotonic()
        async with self._database.read() as session:
            due = await self._list_due(session, session.now, COMMUNITIES_AT_ONCE)
            if due or self._running or state is None or state != self._seen_state:
                self._quiet_until = 0.0
            elif now >= self._quiet_until:
                self._quiet_until = now + await self._quiet_seconds(session)
        self._seen_state = state
        for integration_id in due:
            task = asyncio.create_task(self._work(integration_id), name=f"duties:{integration_id}")
            self._running[integration_id] = task
            task.add_done_callback(partial(self._ended, integration_id))
        return False

    async def _quiet_seconds(self, session: Session) -> float:
        """Return for how long at least nothing comes due by time alone."""
        for span in QUIET_SPANS:
            if not await self._list_due(session, session.now + span, 1):
                return span.total_seconds()
        return 0.0

    async def _list_due(self, session: Session, at: datetime, limit: int) -> Sequence[UUID]:
        return await self._due.find(session, at, besides=self._running.keys(), limit=limit)

    def _state(self) -> int | None:
        """Return the database's state while only a commit can make something due."""
        return self._database.state() if self._world.monotonic() < self._quiet_until else None

    def _ended(self, integration_id: UUID, _task: asyncio.Task[None]) -> None:
        self._running.pop(integration_id, None)

    async def stop(self) -> None:
        """End the tasks; what they had under way is settled by the next holder of the lease."""
        if self._timer is not None:
            self._timer.cancel()
        tasks = list(self._running.values())
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=5.0)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, integration_id: UUID) -> None:
        try:
            for _ in range(ROUNDS_PER_LEASE):
                wakes = self._wakes
                lease = await hold_community(self._database, integration_id, holder=self._holder)
                if lease is None:
                    return
                async with asyncio.timeout(ROUND_SECONDS_MAX):
                    if not await self._round(integration_id, lease) and wakes == self._wakes:
                        return
        except Exception as error:
            log.warning("duties_failed", integration_id=str(integration_id), error=repr(error), exc_info=True)
            await asyncio.sleep(self._world.jitter(1.0))

    async def _round(self, integration_id: UUID, lease: Lease) -> bool:
        """Do each kind of work once. Returns whether there may be more at once."""
        async with self._database.read() as session:
            community = await get_due(session, integration_id)
        if community is None:
            return False
        api = self._apis.open(community)
        if community.link_is_due and self._linker is not None:
            await self._linker.work(community, api)
            return False
        if api is None:
            await note_no_key(self._database, community)
            return False
        if community.is_parked and not self._with_parked:
            return False
        is_more = False
        for work in self._works:
            is_more |= await work.work(community, api, lease)
        return is_more


async def hold_community(database: Database, integration_id: UUID, *, holder: str) -> Lease | None:
    """Take or prolong a community's lease; None while another process has it. It covers all that we do."""
    async with database.write() as session:
        return await hold_lease(session, f"community:{integration_id}", holder=holder, seconds=LEASE_SECONDS)
