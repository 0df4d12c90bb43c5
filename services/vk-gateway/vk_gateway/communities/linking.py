"""Making VK send us a community's events, and making it stop."""

from datetime import timedelta

import structlog

from shared.database.engine import Database
from shared.database.vault import VaultError
from shared.events.channel import FailureKind
from shared.runtime.logging import redacted
from vk_gateway.communities import actions
from vk_gateway.communities.callback_servers import EVENTS, CallbackServers, LinkFailed
from vk_gateway.communities.queries import DueCommunity, find_community, lasts
from vk_gateway.health.rules import KEY_MISSING, KEY_UNREADABLE, VK_UNAVAILABLE, kind_of
from vk_gateway.history.actions import open_history, set_transport
from vk_gateway.history.tables import History, Transport
from vk_gateway.long_poll.setup import LongPollRefused, leave_as_found, switch_on
from vk_gateway.tables import LinkState
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()

# About a day of VK's silence; its server would get 404 from us from then on.
UNLINK_FAILURES_MAX = 1_440
FLOOR_PAGE = 200
# What VK refuses, what nobody can answer, and answers that are none.
_FAILURES: tuple[type[Exception], ...] = (
    VkError,
    VkUnclear,
    LinkFailed,
    LongPollRefused,
    VaultError,
    KeyError,
    TypeError,
    ValueError,
)


class Linker:
    """Has VK send a community's events, by callback or else by Long Poll, or no longer."""

    def __init__(self, database: Database, servers: CallbackServers, *, watch_seconds: float = 30.0) -> None:
        self._database = database
        self._servers = servers
        self._watch = timedelta(seconds=watch_seconds)

    async def work(self, due: DueCommunity, api: CommunityApi | None) -> None:
        """Do what a community's link needs now; on failure store when to try again."""
        try:
            if api is None:
                raise LinkFailed(KEY_UNREADABLE if due.key_sealed else KEY_MISSING)
            if due.link_state is LinkState.UNLINKING:
                await self._unlink(due, api)
            else:
                await self._link(due, api)
        except _FAILURES as error:
            problem = _problem(error)
            log.info("link_failed", integration_id=str(due.integration_id), error=redacted(str(error)))
            await self._put_off(due, problem, hopeless=_is_hopeless(error))

    async def _put_off(self, due: DueCommunity, problem: str, *, hopeless: bool) -> None:
        async with self._database.write() as session:
            community = await find_community(session, due.integration_id)
            tired = community is not None and community.failures >= UNLINK_FAILURES_MAX
            if due.link_state is LinkState.UNLINKING and (hopeless or tired):
                await actions.finish_unlinking(session, due.integration_id, due.epoch)
            else:
                await actions.put_off_duty(session, due.integration_id, due.epoch, problem)

    async def _link(self, due: DueCommunity, api: CommunityApi) -> None:
        """Take VK's last numbers, then have events come: by callback, or else by Long Poll."""
        await self.take_floor(due, api)
        reason, _ = await self.try_callback(due, api)
        transport = Transport.CALLBACK
        if reason is not None:
            transport = Transport.LONG_POLL
            try:
                await self.switch_long_poll_on(due, api)
            except LongPollRefused as error:
                raise LinkFailed(reason) from error
        async with self._database.write() as session:
            if not await lasts(session, due):
                return
            await set_transport(session, due, transport, reason=reason, next_watch=self._watch)
            await actions.finish_linking(session, due.integration_id, due.epoch)

    async def try_callback(self, due: DueCommunity, api: CommunityApi) -> tuple[str | None, tuple[str, ...]]:
        """Return None when callbacks come, else why not, and the codes of what had to be done for it.

        Raises what concerns the whole account, or passes by itself.
        """
        if not self._servers.has_address:
            return "no_address", ()
        try:
            return None, await self._servers.ensure(due, api)
        except LinkFailed as error:
            return error.problem, ()
        except VkError as error:
            if error.failure_class is not FailureClass.CONTENT:
                raise
            return _problem(error), ()

    async def take_floor(self, due: DueCommunity, api: CommunityApi) -> None:
        """Remember what VK has now: it was there before us (messages.getConversations). Once per epoch."""
        async with self._database.read() as session:
            if await session.get(History, due.integration_id) is not None:
                return
        answer = await api.call("messages.getConversations", count=FLOOR_PAGE)
        async with self._database.write() as session:
            if await lasts(session, due):
                await open_history(session, due, answer["items"])

    async def switch_long_poll_on(self, due: DueCommunity, api: CommunityApi) -> None:
        """Have VK keep events for Long Poll. Raises LongPollRefused, VkError, VkUnclear."""
        await switch_on(self._database, due, api, EVENTS)

    async def _unlink(self, due: DueCommunity, api: CommunityApi) -> None:
        await self._servers.remove(due, api)
        await leave_as_found(self._database, due.integration_id, due.community_id, api)
        async with self._database.write() as session:
            await actions.finish_unlinking(session, due.integration_id, due.epoch)


def _problem(error: Exception) -> str:
    if isinstance(error, LinkFailed):
        return error.problem
    if isinstance(error, VkError):
        return "callback_servers_full" if error.code == 2000 else error.reason
    return KEY_UNREADABLE if isinstance(error, VaultError) else VK_UNAVAILABLE


def _is_hopeless(error: Exception) -> bool:
    if isinstance(error, VkError):
        # A captcha passes.
        return kind_of(error.reason) is FailureKind.ACCOUNT and error.failure_class is FailureClass.ACCOUNT
    # An unreadable key is our own operator's mistake, and may be mended.
    return isinstance(error, LinkFailed) and error.problem != KEY_UNREADABLE
