"""Looking before a community is saved what will work and what will not, line by line.

Only asks VK, changes nothing there. What VK does not tell is `unknown`, never a guess; `warning` is what
does not keep messages from flowing. Other people's callback servers are counted and named, never touched.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from vk_gateway.connections.inspection import NEEDED_RIGHTS, messages_enabled_by
from vk_gateway.vk.client import Vk
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

CALLBACK_SERVERS_MAX = 10
CONVERSATIONS = 20
FILE_RIGHTS = ("photos", "docs")

State = Literal["passed", "failed", "unknown", "warning"]
Check = Literal["administrator", "messages", "rights", "callback_slot", "address", "upload"]
Reading = Any | VkError | VkUnclear


@dataclass(frozen=True)
class Line:
    """One line of the list; cause and cure are stable codes, `details` names what they are about."""

    check: Check
    state: State
    cause: str | None = None
    cure: str | None = None
    details: Sequence[str] = ()


@dataclass(frozen=True)
class Known:
    """What is known of a community before VK is asked."""

    community_id: int
    is_admin: bool | None
    messages_enabled: bool | None
    key: str = field(repr=False)


@dataclass(frozen=True)
class Findings:
    """The list, and what VK said of the community's messages and the key's rights, if anything."""

    lines: Sequence[Line]
    messages_enabled: bool | None
    permissions: list[str] | None


_ADMINISTRATOR = {
    True: Line("administrator", "passed"),
    False: Line("administrator", "failed", "not_community_admin", "ask_an_administrator"),
    None: Line("administrator", "unknown", "key_does_not_tell"),
}
_MESSAGES = {
    True: Line("messages", "passed"),
    False: Line("messages", "failed", "messages_disabled", "switch_messages_on"),
    None: Line("messages", "unknown", "vk_does_not_tell", "switch_messages_on"),
}


async def look_before_saving(vk: Vk, known: Known, callback_base: str) -> Findings:
    """Ask VK for everything (groups.*, messages.getConversations, *.getMessagesUploadServer)."""

    async def ask(method: str, **parameters: str | int) -> Reading:
        try:
            return await vk.call(method, known.key, parameters)
        except (VkError, VkUnclear) as error:
            return error

    rights, conversations, servers = await asyncio.gather(
        ask("groups.getTokenPermissions"),
        ask("messages.getConversations", count=CONVERSATIONS),
        ask("groups.getCallbackServers", group_id=known.community_id),
    )
    permissions = _permissions(rights)
    enabled = messages_enabled_by(conversations["items"]) if isinstance(conversations, Mapping) else None
    uploads: Sequence[Reading] = ()
    if (peer_id := _somebody_to_write_to(conversations)) is not None:
        uploads = await asyncio.gather(
            ask("photos.getMessagesUploadServer", peer_id=peer_id),
            ask("docs.getMessagesUploadServer", type="doc", peer_id=peer_id),
        )
    lines = [
        _ADMINISTRATOR[known.is_admin],
        _MESSAGES[known.messages_enabled if enabled is None else enabled],
        _rights(permissions, rights),
        _callback_slot(servers, callback_base),
        _address(servers, callback_base),
        _upload(permissions, uploads),
    ]
    return Findings(lines, enabled, permissions)


def _rights(permissions: list[str] | None, reading: Reading) -> Line:
    if permissions is None:
        return _not_read("rights", reading)
    missing = [right for right in NEEDED_RIGHTS if right not in permissions]
    if missing:
        return Line("rights", "failed", "rights_missing", "give_access_anew", missing)
    return Line("rights", "passed")


def _callback_slot(servers: Reading, callback_base: str) -> Line:
    if not callback_base:
        return Line("callback_slot", "passed", "not_needed")
    found = _servers(servers)
    if found is None:
        return _not_read("callback_slot", servers)
    if _ours(found, callback_base) or len(found) < CALLBACK_SERVERS_MAX:
        return Line("callback_slot", "passed")
    titles = [str(server.get("title", "")) for server in found]
    return Line("callback_slot", "warning", "callback_servers_full", "remove_a_callback_server", titles)


def _address(servers: Reading, callback_base: str) -> Line:
    if not callback_base:
        return Line("address", "warning", "no_address", "set_public_address")
    found = _servers(servers)
    if found is None:
        return _not_read("address", servers)
    statuses = {server.get("status") for server in _ours(found, callback_base)}
    if not statuses:
        return Line("address", "unknown", "not_tried_yet")
    if "ok" in statuses:
        return Line("address", "passed")
    return Line("address", "warning", "callback_failed", "check_public_address")


def _upload(permissions: list[str] | None, readings: Sequence[Reading]) -> Line:
    missing = [right for right in FILE_RIGHTS if permissions is not None and right not in permissions]
    if missing:
        return Line("upload", "warning", "rights_missing", "give_access_anew", missing)
    refusals = [reading for reading in readings if isinstance(reading, VkError)]
    refused = [error for error in refusals if error.failure_class is FailureClass.CONTENT]
    if any(error.reason == "documents_are_off" for error in refused):
        return Line("upload", "warning", "documents_are_off", "switch_documents_on")
    if refused:
        return Line("upload", "warning", refused[0].reason, "give_access_anew")
    if not readings:
        return Line("upload", "unknown", "nobody_to_try_with")
    if refusals or any(isinstance(reading, VkUnclear) for reading in readings):
        return _not_read("upload", next(one for one in readings if isinstance(one, VkError | VkUnclear)))
    return Line("upload", "passed")


def _not_read(check: Check, reading: Reading) -> Line:
    """VK did not say: because the key is no good, or because it did not answer."""
    if isinstance(reading, VkError) and reading.failure_class is FailureClass.ACCOUNT:
        return Line(check, "failed", reading.reason, "give_access_anew")
    return Line(check, "unknown", "vk_unavailable", "try_again")


def _permissions(reading: Reading) -> list[str] | None:
    if not isinstance(reading, Mapping):
        return None
    return sorted(str(right.get("name")) for right in reading.get("permissions", ()))


def _servers(reading: Reading) -> list[dict[str, Any]] | None:
    items = reading.get("items") if isinstance(reading, Mapping) else None
    return [server for server in items if isinstance(server, dict)] if isinstance(items, list) else None


def _ours(servers: Sequence[Mapping[str, Any]], callback_base: str) -> list[Mapping[str, Any]]:
    return [server for server in servers if str(server.get("url", "")).startswith(callback_base)]


def _somebody_to_write_to(conversations: Reading) -> int | None:
    """Return somebody who takes the community's messages: VK gives upload addresses for them only."""
    for item in conversations["items"] if isinstance(conversations, Mapping) else ():
        conversation = item["conversation"]
        if conversation.get("can_write", {}).get("allowed"):
            return int(conversation["peer"]["id"])
    return None
