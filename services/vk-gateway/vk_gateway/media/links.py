"""VK's links expire: a fresh one comes with the message, when VK is asked for it again."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, exists, select, update

from shared.database.engine import Database
from shared.database.leases import Lease
from shared.database.session import Session
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.incoming.contents import read_body
from vk_gateway.media.actions import IS_STALE, freshen
from vk_gateway.tables import Community, Media
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()

AT_ONCE = 20
RETRY = timedelta(seconds=30)
# Says nothing of the message: VK is in trouble, or the community's key is.
_LATER = frozenset({FailureClass.TRANSIENT, FailureClass.ACCOUNT})


class FreshLinks:
    """Asks VK for the messages whose files could not be had by the links that came with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether a file of the community waits for a fresh link."""
        return exists().where(
            Media.integration_id == Community.integration_id, IS_STALE, Media.next_attempt_at <= at.now
        )

    async def _put_off(self, session: Session, integration_id: UUID, delay: timedelta) -> None:
        """Put off every question of an integration."""
        chosen = (Media.integration_id == integration_id) & (Media.next_attempt_at <= session.now)
        later = update(Media).where(chosen, IS_STALE).values(next_attempt_at=session.now + delay)
        await session.execute(later.execution_options(synchronize_session=False))

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Ask for the messages of one dialog (messages.getByConversationMessageId)."""
        async with self._database.read() as session:
            stale = await _list_stale(session, community.integration_id)
        if not stale:
            return False
        person = stale[0].external_id or ""
        files = [media for media in stale if media.external_id == person]
        numbers = sorted({str(media.conversation_message_id) for media in files}, key=int)
        try:
            answer = await api.call(
                "messages.getByConversationMessageId",
                peer_id=person,
                conversation_message_ids=",".join(numbers),
            )
            links = _links(answer["items"])
        except (VkError, VkUnclear, KeyError, TypeError, ValueError) as error:
            log.info("no_fresh_link", integration_id=str(community.integration_id), error=str(error))
            if isinstance(error, VkUnclear) or (isinstance(error, VkError) and error.failure_class in _LATER):
                async with self._database.write() as session:
                    await self._put_off(session, community.integration_id, RETRY)
                return False
            links = {}
        async with self._database.write() as session:
            for media in files:
                await freshen(session, media.file_id, media.fence, links.get(media.source))
        return True


async def _list_stale(session: Session, integration_id: UUID) -> Sequence[Media]:
    query = select(Media).where(
        Media.integration_id == integration_id, IS_STALE, Media.next_attempt_at <= session.now
    )
    return (await session.scalars(query.order_by(Media.next_attempt_at).limit(AT_ONCE))).all()


def _links(messages: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return the links of all files in these messages, by the files' own names."""
    return {media.source: media.url for message in messages for media in read_body(message).media.values()}
