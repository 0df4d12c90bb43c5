"""Customers who are typing: passed on to whoever has the project open now, never stored."""

import asyncio
from uuid import UUID

import structlog
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select, tuple_

from dialogs.live.feed import Feed
from dialogs.tables import Contact, Dialog
from shared.database.engine import Database

log = structlog.get_logger()
TOPIC = "channel.contact_typed"
WAITING_MAX = 1_000


class Typed(BaseModel, frozen=True):
    """A gateway's word that somebody is typing."""

    project_id: UUID
    integration_id: UUID
    external_id: str = Field(max_length=100)


class TypingFeed:
    """Finds the dialogs of those who type, many at once, and tells the open feeds."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database = database
        self._feed = feed
        self._waiting: set[Typed] = set()
        self._task: asyncio.Task[None] | None = None

    def heard(self, text: str) -> None:
        """Take a gateway's nudge. It is dropped if nobody listens, or if very many wait."""
        try:
            typed = Typed.model_validate_json(text)
        except ValidationError:
            log.info("nudge_not_understood")
            return
        if not self._feed.is_open(typed.project_id) or len(self._waiting) >= WAITING_MAX:
            return
        self._waiting.add(typed)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell(), name="typing")

    async def _tell(self) -> None:
        while self._waiting:
            typing, self._waiting = self._waiting, set()
            try:
                await self._tell_of({(one.integration_id, one.external_id): one for one in typing})
            except Exception as error:  # noqa: BLE001 - it may be lost, and comes again while they type on
                log.info("typing_not_told", error=repr(error))

    async def _tell_of(self, typing: dict[tuple[UUID, str], Typed]) -> None:
        key = (Contact.integration_id, Contact.external_id)
        query = (
            select(*key, Dialog.id, Dialog.project_id)
            .join(Dialog, Dialog.contact_id == Contact.id)
            .where(tuple_(*key).in_(list(typing)))
        )
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        for integration_id, external_id, dialog_id, project_id in rows:
            # The dialog's own project decides who hears of it, not what the nudge says.
            if project_id == typing[integration_id, external_id].project_id:
                data = f'{{"project_id":"{project_id}","dialog_id":"{dialog_id}"}}'
                self._feed.whisper(project_id, f"event: typing\ndata: {data}\n\n".encode())

    async def close(self) -> None:
        """Drop what is waiting."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
