"""Asking VK what a community key is worth, before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vk_gateway.errors import KeyInvalid, KeyLacksRights, VkUnavailable
from vk_gateway.health.rules import are_messages_off
from vk_gateway.vk.client import Vk
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

NEEDED_RIGHTS = ("manage", "messages")


@dataclass(frozen=True)
class KeyReport:
    """What VK says of a key. `messages_enabled` is None when nothing proves it either way."""

    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    permissions: list[str]
    messages_enabled: bool | None


async def inspect_key(vk: Vk, key: str) -> KeyReport:
    """Read community, rights and message settings (groups.getById, groups.getTokenPermissions).

    Raises KeyInvalid, KeyLacksRights, VkUnavailable.
    """
    try:
        group = await _own_group(vk, key)
        rights = await vk.call("groups.getTokenPermissions", key, {})
        permissions = sorted(str(right["name"]) for right in rights["permissions"])
        missing = [right for right in NEEDED_RIGHTS if right not in permissions]
        if missing:
            raise KeyLacksRights(missing=missing)
        return KeyReport(
            community_id=int(group["id"]),
            name=str(group["name"]),
            screen_name=str(group["screen_name"]),
            avatar_url=group.get("photo_200") or group.get("photo_100"),
            permissions=permissions,
            messages_enabled=await _messages_enabled(vk, key),
        )
    except VkError as error:
        raise _refusal(error) from error
    except (VkUnclear, KeyError, TypeError, ValueError, IndexError) as error:
        raise VkUnavailable from error


async def switch_messages_on(vk: Vk, key: str, community_id: int) -> None:
    """Switch a community's messages on (groups.setSettings).

    Raises KeyInvalid, KeyLacksRights, VkUnavailable.
    """
    try:
        await vk.call("groups.setSettings", key, {"group_id": community_id, "messages": 1})
    except VkError as error:
        raise _refusal(error) from error
    except VkUnclear as error:
        raise VkUnavailable from error


async def _own_group(vk: Vk, key: str) -> dict[str, Any]:
    answer = await vk.call("groups.getById", key, {})
    groups = answer["groups"] if isinstance(answer, dict) else answer
    group: dict[str, Any] = groups[0]
    return group


async def _messages_enabled(vk: Vk, key: str) -> bool | None:
    """Look whether some dialog may be written to (messages.getConversations): VK has no direct question."""
    try:
        answer = await vk.call("messages.getConversations", key, {"count": 20})
    except VkError:
        return None
    return messages_enabled_by(answer["items"])


def messages_enabled_by(conversations: Sequence[Mapping[str, Any]]) -> bool | None:
    """Return what a community's dialogs prove of its messages: on, off, or nothing."""
    are_off = are_messages_off(conversations)
    return None if are_off is None else not are_off


def _refusal(error: VkError) -> Exception:
    if error.code in {7, 15}:
        return KeyLacksRights(missing=list(NEEDED_RIGHTS))
    if error.failure_class is FailureClass.TRANSIENT:
        return VkUnavailable()
    return KeyInvalid(vk_code=error.code)
