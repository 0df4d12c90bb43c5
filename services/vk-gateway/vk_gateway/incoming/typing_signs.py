"""Who is typing, told to whoever listens at this moment. It is never stored and may be lost."""

import json
from collections import OrderedDict
from uuid import UUID

from shared.messaging.bus import Bus, BusUnavailable
from shared.runtime.loops import Loop
from shared.runtime.world import World

TOPIC = "channel.contact_typed"
# Cabinets show it for some seconds; VK says it again while it lasts.
SECONDS_BETWEEN = 3.0
PEOPLE_MAX = 10_000
WAITING_MAX = 1_000
Person = tuple[UUID, UUID, str]


class Typing:
    """Passes on that people type: each once in three seconds, and as many as the bus takes."""

    def __init__(self, bus: Bus, world: World) -> None:
        self._bus = bus
        self._world = world
        self._told_at: OrderedDict[Person, float] = OrderedDict()
        self._waiting: list[Person] = []
        self.loop = Loop("vk-gateway:typing", self.step, interval_seconds=60.0, world=world)

    def heard(self, project_id: UUID, integration_id: UUID, external_id: str) -> None:
        """Note that a person types, for the next `step`."""
        person = (project_id, integration_id, external_id)
        now = self._world.monotonic()
        told_at = self._told_at.get(person)
        if told_at is not None and now - told_at < SECONDS_BETWEEN:
            return
        if len(self._waiting) >= WAITING_MAX:
            return
        self._told_at[person] = now
        self._told_at.move_to_end(person)
        if len(self._told_at) > PEOPLE_MAX:
            self._told_at.popitem(last=False)
        self._waiting.append(person)
        self.loop.wake()

    async def step(self) -> bool:
        """Pass on what was noted. Never leaves work."""
        waiting, self._waiting = self._waiting, []
        for project_id, integration_id, external_id in waiting:
            names = ("project_id", "integration_id", "external_id")
            values = (str(project_id), str(integration_id), external_id)
            try:
                await self._bus.nudge(TOPIC, json.dumps(dict(zip(names, values, strict=True))))
            except BusUnavailable:
                return False
        return False
