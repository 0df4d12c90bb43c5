"""Looking after the callback: mended where we may, and while it fails Long Poll takes over."""

from datetime import timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import ColumnElement, exists, or_

from shared.database.engine import Database
from shared.database.leases import Lease, still_held
from shared.database.session import Session
from vk_gateway.communities.callback_servers import LinkFailed
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity, lasts
from vk_gateway.health.actions import tell_health
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
RETRY_FACTOR_MAX = 20
# No look is so many times the usual wait away: the clock was wrong when it was planned.
FARTHEST = 2 * RETRY_FACTOR_MAX
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


class _Look(NamedTuple):
    """How events should come, why not by callback, and what was done to our server at VK."""

    transport: Transport
    reason: str | None
    done: tuple[str, ...]


class Watching:
    """Watches one community's callback server at VK; `on_changed` is called when Long Poll is to begin."""

    def __init__(self, database: Database, linker: Linker, every_seconds: float) -> None:
        self._database = database
        self._linker = linker
        self._every = timedelta(seconds=every_seconds)

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether the community is to be looked at; one linked by an earlier version at once."""
        same = Reception.integration_id == Community.integration_id
        looked_after = exists().where(same)
        farthest = at.after(FARTHEST * self._every)
        return (Community.link_state == LinkState.LINKED) & or_(
            ~looked_after,
            looked_after.where(or_(Reception.next_watch_at <= at.now, Reception.next_watch_at > farthest)),
        )

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Look once."""
        async with self._database.read() as session:
            reception = await session.get(Reception, community.integration_id)
            waits = timedelta() if reception is None else reception.next_watch_at - session.now
        if timedelta() < waits <= FARTHEST * self._every:
            return False
        try:
            look = await self._look(community, api, reception)
        except _FAILURES as error:
            log.info("callback_not_watched", integration_id=str(community.integration_id), error=str(error))
            await self._look_later(community)
            return False
        async with self._database.write() as session:
            if await still_held(session, lease):
                await self._follow(session, community, look)
        return False

    async def _look(self, community: DueCommunity, api: CommunityApi, reception: Reception | None) -> _Look:
        """Return how events should come, having made VK ready for it."""
        # Of a community that an earlier version has linked.
        await self._linker.take_floor(community, api)
        reason, done = await self._linker.try_callback(community, api)
        if reason is None and reception is not None and reception.reason == SILENT:
            stands_in = reception.transport is not Transport.CALLBACK
            reason = None if stands_in and _tells_again(reception) else SILENT
        if reason is None:
            return _Look(Transport.CALLBACK, None, done)
        await self._linker.switch_long_poll_on(community, api)
        return _Look(Transport.LONG_POLL, reason, done)

    async def _follow(self, session: Session, community: DueCommunity, look: _Look) -> None:
        if not await lasts(session, community):
            return
        reception = await session.get(Reception, community.integration_id, with_for_update=True)
        if reception is not None and reception.epoch != community.epoch:
            return
        is_same = reception is not None and (reception.transport, reception.reason) == look[:2]
        if reception is not None and is_same:
            fails = look.reason not in {None, SILENT, NO_ADDRESS}
            reception.watch_failures = reception.watch_failures + 1 if fails else 0
            reception.next_watch_at = session.now + self._every * _factor(reception.watch_failures)
        else:
            log.info(
                "transport_changed", integration_id=str(community.integration_id), transport=look.transport
            )
            await set_transport(
                session, community, look.transport, reason=look.reason, next_watch=self._every
            )
        if look.done or not is_same:
            # Until now something may have been missed.
            await want_sweep(session, community.integration_id)
            await session.flush()
            await tell_health(session, community.integration_id, community.epoch, actions=look.done)
        if not is_same:
            history = await session.get(
                History, community.integration_id, with_for_update=True, populate_existing=True
            )
            if history is not None:
                await tell_history(session, history)

    async def _look_later(self, community: DueCommunity) -> None:
        async with self._database.write() as session:
            if not await lasts(session, community):
                return
            reception = await session.get(Reception, community.integration_id, with_for_update=True)
            if reception is None:
                await set_transport(
                    session, community, Transport.CALLBACK, reason=None, next_watch=self._every
                )
                return
            reception.watch_failures += 1
            reception.next_watch_at = session.now + self._every * _factor(reception.watch_failures - 1)


def _factor(failures: int) -> int:
    return min(int(2 ** min(failures, 10)), RETRY_FACTOR_MAX)


def _tells_again(reception: Reception) -> bool:
    """Whether callbacks have come since Long Poll took over, and not long before what that told last."""
    seen_at = reception.callback_seen_at
    if seen_at is None or seen_at <= reception.changed_at:
        return False
    return reception.long_poll_seen_at is None or seen_at >= reception.long_poll_seen_at - BESIDE
