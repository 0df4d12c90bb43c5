"""Looking after the callback: Long Poll takes over while it fails, and gives back when it works again."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, or_

from shared.database.engine import Database
from shared.database.leases import Lease, still_held
from shared.database.session import Session
from vk_gateway.communities.linking import Linker, LinkFailed
from vk_gateway.communities.queries import DueCommunity, lasts
from vk_gateway.history.actions import set_transport, want_sweep
from vk_gateway.history.gaps import SILENT
from vk_gateway.history.tables import History, Reception, Transport
from vk_gateway.history.telling import tell_history
from vk_gateway.long_poll.setup import LongPollRefused
from vk_gateway.tables import Community, LinkState
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

NO_ADDRESS = "no_address"
FAILED = "callback_failed"
RETRY_FACTOR_MAX = 20
# A callback that tells what Long Poll told may come a little later.
BESIDE = timedelta(seconds=15)
_FAILURES: tuple[type[Exception], ...] = (
    VkError,
    VkUnclear,
    LinkFailed,
    LongPollRefused,
    KeyError,
    TypeError,
    ValueError,
)


class Watching:
    """Watches one community's callback server at VK; `on_changed` is called when Long Poll is to begin."""

    def __init__(self, database: Database, linker: Linker, every_seconds: float) -> None:
        self._database = database
        self._linker = linker
        self._every = timedelta(seconds=every_seconds)

    def due(self, now: datetime) -> ColumnElement[bool]:
        """Return whether the community is to be looked at; one linked by an earlier version at once."""
        same = Reception.integration_id == Community.integration_id
        looked_after = exists().where(same)
        return (Community.link_state == LinkState.LINKED) & or_(
            ~looked_after, looked_after.where(Reception.next_watch_at <= now)
        )

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Look once."""
        async with self._database.read() as session:
            reception = await session.get(Reception, community.integration_id)
            if reception is not None and reception.next_watch_at > session.now:
                return False
        try:
            transport, reason = await self._judge(community, api, reception)
        except _FAILURES as error:
            log.info("callback_not_watched", integration_id=str(community.integration_id), error=str(error))
            await self._look_later(community)
            return False
        async with self._database.write() as session:
            if await still_held(session, lease):
                await self._follow(session, community, transport, reason)
        return False

    async def _judge(
        self, community: DueCommunity, api: CommunityApi, reception: Reception | None
    ) -> tuple[Transport, str | None]:
        """Return how events should come, having made VK ready for it."""
        # Of a community that an earlier version has linked.
        await self._linker.take_floor(community, api)
        if not self._linker.has_address:
            await self._linker.switch_long_poll_on(community, api)
            return Transport.LONG_POLL, NO_ADDRESS
        is_well = await self._linker.is_callback_well(community, api)
        stands_in = reception is not None and reception.transport is not Transport.CALLBACK
        if reception is not None and stands_in:
            if not is_well:
                # VK asks for the confirmation again; then the callback is as good as new.
                await self._linker.link_callback(community, api)
            if reception.reason == SILENT and not _tells_again(reception):
                return Transport.LONG_POLL, SILENT
            return Transport.CALLBACK, None
        is_silent = reception is not None and reception.reason == SILENT
        if is_well and not is_silent:
            return Transport.CALLBACK, None
        await self._linker.switch_long_poll_on(community, api)
        return Transport.LONG_POLL, SILENT if is_well else FAILED

    async def _follow(
        self, session: Session, community: DueCommunity, transport: Transport, reason: str | None
    ) -> None:
        reception = await session.get(Reception, community.integration_id, with_for_update=True)
        is_over = (
            not await lasts(session, community) if reception is None else reception.epoch != community.epoch
        )
        if is_over:
            return
        if reception is not None and (reception.transport, reception.reason) == (transport, reason):
            reception.next_watch_at = session.now + self._every
            reception.watch_failures = 0
            return
        log.info("transport_changed", integration_id=str(community.integration_id), transport=transport)
        await set_transport(session, community, transport, reason=reason, next_watch=self._every)
        await want_sweep(session, community.integration_id)
        history = await session.get(
            History, community.integration_id, with_for_update=True, populate_existing=True
        )
        if history is not None:
            await tell_history(session, history)

    async def _look_later(self, community: DueCommunity) -> None:
        async with self._database.write() as session:
            reception = await session.get(Reception, community.integration_id, with_for_update=True)
            if reception is None:
                if await lasts(session, community):
                    await set_transport(
                        session, community, Transport.CALLBACK, reason=None, next_watch=self._every
                    )
                return
            factor = min(2**reception.watch_failures, RETRY_FACTOR_MAX)
            reception.watch_failures += 1
            reception.next_watch_at = session.now + self._every * factor


def _tells_again(reception: Reception) -> bool:
    """Whether callbacks have come since Long Poll took over, and not long before what that told last."""
    seen_at = reception.callback_seen_at
    if seen_at is None or seen_at <= reception.changed_at:
        return False
    return reception.long_poll_seen_at is None or seen_at >= reception.long_poll_seen_at - BESIDE
