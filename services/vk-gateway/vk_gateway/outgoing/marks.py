"""Telling VK what operators have read: a high-water mark for each person, told late and together."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, exists, func, select, update

from shared.database.engine import Database
from shared.database.inserts import inserted
from shared.database.leases import Lease
from shared.database.session import Session
from shared.events.dialogs import MessagesSeen
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.tables import Community, ReadMark
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

# An operator who reads on moves the mark only.
GATHERING = timedelta(seconds=1)
RETRY = timedelta(seconds=30)
BATCH = 25


async def note_seen(session: Session, event: MessagesSeen) -> None:
    """Move a person's mark up, and have VK told soon."""
    wanted_at = session.now + GATHERING
    new = await inserted(
        session,
        ReadMark,
        conflict=["integration_id", "external_id"],
        integration_id=event.integration_id,
        external_id=event.external_id,
        project_id=event.project_id,
        seen_number=event.conversation_message_id,
        told_number=0,
        wanted_at=wanted_at,
    )
    if new:
        return
    behind = (
        (ReadMark.integration_id == event.integration_id)
        & (ReadMark.external_id == event.external_id)
        & (ReadMark.project_id == event.project_id)
        & (ReadMark.seen_number < event.conversation_message_id)
    )
    moved = (
        update(ReadMark)
        .where(behind)
        .values(
            seen_number=event.conversation_message_id, wanted_at=func.coalesce(ReadMark.wanted_at, wanted_at)
        )
    )
    await session.execute(moved.execution_options(synchronize_session=False))


class Marking:
    """Marks dialogs as read at VK, many in one call, when nothing more important waits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime) -> ColumnElement[bool]:
        """Return whether VK is to be told of a mark of the community."""
        return exists().where(ReadMark.integration_id == Community.integration_id, ReadMark.wanted_at <= now)

    async def put_off(self, session: Session, integration_id: UUID, delay: timedelta) -> None:
        """Put off every mark of an integration."""
        due = (ReadMark.integration_id == integration_id) & (ReadMark.wanted_at <= session.now)
        later = update(ReadMark).where(due).values(wanted_at=session.now + delay)
        await session.execute(later.execution_options(synchronize_session=False))

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Tell VK of some marks (messages.markAsRead in `execute`). Returns whether more may be due."""
        async with self._database.read() as session:
            query = select(ReadMark).where(
                ReadMark.integration_id == community.integration_id, ReadMark.wanted_at <= session.now
            )
            marks = (await session.execute(query.order_by(ReadMark.wanted_at).limit(BATCH))).scalars().all()
        if not marks:
            return False
        code, arguments = ["var r=[];"], dict[str, str | int]()
        for place, mark in enumerate(marks):
            fields = f'"peer_id":Args.peer_id_{place},"up_to_cmid":Args.up_to_cmid_{place}'
            code.append(f"r.push(API.messages.markAsRead({{{fields}}}));")
            arguments |= {f"peer_id_{place}": mark.external_id, f"up_to_cmid_{place}": mark.seen_number}
        told: list[Any] | None = None
        try:
            await api.pace.spare_turn()
            response, _ = await api.execute_now("".join([*code, "return r;"]), arguments)
            told = response if isinstance(response, list) else None
        except (VkError, VkUnclear) as error:
            log.info("marks_not_told", integration_id=str(community.integration_id), error=str(error))
        async with self._database.write() as session:
            for place, mark in enumerate(marks):
                was_told = told is not None and told[place : place + 1] not in ([], [False])
                await _settle(session, mark, was_told=was_told)
        return len(marks) == BATCH


async def _settle(session: Session, mark: ReadMark, *, was_told: bool) -> None:
    """VK was told up to the mark as it was then; if it was not, it is tried again later."""
    chosen = (ReadMark.integration_id == mark.integration_id) & (ReadMark.external_id == mark.external_id)
    values: dict[str, Any] = {"wanted_at": session.now + RETRY}
    if was_told:
        values = {"told_number": mark.seen_number, "wanted_at": None}
        chosen &= ReadMark.seen_number == mark.seen_number
    settled = update(ReadMark).where(chosen).values(**values)
    await session.execute(settled.execution_options(synchronize_session=False))
