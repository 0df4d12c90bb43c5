"""Finding out whether a doubtful reply is in VK: in the dialog's history, by its `random_id`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from shared.database.engine import Database
from shared.database.leases import Lease
from vk_gateway.outgoing import attempts
from vk_gateway.tables import Outgoing
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()

HISTORY_PAGE = 200
HISTORY_PAGES_MAX = 50
LATER_MAX = timedelta(minutes=1)
HISTORY_MARGIN = timedelta(minutes=2)


class LookingUp:
    """Looks doubtful replies up under the community's lease."""

    def __init__(self, database: Database, settle: timedelta) -> None:
        self._database = database
        self._settle = settle

    async def work(self, reply: Outgoing, api: CommunityApi, lease: Lease) -> None:
        """Look one reply up; what is not in the history was not sent."""
        try:
            found = await _find(reply, api)
        except (VkError, VkUnclear, KeyError, TypeError, ValueError) as error:
            log.info("history_not_read", reply_id=str(reply.id), error=str(error))
            await self._later(reply, error)
            return
        async with self._database.write() as session:
            await attempts.settle_look_up(session, reply.id, found, lease)

    async def _later(self, reply: Outgoing, error: Exception) -> None:
        """Wait longer the longer it lasts; with a problem of the account for a minute."""
        is_account = isinstance(error, VkError) and error.failure_class is FailureClass.ACCOUNT
        async with self._database.write() as session:
            since = session.now - (reply.doubted_at or session.now)
            delay = LATER_MAX if is_account else min(max(self._settle, since / 2), LATER_MAX)
            await attempts.doubt_all(session, [reply.id], delay)


async def _find(reply: Outgoing, api: CommunityApi) -> tuple[int, datetime] | None:
    """Read back to before the first attempt (messages.getHistory, newest first, 200 a page)."""
    assert reply.first_tried_at is not None
    oldest = reply.first_tried_at - HISTORY_MARGIN
    for page in range(HISTORY_PAGES_MAX):
        answer = await api.call(
            "messages.getHistory",
            peer_id=reply.external_id,
            count=HISTORY_PAGE,
            offset=page * HISTORY_PAGE,
        )
        items: list[dict[str, Any]] = answer["items"]
        for item in items:
            if item.get("out") and item.get("random_id") == reply.random_id:
                return int(item["conversation_message_id"]), _moment(item["date"])
        if len(items) < HISTORY_PAGE or _moment(items[-1]["date"]) < oldest:
            return None
    return None


def _moment(unix_seconds: int) -> datetime:
    return datetime.fromtimestamp(unix_seconds, UTC)
