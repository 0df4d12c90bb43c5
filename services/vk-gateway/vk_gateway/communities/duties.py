"""What is due at VK, community by community: one process at a time for each, by a fenced lease."""

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from shared.database.engine import Database
from shared.database.leases import Lease, hold_lease
from shared.database.vault import Vault, VaultError
from shared.runtime.world import World
from vk_gateway.communities.actions import community_key_place, report_problem
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.queries import DueCommunity, find_community, get_due, list_due
from vk_gateway.contacts.profiles import Profiles, put_off_profiles
from vk_gateway.outgoing.actions import hold_replies
from vk_gateway.outgoing.sender import Sender
from vk_gateway.vk.client import CommunityApi, Pace, Vk

log = structlog.get_logger()

COMMUNITIES_AT_ONCE = 50
LEASE_SECONDS = 30.0
# A round ends before its lease does, whatever VK's answers take.
ROUND_SECONDS_MAX = 25.0
NO_KEY = timedelta(minutes=1)
ROUNDS_PER_LEASE = 20


class Duties:
    """Finds communities with something due and works through each in a task of its own."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        vk: Vk,
        world: World,
        *,
        linker: Linker,
        sender: Sender,
        profiles: Profiles,
        per_second: float,
        holder: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._vk = vk
        self._world = world
        self._linker = linker
        self._sender = sender
        self._profiles = profiles
        self._per_second = per_second
        self._holder = holder
        self._paces: dict[int, Pace] = {}
        self._running: dict[UUID, asyncio.Task[None]] = {}

    async def step(self) -> bool:
        """Start work where something is due and nobody works yet; the tasks go on by themselves."""
        async with self._database.read() as session:
            due = await list_due(session, besides=list(self._running), limit=COMMUNITIES_AT_ONCE)
        for integration_id in due:
            task = asyncio.create_task(self._work(integration_id), name=f"duties:{integration_id}")
            self._running[integration_id] = task
            task.add_done_callback(partial(self._ended, integration_id))
        return False

    def _ended(self, integration_id: UUID, _task: asyncio.Task[None]) -> None:
        self._running.pop(integration_id, None)

    async def stop(self) -> None:
        """End the tasks; what they had under way is settled by the next holder of the lease."""
        tasks = list(self._running.values())
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=5.0)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, integration_id: UUID) -> None:
        try:
            for _ in range(ROUNDS_PER_LEASE):
                lease = await self._hold(integration_id)
                if lease is None:
                    return
                async with asyncio.timeout(ROUND_SECONDS_MAX):
                    if not await self._round(integration_id, lease):
                        return
        except Exception as error:
            log.warning("duties_failed", integration_id=str(integration_id), error=repr(error), exc_info=True)
            await asyncio.sleep(self._world.jitter(1.0))

    async def _hold(self, integration_id: UUID) -> Lease | None:
        async with self._database.write() as session:
            return await hold_lease(
                session, f"community:{integration_id}", holder=self._holder, seconds=LEASE_SECONDS
            )

    async def _round(self, integration_id: UUID, lease: Lease) -> bool:
        """Do each kind of work once. Returns whether there may be more at once."""
        async with self._database.read() as session:
            due = await get_due(session, integration_id)
        if due is None:
            return False
        api = self._api(due)
        if due.link_is_due:
            await self._linker.work(due, api)
            return False
        if api is None:
            await self._wait_for_a_key(due)
            return False
        sent = await self._sender.work(integration_id, api, lease)
        looked_up = await self._profiles.work(integration_id, api)
        return sent or looked_up

    async def _wait_for_a_key(self, due: DueCommunity) -> None:
        async with self._database.write() as session:
            await hold_replies(session, due.integration_id, NO_KEY)
            await put_off_profiles(session, due.integration_id, NO_KEY)
            community = await find_community(session, due.integration_id)
            if community is not None:
                await report_problem(
                    session, community, "key_unreadable" if due.key_sealed else "key_missing"
                )

    def _api(self, due: DueCommunity) -> CommunityApi | None:
        if due.key_sealed is None:
            return None
        try:
            key = self._vault.open(due.key_sealed, place=community_key_place(due.integration_id))
        except VaultError:
            return None
        pace = self._paces.setdefault(due.community_id, Pace(self._per_second, self._world))
        return CommunityApi(self._vk, key, due.community_id, pace)
