"""What is asked of VK because of an update: the whole of a cropped message, peace for a pressed button.

A follow-up is stored with the update's translation and done under the community's lease. What VK gives is
stored as an update of its own (`whole_message`), so that it goes through the same door as everything else.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, delete, exists, select, update

from shared.database.engine import Database
from shared.database.inserts import inserted_rows
from shared.database.leases import Lease
from shared.database.session import Session
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.incoming.tables import FollowUp, FollowUpKind
from vk_gateway.incoming.translate import WHOLE_MESSAGE
from vk_gateway.tables import Community, RawUpdate
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

AT_ONCE = 20
OVERDUE_BATCH = 100
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0)
# VK forgets a press after about a minute.
ANSWER_WITHIN = timedelta(seconds=60)
_READ_FAILURES = (VkError, VkUnclear, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class Wanted:
    """A follow-up to be stored, for the update at `position`."""

    position: int
    integration_id: UUID
    project_id: UUID
    kind: FollowUpKind
    external_id: str
    subject: str
    lasts: timedelta


class FollowUps:
    """Does the follow-ups of one community; `on_stored` is called when there is something to translate."""

    def __init__(self, database: Database, on_stored: Callable[[], None]) -> None:
        self._database = database
        self._on_stored = on_stored

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether the community has a follow-up that is due."""
        owner = FollowUp.integration_id == Community.integration_id
        return exists().where(owner, FollowUp.next_attempt_at <= at.now)

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Do what is due. Returns whether more may be."""
        async with self._database.read() as session:
            due = await _list_due(session, community.integration_id)
        answers = [follow_up for follow_up in due if follow_up.kind is FollowUpKind.ANSWER]
        by_person: dict[str, list[FollowUp]] = {}
        for follow_up in due:
            if follow_up.kind is FollowUpKind.WHOLE:
                by_person.setdefault(follow_up.external_id, []).append(follow_up)
        await asyncio.gather(
            *(self._answer(follow_up, api) for follow_up in answers),
            *(self._fetch(person, follow_ups, api) for person, follow_ups in by_person.items()),
        )
        return len(due) == AT_ONCE

    async def _answer(self, follow_up: FollowUp, api: CommunityApi) -> None:
        """Let go of a pressed button (messages.sendMessageEventAnswer); what it means is not ours to say."""
        try:
            await api.call(
                "messages.sendMessageEventAnswer",
                event_id=follow_up.subject,
                user_id=follow_up.external_id,
                peer_id=follow_up.external_id,
            )
        except VkUnclear:
            async with self._database.write() as session:
                await _put_off(session, [follow_up])
            return
        except VkError as error:
            log.info("press_not_answered", integration_id=str(follow_up.integration_id), error=str(error))
        async with self._database.write() as session:
            await _finish(session, [follow_up.position])

    async def _fetch(self, person: str, follow_ups: Sequence[FollowUp], api: CommunityApi) -> None:
        """Fetch messages of one dialog whole (messages.getByConversationMessageId)."""
        numbers = sorted({follow_up.subject for follow_up in follow_ups}, key=int)
        try:
            answer = await api.call(
                "messages.getByConversationMessageId",
                peer_id=person,
                conversation_message_ids=",".join(numbers),
            )
            found = {str(item["conversation_message_id"]): item for item in answer["items"]}
        except _READ_FAILURES as error:
            log.info("message_not_fetched", peer_id=person, error=str(error))
            found = {}
        whole = {number: item for number, item in found.items() if not item.get("is_cropped")}
        async with self._database.write() as session:
            await _store(session, [each for each in follow_ups if each.subject in whole], whole)
            await _put_off(session, [each for each in follow_ups if each.subject not in whole])
            session.after_commit(self._on_stored)


async def want_follow_ups(session: Session, wanted: Sequence[Wanted]) -> None:
    """Store follow-ups, but for those that come too late; an update has at most one."""
    rows = [
        {
            "position": each.position,
            "integration_id": each.integration_id,
            "project_id": each.project_id,
            "kind": each.kind,
            "external_id": each.external_id,
            "subject": each.subject,
            "attempts": 0,
            "next_attempt_at": session.now,
            "gives_up_at": session.now + each.lasts,
        }
        for each in wanted
        if each.lasts > timedelta()
    ]
    await inserted_rows(session, FollowUp, rows, conflict=["position"], returning=["position"])


async def are_given_up(session: Session, at: datetime) -> bool:
    """Whether the time of a follow-up will be over at a time."""
    query = select(FollowUp.position).where(FollowUp.gives_up_at <= at).limit(1)
    return (await session.execute(query)).first() is not None


async def give_up_follow_ups(session: Session) -> bool:
    """End a batch of follow-ups whose time is over. Returns whether more may wait.

    A message that VK did not give whole is told as it came.
    """
    query = (
        select(FollowUp)
        .where(FollowUp.gives_up_at <= session.now)
        .order_by(FollowUp.position)
        .limit(OVERDUE_BATCH)
        .with_for_update(skip_locked=True)
    )
    overdue = (await session.scalars(query)).all()
    await _store(session, [each for each in overdue if each.kind is FollowUpKind.WHOLE], {})
    await _finish(session, [follow_up.position for follow_up in overdue])
    return len(overdue) == OVERDUE_BATCH


async def _list_due(session: Session, integration_id: UUID) -> Sequence[FollowUp]:
    query = (
        select(FollowUp)
        .where(FollowUp.integration_id == integration_id, FollowUp.next_attempt_at <= session.now)
        .order_by(FollowUp.next_attempt_at, FollowUp.position)
        .limit(AT_ONCE)
    )
    return (await session.scalars(query)).all()


async def _put_off(session: Session, follow_ups: Sequence[FollowUp]) -> None:
    for follow_up in follow_ups:
        seconds = RETRY_SECONDS[min(follow_up.attempts, len(RETRY_SECONDS) - 1)]
        await session.execute(
            update(FollowUp)
            .where(FollowUp.position == follow_up.position)
            .values(attempts=FollowUp.attempts + 1, next_attempt_at=session.now + timedelta(seconds=seconds))
        )


async def _finish(session: Session, positions: Collection[int]) -> None:
    if positions:
        await session.execute(delete(FollowUp).where(FollowUp.position.in_(positions)))


async def _store(
    session: Session, follow_ups: Sequence[FollowUp], whole: Mapping[str, Mapping[str, Any]]
) -> None:
    """Store messages as updates to be translated: as VK gave them now, else as they came."""
    if not follow_ups:
        return
    positions = [follow_up.position for follow_up in follow_ups]
    query = select(RawUpdate).where(RawUpdate.position.in_(positions)).order_by(RawUpdate.position)
    origins = {origin.position: origin for origin in (await session.scalars(query)).all()}
    rows = []
    for follow_up in follow_ups:
        origin = origins.get(follow_up.position)
        if origin is not None:
            rows.append(_as_update(origin, whole.get(follow_up.subject)))
    conflict = ["integration_id", "event_id"]
    await inserted_rows(session, RawUpdate, rows, conflict=conflict, returning=["position"])
    await _finish(session, positions)


def _as_update(origin: RawUpdate, message: Mapping[str, Any] | None) -> dict[str, Any]:
    content = json.loads(origin.body.decode("utf-8", "replace"))["object"]
    wrapped = content.get("message")
    told = message or (wrapped if isinstance(wrapped, dict) else content)
    said = {"kind": origin.kind, "source": content.get("source"), "message": told}
    document = {"type": WHOLE_MESSAGE, "group_id": origin.community_id, "object": said}
    return {
        "integration_id": origin.integration_id,
        "project_id": origin.project_id,
        "community_id": origin.community_id,
        "epoch": origin.epoch,
        "event_id": f"whole:{origin.position}",
        "kind": WHOLE_MESSAGE,
        "body": json.dumps(document).encode(),
        "received_at": origin.received_at,
    }
