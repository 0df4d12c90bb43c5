"""Our callback server at VK: made to be what it should be, whatever was there before.

Each step is decided by what VK has now and by the address that was written down first, so a crash anywhere is
mended by doing it again. Servers are known as ours by the path in their URL; nobody else's is touched.
"""

from datetime import timedelta
from typing import Any

from shared.database.engine import Database
from shared.database.vault import Vault
from vk_gateway.communities import actions
from vk_gateway.communities.addresses import (
    Address,
    find_address,
    list_paths,
    make_address,
    path_hash,
    retire_before,
)
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.health.actions import lock_community
from vk_gateway.vk.client import API_VERSION, CommunityApi
from vk_gateway.vk.failures import VkError

TITLE = "Otklik"
NOT_FOUND = 104
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
Server = dict[str, Any]


class LinkFailed(Exception):
    """VK does not send us events yet; `problem` is the stable code of why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class CallbackServers:
    """Looks after the entries of callback servers, one community at a time."""

    def __init__(self, database: Database, vault: Vault, base: str, *, address_lasts: timedelta) -> None:
        self._database = database
        self._vault = vault
        self._base = base
        self._address_lasts = address_lasts

    @property
    def has_address(self) -> bool:
        """Whether VK can reach us at all."""
        return bool(self._base)

    async def ensure(self, due: DueCommunity, api: CommunityApi) -> tuple[str, ...]:
        """Have VK call us with every event we want. Returns the codes of what had to be done.

        VK: groups.getCallbackServers and getCallbackSettings tell; add, edit and delete change. Order that
        works: fetch the confirmation string just before adding or editing (VK confirms at that moment),
        switch the events on and read them back: a server can be "ok" with every event off.
        Raises LinkFailed, VkError, VkUnclear, VaultError.
        """
        address = await self._address(due)
        async with self._database.read() as session:
            paths = await list_paths(session, due.community_id)
        # At our present address even one is ours that we forgot, e.g. with a database.
        mine = [
            server
            for server in await _list_servers(due, api)
            if _path_of(server) in paths or str(server["url"]).startswith(self._base)
        ]
        # One of an integration that is over is being removed: it is not taken over.
        usable = [
            server for server in mine if paths.get(_path_of(server), due.integration_id) == due.integration_id
        ]
        server = max(usable, key=lambda each: (each["url"] == self._url(address), each["id"]), default=None)
        done = []
        for stray in mine:
            if stray is not server:
                await _delete(due, api, stray)
                done.append("stray_removed")
        if server is None:
            server_id = await self._put(due, api, "groups.addCallbackServer", address)
            done.append("callback_added")
        else:
            server_id = int(server["id"])
            if wrong := self._what_is_wrong(server, address):
                await self._put(due, api, "groups.editCallbackServer", address, server_id=server_id)
                done.append(wrong)
        if done:
            await self._see_it_confirmed(due, api, server_id)
        async with self._database.write() as session:
            await retire_before(session, due.integration_id, address.made_at)
        return (*done, *await self._switch_events_on(due, api, server_id))

    async def remove(self, due: DueCommunity, api: CommunityApi) -> None:
        """Remove an integration's servers from VK: the community may serve another one by now.

        Raises VkError, VkUnclear.
        """
        async with self._database.read() as session:
            paths = await list_paths(session, due.community_id)
        for server in await _list_servers(due, api):
            if paths.get(_path_of(server)) == due.integration_id:
                await _delete(due, api, server)

    def _url(self, address: Address) -> str:
        return self._base + address.path

    async def _address(self, due: DueCommunity) -> Address:
        """Return the address that VK shall have; an old one is followed by a new one."""
        async with self._database.read() as session:
            address = await find_address(session, self._vault, due.integration_id, due.epoch)
            is_old = address is not None and session.now - address.made_at > self._address_lasts
        if address is not None and not is_old:
            return address
        async with self._database.write() as session:
            community = await lock_community(session, due.integration_id)
            if community is None or community.epoch != due.epoch:
                raise LinkFailed("integration_changed")
            await make_address(session, self._vault, community)
            address = await find_address(session, self._vault, due.integration_id, due.epoch)
        assert address is not None
        return address

    def _what_is_wrong(self, server: Server, address: Address) -> str | None:
        if server["url"] != self._url(address):
            return "callback_moved"
        if server.get("secret_key", address.secret) != address.secret:
            return "secret_restored"
        return None if server.get("status") == "ok" else "callback_repaired"

    async def _put(
        self, due: DueCommunity, api: CommunityApi, method: str, address: Address, **which: int
    ) -> int:
        """Tell VK our address. It asks for the confirmation string at once, so we know it before."""
        answer = await api.call("groups.getCallbackConfirmationCode", group_id=due.community_id)
        async with self._database.write() as session:
            await actions.expect_confirmation(session, due.integration_id, due.epoch, str(answer["code"]))
        put = await api.call(
            method,
            group_id=due.community_id,
            url=self._url(address),
            title=TITLE,
            secret_key=address.secret,
            **which,
        )
        return int(which["server_id"] if which else put["server_id"])

    async def _see_it_confirmed(self, due: DueCommunity, api: CommunityApi, server_id: int) -> None:
        servers = await _list_servers(due, api)
        if not any(server["id"] == server_id and server.get("status") == "ok" for server in servers):
            raise LinkFailed("address_not_confirmed")

    async def _switch_events_on(
        self, due: DueCommunity, api: CommunityApi, server_id: int
    ) -> tuple[str, ...]:
        done = await _what_is_off(due, api, server_id)
        if not done:
            return ()
        await api.call(
            "groups.setCallbackSettings",
            group_id=due.community_id,
            server_id=server_id,
            api_version=API_VERSION,
            **dict.fromkeys(EVENTS, 1),
        )
        if await _what_is_off(due, api, server_id):
            raise LinkFailed("events_not_switched_on")
        return done


async def _delete(due: DueCommunity, api: CommunityApi, server: Server) -> None:
    """Remove a server (groups.deleteCallbackServer), unless somebody has already."""
    try:
        await api.call("groups.deleteCallbackServer", group_id=due.community_id, server_id=server["id"])
    except VkError as error:
        if error.code != NOT_FOUND:
            raise


async def _list_servers(due: DueCommunity, api: CommunityApi) -> list[Server]:
    answer = await api.call("groups.getCallbackServers", group_id=due.community_id)
    items: list[Server] = answer["items"]
    return items


def _path_of(server: Server) -> bytes:
    return path_hash(str(server["url"]).rpartition("/")[2])


async def _what_is_off(due: DueCommunity, api: CommunityApi, server_id: int) -> tuple[str, ...]:
    """Return the codes of what is to be set (groups.getCallbackSettings)."""
    settings = await api.call("groups.getCallbackSettings", group_id=due.community_id, server_id=server_id)
    wrong = []
    if str(settings["api_version"]) != API_VERSION:
        wrong.append("api_version_restored")
    if not all(settings["events"].get(event) for event in EVENTS):
        wrong.append("events_switched_on")
    return tuple(wrong)
