"""Showing people that an operator types (messages.setActivity). Not kept, and may be lost."""

import asyncio
import json
from uuid import UUID

import structlog

from shared.database.engine import Database
from shared.database.leases import hold_lease
from shared.runtime.loops import Loop
from vk_gateway.communities.duties import LEASE_SECONDS, Apis
from vk_gateway.communities.queries import LIVE, get_due
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

TOPIC = "dialogs.operator_typed"
# VK shows it for five to ten seconds.
EVERY_SECONDS = 5.0
DIALOGS_MAX = 1000
# While a community's other calls wait for their turns its signs do, too; but none longer than this.
LATE_SECONDS_MAX = 5.0
PRESSED_PAUSE_SECONDS = 0.1
Person = tuple[UUID, UUID, str]


class OperatorsTyping:
    """Hears which dialogs operators type in, and tells VK, each dialog once in five seconds at most."""

    def __init__(self, database: Database, apis: Apis, *, holder: str) -> None:
        self._database = database
        self._apis = apis
        self._holder = holder
        # Since when each sign waits, and when the last one was told, by dialog.
        self._waiting: dict[Person, float] = {}
        self._told_at: dict[Person, float] = {}
        self.loop = Loop("vk-gateway:typing", self.step, interval_seconds=60.0, world=database.world)

    def hear(self, text: str) -> None:
        """Take a nudge: project, integration and person as JSON."""
        try:
            told = json.loads(text)
            person = UUID(told["project_id"]), UUID(told["integration_id"]), str(int(told["external_id"]))
        except (ValueError, KeyError, TypeError):
            log.warning("nudge_not_understood", topic=TOPIC)
            return
        now = self._database.world.monotonic()
        is_due = now - self._told_at.get(person, -EVERY_SECONDS) >= EVERY_SECONDS
        if is_due and person not in self._waiting and len(self._waiting) < DIALOGS_MAX:
            self._waiting[person] = now
            self.loop.wake()

    async def step(self) -> bool:
        """Tell VK of the dialogs whose communities have turns to spare. Returns whether others wait."""
        now = self._database.world.monotonic()
        self._told_at = {who: at for who, at in self._told_at.items() if now - at < EVERY_SECONDS}
        self._waiting = {who: at for who, at in self._waiting.items() if now - at < LATE_SECONDS_MAX}
        pressed: set[UUID] = set()
        for person in list(self._waiting):
            if person[1] not in pressed and not await self._settle(person):
                pressed.add(person[1])
        if pressed:
            await asyncio.sleep(PRESSED_PAUSE_SECONDS)
        return bool(self._waiting)

    async def _settle(self, person: Person) -> bool:
        """Tell VK, or forget what nobody is to tell. Returns False while the community has no turns."""
        api = await self._open(person)
        if api is not None and api.pace.is_pressed:
            return False
        del self._waiting[person]
        if api is not None:
            self._told_at[person] = self._database.world.monotonic()
            await self._tell(person, api)
        return True

    async def _open(self, person: Person) -> CommunityApi | None:
        """Return VK's methods for a person's community, None when it is not to be spoken to."""
        project_id, integration_id, _ = person
        async with self._database.read() as session:
            community = await get_due(session, integration_id)
        if community is None or community.project_id != project_id or community.is_parked:
            return None
        return self._apis.open(community) if community.link_state in LIVE else None

    async def _tell(self, person: Person, api: CommunityApi) -> None:
        _, integration_id, external_id = person
        async with self._database.write() as session:
            name = f"community:{integration_id}"
            # Every replica hears a nudge; the community's own tells VK.
            lease = await hold_lease(session, name, holder=self._holder, seconds=LEASE_SECONDS)
        if lease is None:
            return
        try:
            await api.call("messages.setActivity", peer_id=external_id, type="typing")
        except (VkError, VkUnclear) as error:
            log.info("typing_not_told", integration_id=str(integration_id), error=str(error))
