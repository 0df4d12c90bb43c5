"""After a reply with files is in VK: which of them has VK kept? It drops dead ones without a word."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, exists, select

from shared.database.engine import Database
from shared.database.leases import Lease
from shared.database.session import Session
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.outgoing.actions import announce_sent
from vk_gateway.outgoing.queries import list_parts
from vk_gateway.tables import Community, Outgoing, OutgoingPart
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

BATCH = 20
UNVERIFIED_BATCH = 500
LATER = timedelta(seconds=2)
# Then a reply is told as sent without this look.
PATIENCE = timedelta(minutes=2)
_REFERENCE = re.compile(r"[a-z_]+(-?\d+)_(\d+)")


class Verifying:
    """Looks at replies that VK has taken, and only then announces them.

    VK: messages.getByConversationMessageId.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether a reply of the community waits for the look."""
        owner = Outgoing.integration_id == Community.integration_id
        return exists().where(owner, Outgoing.verify_at <= at.now)

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Look at some replies. Returns whether more may wait."""
        async with self._database.read() as session:
            query = select(Outgoing).where(
                Outgoing.integration_id == community.integration_id, Outgoing.verify_at <= session.now
            )
            query = query.order_by(Outgoing.verify_at).limit(BATCH)
            waiting = (await session.execute(query)).scalars().all()
            parts = await list_parts(session, {reply.id for reply in waiting})
        for reply in waiting:
            await self._look_at(reply, parts.get(reply.id, []), api)
        return len(waiting) == BATCH

    async def _look_at(self, reply: Outgoing, parts: Sequence[OutgoingPart], api: CommunityApi) -> None:
        try:
            answer = await api.call(
                "messages.getByConversationMessageId",
                peer_id=reply.external_id,
                conversation_message_ids=reply.conversation_message_id or 0,
            )
            items = answer["items"]
            # A message that is gone meanwhile tells nothing.
            dropped = dropped_from(items[0], parts) if items else ()
        except (VkError, VkUnclear, KeyError, TypeError, ValueError) as error:
            log.info("reply_not_verified", reply_id=str(reply.id), error=str(error))
            dropped = None
        async with self._database.write() as session:
            await _store(session, reply.id, dropped)


async def _store(session: Session, reply_id: UUID, dropped: tuple[int, ...] | None) -> None:
    query = select(Outgoing).where(Outgoing.id == reply_id, Outgoing.verify_at.is_not(None))
    reply = (await session.execute(query.with_for_update())).scalar_one_or_none()
    if reply is None:
        return
    if dropped is None and session.now - (reply.settled_at or session.now) < PATIENCE:
        reply.verify_at = session.now + LATER
        return
    reply.verify_at = None
    announce_sent(session, reply, dropped=dropped or ())


async def tell_unverified(session: Session) -> None:
    """Tell of replies that nobody could look at: their community is gone, or its key is."""
    query = select(Outgoing).where(
        Outgoing.verify_at.is_not(None), Outgoing.settled_at < session.now - 2 * PATIENCE
    )
    query = query.order_by(Outgoing.id).limit(UNVERIFIED_BATCH).with_for_update(skip_locked=True)
    for reply in (await session.execute(query)).scalars():
        reply.verify_at = None
        announce_sent(session, reply, dropped=())


def dropped_from(message: Any, parts: Sequence[OutgoingPart]) -> tuple[int, ...]:
    """Return the positions of the files that a message of VK's does not have. Raises on odd messages."""
    contents = [attachment[attachment["type"]] for attachment in message.get("attachments") or []]
    kept = {(int(content["owner_id"]), int(content["id"])) for content in contents if "owner_id" in content}
    return tuple(part.position for part in parts if _named(part.reference) not in kept)


def _named(reference: str | None) -> tuple[int, int] | None:
    match = _REFERENCE.match(reference or "")
    return (int(match[1]), int(match[2])) if match else None
