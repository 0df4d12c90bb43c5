"""Who has which dialog open: told to every process by the bus, kept in memory, and over by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from pydantic import BaseModel, Field, ValidationError

from dialogs.live.feed import Feed
from dialogs.presence.schemas import Presence, PresentOut
from dialogs.threads.schemas import OperatorOut
from shared.messaging.bus import Bus
from shared.runtime.world import World

log = structlog.get_logger()
TOPIC = "dialogs.operator_present"
DIALOGS_MAX = 10_000
PEOPLE_MAX = 50


class Sign(BaseModel, frozen=True):
    """Somebody's word that they are at a dialog; without a state they have left it."""

    project_id: UUID
    dialog_id: UUID
    operator_id: UUID
    name: str = Field(max_length=500)
    state: Presence | None
    said_at: datetime


class _Told(BaseModel):
    """The `presence` event of the live feed."""

    project_id: UUID
    dialog_id: UUID
    items: list[PresentOut]


@dataclass(frozen=True)
class _Known:
    sign: Sign
    until: float


class Board:
    """Takes signs of presence, of this process and of the others, and tells the open feeds what changes.

    A sign that is not repeated in time ends. Of one person's signs the latest counts, so one that is late,
    or comes back from the bus, changes nothing; for that those who have left are remembered as long.
    """

    def __init__(self, bus: Bus, feed: Feed, world: World, *, seconds: float) -> None:
        self._bus = bus
        self._feed = feed
        self._world = world
        self._seconds = seconds
        self._dialogs: dict[UUID, dict[UUID, _Known]] = {}

    def now(self) -> datetime:
        """Return the moment of a sign that is given now."""
        return self._world.now()

    async def tell(self, sign: Sign) -> None:
        """Take a sign and pass it on."""
        self._take(sign)
        try:
            await self._bus.nudge(TOPIC, sign.model_dump_json())
        except Exception as error:  # noqa: BLE001 - it may be lost, and is repeated soon
            log.info("presence_not_told", error=repr(error))

    def heard(self, text: str) -> None:
        """Take a nudge of any process, this one too."""
        try:
            self._take(Sign.model_validate_json(text))
        except ValidationError:
            log.info("nudge_not_understood")

    def present(self, dialog_id: UUID, *, but: UUID | None = None) -> list[PresentOut]:
        """Return who is at a dialog, without one of them."""
        return [
            PresentOut(operator=OperatorOut(id=sign.operator_id, name=sign.name), state=sign.state)
            for sign in self._signs(dialog_id)
            if sign.state is not None and sign.operator_id != but
        ]

    def _signs(self, dialog_id: UUID) -> Iterator[Sign]:
        now = self._world.monotonic()
        return (each.sign for each in self._dialogs.get(dialog_id, {}).values() if each.until > now)

    def _take(self, sign: Sign) -> None:
        people = self._dialogs.get(sign.dialog_id, {})
        known = people.get(sign.operator_id)
        if known is not None and known.sign.said_at >= sign.said_at:
            return
        if known is None and (len(people) >= PEOPLE_MAX or len(self._dialogs) >= DIALOGS_MAX):
            return
        before = self.present(sign.dialog_id)
        self._dialogs[sign.dialog_id] = people
        people[sign.operator_id] = _Known(sign, self._world.monotonic() + self._seconds)
        self._tell_feed(sign.project_id, sign.dialog_id, before)

    async def tick(self) -> bool:
        """Forget those of whom nothing was heard for long, and say so."""
        now = self._world.monotonic()
        for dialog_id, people in list(self._dialogs.items()):
            over = [each.sign for each in people.values() if each.until <= now]
            if not over:
                continue
            for sign in over:
                del people[sign.operator_id]
            if not people:
                del self._dialogs[dialog_id]
            if any(sign.state is not None for sign in over):
                self._tell_feed(over[0].project_id, dialog_id, None)
        return False

    def _tell_feed(self, project_id: UUID, dialog_id: UUID, before: list[PresentOut] | None) -> None:
        now = self.present(dialog_id)
        if now != before and self._feed.is_open(project_id):
            told = _Told(project_id=project_id, dialog_id=dialog_id, items=now)
            self._feed.whisper(project_id, f"event: presence\ndata: {told.model_dump_json()}\n\n".encode())
