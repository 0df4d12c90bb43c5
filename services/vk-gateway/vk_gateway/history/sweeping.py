"""Comparing VK's dialogs with ours, the latest first, down to known ground (messages.getConversations).

This heals an outage of any length: what happened meanwhile is above the ground. It goes page by page; each
is committed with its place, so that a process that dies goes on where it was.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, exists

from shared.database.engine import Database
from shared.database.leases import Lease, still_held
from shared.database.session import Session
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.health.actions import suspect
from vk_gateway.health.rules import MESSAGES_DISABLED, are_messages_off
from vk_gateway.history.actions import read_conversation
from vk_gateway.history.numbers import has_open_holes, note_last
from vk_gateway.history.tables import History
from vk_gateway.history.telling import tell_history
from vk_gateway.tables import Community, LinkState
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()

PAGE = 200
RETRY_SECONDS = (2, 5, 15, 60)
ACCOUNT_SECONDS = 60
SOON = timedelta(seconds=5)


class Sweeping:
    """Sweeps one page of one community at a time."""

    def __init__(self, database: Database, every_seconds: float) -> None:
        self._database = database
        self._every = timedelta(seconds=every_seconds)

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether the community is to be swept."""
        return exists().where(
            History.integration_id == Community.integration_id,
            Community.link_state == LinkState.LINKED,
            History.next_sweep_at <= at.now,
        )

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Read a page. Returns whether the sweep goes on."""
        async with self._database.read() as session:
            history = await session.get(History, community.integration_id)
            if history is None or history.epoch != community.epoch or history.next_sweep_at > session.now:
                return False
            started_at = session.now
        parameters: dict[str, str | int] = {"count": PAGE}
        if history.sweep_below is not None:
            parameters["start_message_id"] = history.sweep_below
        try:
            answer = await api.call_in_background("messages.getConversations", **parameters)
            items: list[dict[str, Any]] = answer["items"]
            found = [each for each in map(read_conversation, items) if each is not None]
        except (VkError, VkUnclear, KeyError, TypeError, ValueError) as error:
            log.info("sweep_failed", integration_id=str(community.integration_id), error=str(error))
            async with self._database.write() as session:
                await _put_off_failed(session, community, error)
            return False
        async with self._database.write() as session:
            if not await still_held(session, lease):
                return False
            if are_messages_off(items):
                await suspect(session, community.integration_id, community.epoch, MESSAGES_DISABLED)
            return await self._take(session, community, found, started_at, is_last=len(items) < PAGE)

    async def _take(
        self,
        session: Session,
        community: DueCommunity,
        found: list[tuple[int, int, int]],
        started_at: datetime,
        *,
        is_last: bool,
    ) -> bool:
        """Note a page's last numbers. Returns whether there are more pages above the ground."""
        history = await session.get(History, community.integration_id, with_for_update=True)
        if history is None or history.epoch != community.epoch:
            return False
        if history.sweep_head is None:
            history.sweep_head = max((each[1] for each in found), default=history.ground_message_id)
            history.sweep_started_at = started_at
        above = {
            (community.integration_id, peer_id): number
            for peer_id, message_id, number in found
            if message_id > history.ground_message_id
        }
        await note_last(session, above, community.project_id)
        lowest = min((each[1] for each in found), default=0)
        goes_on = (
            not is_last
            and lowest > history.ground_message_id
            and (history.sweep_below is None or lowest < history.sweep_below)
        )
        history.sweep_failures = 0
        if goes_on:
            history.sweep_below = lowest
            return True
        assert history.sweep_started_at is not None
        history.ground_message_id = max(history.ground_message_id, history.sweep_head)
        history.checked_until = history.sweep_started_at
        history.sweep_head = history.sweep_below = history.sweep_started_at = None
        # What is only late is soon there; what is being fetched is told of now and then.
        is_whole = not await has_open_holes(session, history.integration_id)
        history.next_sweep_at = session.now + (self._every if is_whole else min(self._every, SOON))
        await tell_history(session, history)
        return False


async def _put_off_failed(session: Session, community: DueCommunity, error: Exception) -> None:
    history = await session.get(History, community.integration_id, with_for_update=True)
    if history is None:
        return
    is_account = isinstance(error, VkError) and error.failure_class is FailureClass.ACCOUNT
    delay = ACCOUNT_SECONDS if is_account else RETRY_SECONDS[min(history.sweep_failures, 3)]
    history.sweep_failures += 1
    history.next_sweep_at = session.now + timedelta(seconds=delay)
    await tell_history(session, history)
