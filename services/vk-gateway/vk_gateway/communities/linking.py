"""Making VK send us a community's events, and making it stop.

Order that works (reference: VK's callback server management methods): look at the servers that exist, fetch
the confirmation string just before adding ours, add it (VK confirms at that moment), switch the events on and
read them back: a server can be "ok" with every event off.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from shared.database.engine import Database
from shared.database.vault import Vault, VaultError
from shared.runtime.logging import redacted
from vk_gateway.communities import actions
from vk_gateway.communities.queries import DueCommunity, find_community, lasts
from vk_gateway.history.actions import open_history, set_transport
from vk_gateway.history.tables import History, Transport
from vk_gateway.long_poll.setup import LongPollRefused, leave_as_found, switch_on
from vk_gateway.tables import LinkState
from vk_gateway.vk.client import API_VERSION, CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()

TITLE = "Otklik"
EVENTS = (
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_read",
    "message_typing_state",
    "message_event",
    "message_reaction_event",
    "user_block",
    "user_unblock",
    "group_officers_edit",
    "group_change_settings",
)
UNLINK_FAILURES_MAX = 6
FLOOR_PAGE = 200


class LinkFailed(Exception):
    """VK does not send us events yet; `problem` is the stable code of why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class _Address:
    url: str
    path: str
    secret: str


class Linker:
    """Registers and removes our callback servers at VK, and switches Long Poll on."""

    def __init__(
        self, database: Database, vault: Vault, callback_base: str, *, watch_seconds: float = 30.0
    ) -> None:
        self._database = database
        self._vault = vault
        self._callback_base = callback_base
        self._watch = timedelta(seconds=watch_seconds)

    async def work(self, due: DueCommunity, api: CommunityApi | None) -> None:
        """Do what a community's link needs now; on failure store when to try again."""
        try:
            if api is None:
                raise LinkFailed("key_missing")
            if due.link_state is LinkState.UNLINKING:
                await self._unlink(due, api)
            else:
                await self._link(due, api)
        except (VkError, VkUnclear, LinkFailed, LongPollRefused, VaultError, KeyError, TypeError) as error:
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
        reason = await self._try_callback(due, api)
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

    async def _try_callback(self, due: DueCommunity, api: CommunityApi) -> str | None:
        """Return None when callbacks will come, else why not. Raises what concerns the whole account."""
        if not self.has_address:
            return "no_address"
        try:
            await self.link_callback(due, api)
        except LinkFailed as error:
            return error.problem
        except VkError as error:
            if error.failure_class is not FailureClass.CONTENT:
                raise
            return _problem(error)
        return None

    @property
    def has_address(self) -> bool:
        """Whether VK can reach us at all."""
        return bool(self._callback_base)

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

    async def is_callback_well(self, due: DueCommunity, api: CommunityApi) -> bool:
        """Whether VK has our server, confirmed, and with every event switched on."""
        address = await self._address(due.integration_id, due.epoch)
        for server in await _servers(api, due.community_id):
            if server["url"] == address.url and server.get("status") == "ok":
                settings = await api.call(
                    "groups.getCallbackSettings", group_id=due.community_id, server_id=server["id"]
                )
                return all(settings["events"].get(event) for event in EVENTS)
        return False

    async def link_callback(self, due: DueCommunity, api: CommunityApi) -> None:
        """Have VK call us. Raises LinkFailed, VkError, VkUnclear."""
        address = await self._address(due.integration_id, due.epoch)
        server_id = await self._usable_server(due, api, address)
        if server_id is None:
            server_id = await self._add_server(due, api, address)
        await api.call(
            "groups.setCallbackSettings",
            group_id=due.community_id,
            server_id=server_id,
            api_version=API_VERSION,
            **dict.fromkeys(EVENTS, 1),
        )
        await self._read_back(due, api, server_id)

    async def _address(self, integration_id: UUID, epoch: int) -> _Address:
        async with self._database.read() as session:
            community = await find_community(session, integration_id)
        if community is None or community.epoch != epoch:
            raise LinkFailed("integration_changed")
        path = self._vault.open(community.path_sealed, place=actions.path_place(integration_id))
        secret = self._vault.open(community.secret_sealed, place=actions.secret_place(integration_id))
        return _Address(self._callback_base + path, path, secret)

    async def _usable_server(self, due: DueCommunity, api: CommunityApi, address: _Address) -> int | None:
        """Return our confirmed server if VK has it; remove what we left there earlier."""
        for server in await _servers(api, due.community_id):
            if server["url"] == address.url and server.get("status") == "ok":
                return int(server["id"])
            if server["url"].startswith(self._callback_base):
                await api.call(
                    "groups.deleteCallbackServer", group_id=due.community_id, server_id=server["id"]
                )
        return None

    async def _add_server(self, due: DueCommunity, api: CommunityApi, address: _Address) -> int:
        answer = await api.call("groups.getCallbackConfirmationCode", group_id=due.community_id)
        async with self._database.write() as session:
            await actions.expect_confirmation(session, due.integration_id, due.epoch, str(answer["code"]))
        added = await api.call(
            "groups.addCallbackServer",
            group_id=due.community_id,
            url=address.url,
            title=TITLE,
            secret_key=address.secret,
        )
        server_id = int(added["server_id"])
        async with self._database.write() as session:
            await actions.remember_server(session, due.integration_id, due.epoch, server_id)
        return server_id

    async def _read_back(self, due: DueCommunity, api: CommunityApi, server_id: int) -> None:
        servers = await _servers(api, due.community_id)
        status = next((server.get("status") for server in servers if server["id"] == server_id), None)
        if status != "ok":
            raise LinkFailed("address_not_confirmed")
        settings = await api.call(
            "groups.getCallbackSettings", group_id=due.community_id, server_id=server_id
        )
        off = [event for event in EVENTS if not settings["events"].get(event)]
        if off:
            raise LinkFailed("events_not_switched_on")

    async def _unlink(self, due: DueCommunity, api: CommunityApi) -> None:
        address = await self._address(due.integration_id, due.epoch)
        for server in await _servers(api, due.community_id):
            if server["url"].endswith(address.path):
                await api.call(
                    "groups.deleteCallbackServer", group_id=due.community_id, server_id=server["id"]
                )
        await leave_as_found(self._database, due.integration_id, due.community_id, api)
        async with self._database.write() as session:
            await actions.finish_unlinking(session, due.integration_id, due.epoch)


async def _servers(api: CommunityApi, community_id: int) -> list[dict[str, Any]]:
    answer = await api.call("groups.getCallbackServers", group_id=community_id)
    items: list[dict[str, Any]] = answer["items"]
    return items


def _problem(error: Exception) -> str:
    if isinstance(error, LinkFailed):
        return error.problem
    if isinstance(error, VkError):
        return "callback_servers_full" if error.code == 2000 else error.reason
    if isinstance(error, VaultError):
        return "key_unreadable"
    return "vk_unavailable"


def _is_hopeless(error: Exception) -> bool:
    if isinstance(error, VkError):
        return error.failure_class is FailureClass.ACCOUNT
    return isinstance(error, LinkFailed | VaultError)
