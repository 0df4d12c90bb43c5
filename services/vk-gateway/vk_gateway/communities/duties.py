"""What is due at VK, community by community: one process at a time for each, by a fenced lease."""

import asyncio
from functools import partial
from uuid import UUID

import structlog

from shared.database.engine import Database
from shared.database.leases import Lease, hold_lease
from shared.database.vault import Vault, VaultError
from shared.runtime.world import World
from vk_gateway.communities.actions import community_key_place
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.queries import DueCommunity, list_due
from vk_gateway.contacts.profiles import Profiles
from vk_gateway.outgoing.sender import Sender
from vk_gateway.vk.client import CommunityApi, Pace, Vk

log = structlog.get_logger()

COMMUNITIES_AT_ONCE = 50
LEASE_SECONDS = 20.0
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
            due = await list_due(session, limit=COMMUNITIES_AT_ONCE)
        for community in due:
            if community.integration_id not in self._running:
                task = asyncio.create_task(self._work(community), name=f"duties:{community.integration_id}")
                self._running[community.integration_id] = task
                task.add_done_callback(partial(self._ended, community.integration_id))
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

    async def _work(self, due: DueCommunity) -> None:
        try:
            for _ in range(ROUNDS_PER_LEASE):
                lease = await self._hold(due.integration_id)
                if lease is None or not await self._round(due, lease):
                    return
        except Exception as error:
            log.warning(
                "duties_failed", integration_id=str(due.integration_id), error=repr(error), exc_info=True
            )
            await asyncio.sleep(self._world.jitter(1.0))

    async def _hold(self, integration_id: UUID) -> Lease | None:
        async with self._database.write() as session:
            return await hold_lease(
                session, f"community:{integration_id}", holder=self._holder, seconds=LEASE_SECONDS
            )

    async def _round(self, due: DueCommunity, lease: Lease) -> bool:
        """Do each kind of work once. Returns whether there may be more at once."""
        api = self._api(due)
        if due.link_is_due:
            await self._linker.work(due, api)
            return False
        if api is None:
            return False
        sent = await self._sender.work(due.integration_id, api, lease)
        looked_up = await self._profiles.work(due.integration_id, api)
        return sent or looked_up

    def _api(self, due: DueCommunity) -> CommunityApi | None:
        if due.key_sealed is None:
            return None
        try:
            key = self._vault.open(due.key_sealed, place=community_key_place(due.integration_id))
        except VaultError:
            log.error("key_unreadable", integration_id=str(due.integration_id))
            return None
        pace = self._paces.setdefault(due.community_id, Pace(self._per_second, self._world))
        return CommunityApi(self._vk, key, due.community_id, pace)
