"""Telling gateways that an operator is typing: now and then, and it may be lost."""

import json
from collections import OrderedDict
from uuid import UUID

import structlog

from dialogs.tables import Contact, Dialog
from shared.messaging.bus import Bus
from shared.runtime.world import World

log = structlog.get_logger()
TOPIC = "dialogs.operator_typed"
DIALOGS_MAX = 10_000


class Typing:
    """Passes on at most one word of a dialog every few seconds; a replica counts for itself."""

    def __init__(self, bus: Bus, world: World, every_seconds: float) -> None:
        self._bus = bus
        self._world = world
        self._every = every_seconds
        self._told: OrderedDict[UUID, float] = OrderedDict()

    async def tell(self, dialog: Dialog, contact: Contact) -> None:
        """Say that somebody types in a dialog, unless that was said just now."""
        now = self._world.monotonic()
        if now - self._told.get(dialog.id, -self._every) < self._every:
            return
        self._told[dialog.id] = now
        self._told.move_to_end(dialog.id)
        if len(self._told) > DIALOGS_MAX:
            self._told.popitem(last=False)
        about = {
            "project_id": str(dialog.project_id),
            "integration_id": str(dialog.integration_id),
            "external_id": contact.external_id,
        }
        try:
            await self._bus.nudge(TOPIC, json.dumps(about))
        except Exception as error:  # noqa: BLE001 - it may be lost, and the operator types on
            log.info("typing_not_told", error=str(error))
