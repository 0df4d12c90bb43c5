"""Showing people that an operator types (messages.setActivity). Not kept, and may be lost."""

import json
from uuid import UUID

import structlog

from shared.database.engine import Database
from shared.database.leases import hold_lease
from shared.runtime.loops import Loop
from vk_gateway.communities.duties import LEASE_SECONDS, Apis
from vk_gateway.communities.queries import LIVE, get_due
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

TOPIC = "dialogs.operator_typed"
# VK shows it for five to ten seconds.
EVERY_SECONDS = 5.0
DIALOGS_MAX = 1000
Person = tuple[UUID, UUID, str]


class OperatorsTyping:
    """Hears which dialogs operators type in, and tells VK, each dialog once in five seconds at most."""

    def __init__(self, database: Database, apis: Apis, *, holder: str) -> None:
        self._database = database
        self._apis = apis
        self._holder = holder
        self._waiting: set[Person] = set()
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
        is_late = now - self._told_at.get(person, -EVERY_SECONDS) >= EVERY_SECONDS
        if is_late and len(self._waiting) < DIALOGS_MAX:
            self._told_at[person] = now
            self._waiting.add(person)
            self.loop.wake()

    async def step(self) -> bool:
        """Tell VK of one dialog. Returns whether more wait."""
        now = self._database.world.monotonic()
        self._told_at = {who: at for who, at in self._told_at.items() if now - at < EVERY_SECONDS}
        if self._waiting:
            await self._tell(self._waiting.pop())
        return bool(self._waiting)

    async def _tell(self, person: Person) -> None:
        project_id, integration_id, external_id = person
        async with self._database.read() as session:
            community = await get_due(session, integration_id)
        if community is None or community.project_id != project_id or community.is_parked:
            return
        if community.link_state not in LIVE:
            return
        api = self._apis.open(community)
        if api is None or api.pace.is_pressed:
            return
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
