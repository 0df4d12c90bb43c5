"""Telling VK what operators have read: a high-water mark for each person, told late and together."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, exists, func, select, update

from shared.database.engine import Database
from shared.database.inserts import inserted
from shared.database.leases import Lease
from shared.database.session import Session
from shared.events.dialogs import MessagesSeen
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.outgoing.rules import FLOOD
from vk_gateway.tables import Community, ReadMark
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

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

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether VK is to be told of a mark of the community."""
        owner = ReadMark.integration_id == Community.integration_id
        return exists().where(owner, ReadMark.wanted_at <= at.now)

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
        is_final = False
        try:
            await api.pace.spare_turn()
            response, errors = await api.execute_now("".join([*code, "return r;"]), arguments)
            told = response if isinstance(response, list) else None
            is_final = bool(errors) and all(map(_is_final, errors))
        except (VkError, VkUnclear) as error:
            log.info("marks_not_told", integration_id=str(community.integration_id), error=str(error))
        async with self._database.write() as session:
            for place, mark in enumerate(marks):
                answer = told[place : place + 1] if told is not None else []
                if answer == [False] and is_final:
                    await _settle(session, mark, wanted_at=None)
                elif answer in ([], [False]):
                    await _settle(session, mark, wanted_at=session.now + RETRY)
                else:
                    await _settle(session, mark, wanted_at=None, told_number=mark.seen_number)
        return len(marks) == BATCH


def _is_final(error: Any) -> bool:
    """Whether VK would say the same again: it is asked no more, until there is more to tell."""
    try:
        failure = VkError("messages.markAsRead", int(error["error_code"]), str(error.get("error_msg", "")))
    except (TypeError, KeyError, ValueError):
        return False
    return failure.failure_class in {FailureClass.PEER, FailureClass.CONTENT} and failure.code != FLOOD


async def _settle(
    session: Session, mark: ReadMark, *, wanted_at: datetime | None, told_number: int | None = None
) -> None:
    """Store what came of telling VK of a mark; one that has moved on meanwhile stays wanted."""
    chosen = (ReadMark.integration_id == mark.integration_id) & (ReadMark.external_id == mark.external_id)
    values: dict[str, Any] = {"wanted_at": wanted_at}
    if wanted_at is None:
        chosen &= ReadMark.seen_number == mark.seen_number
    if told_number is not None:
        values["told_number"] = told_number
    settled = update(ReadMark).where(chosen).values(**values)
    await session.execute(settled.execution_options(synchronize_session=False))
