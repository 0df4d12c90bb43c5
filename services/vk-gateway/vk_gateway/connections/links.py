"""Finding the community that a person's link leads to, with our application's service key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.runtime.world import World
from vk_gateway.errors import CommunityNotFound, LinkNotUnderstood, OauthNotConfigured, VkUnavailable
from vk_gateway.vk.client import Pace, Vk
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

HOSTS = frozenset({"vk.com", "vk.ru", "m.vk.com", "m.vk.ru", "www.vk.com", "www.vk.ru", "vk.me", "www.vk.me"})
NUMBERED = re.compile(r"(?:club|public|event|gim|write-|-)(\d{1,15})")
SCREEN_NAME = re.compile(r"[A-Za-z0-9_.]{2,64}")
# VK lets a small application make five, and several processes of ours share them.
CALLS_PER_SECOND = 3.0
TOO_MANY = 6
RESTS_MAX = 2
GROUP_KINDS = frozenset({"group", "page", "event"})


@dataclass(frozen=True)
class Found:
    """A community as VK shows it to everybody."""

    id: int
    name: str
    screen_name: str
    avatar_url: str | None


def read_link(link: str) -> int | str:
    """Return the number or the short name that a link names. Raises LinkNotUnderstood."""
    text = link.strip()
    name = text.removeprefix("@")
    if "/" in text:
        name = _name_in(text)
    if numbered := NUMBERED.fullmatch(name):
        return int(numbered.group(1))
    if name.isascii() and name.isdecimal():
        return int(name[:15])
    if SCREEN_NAME.fullmatch(name):
        return name
    raise LinkNotUnderstood


def _name_in(link: str) -> str:
    """Return the first part of the path of a link to VK, or whom its `sel` names."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host = parts.hostname
    except ValueError:
        raise LinkNotUnderstood from None
    if parts.scheme not in {"https", "http"} or host not in HOSTS:
        raise LinkNotUnderstood
    name = parts.path.strip("/").partition("/")[0]
    if name == "im":
        return parse_qs(parts.query).get("sel", [""])[0]
    return name


class Finder:
    """Calls VK with our application's service key, below what VK allows it."""

    def __init__(self, vk: Vk, service_key: str, world: World) -> None:
        self._vk = vk
        self._key = service_key
        self._pace = Pace(CALLS_PER_SECOND, world)

    async def call(self, method: str, **parameters: str | int) -> Any:
        """Wait for a turn and call a method; see `Vk.call`. Raises OauthNotConfigured without a key."""
        if not self._key:
            raise OauthNotConfigured
        for _ in range(RESTS_MAX):
            try:
                return await self._turn(method, parameters)
            except VkError as error:
                if error.code != TOO_MANY:
                    raise
            self._pace.pause(1.0)
        return await self._turn(method, parameters)

    async def _turn(self, method: str, parameters: Mapping[str, str | int]) -> Any:
        await self._pace.turn()
        return await self._vk.call(method, self._key, parameters)


async def find_community(finder: Finder, link: str) -> Found:
    """Ask VK what a link leads to (utils.resolveScreenName, groups.getById).

    Raises LinkNotUnderstood, CommunityNotFound, OauthNotConfigured, VkUnavailable.
    """
    named = read_link(link)
    try:
        community_id = named if isinstance(named, int) else await _resolve(finder, named)
        answer = await finder.call("groups.getById", group_id=community_id)
        groups = answer["groups"] if isinstance(answer, dict) else answer
        return _found(groups[0])
    except VkError as error:
        if error.failure_class is FailureClass.TRANSIENT:
            raise VkUnavailable from error
        if error.code in {5, 28}:
            raise OauthNotConfigured from error
        raise CommunityNotFound from error
    except (VkUnclear, KeyError, TypeError, ValueError) as error:
        raise VkUnavailable from error
    except IndexError:
        raise CommunityNotFound from None


async def _resolve(finder: Finder, screen_name: str) -> int:
    # VK answers an unknown name with an empty list.
    found = await finder.call("utils.resolveScreenName", screen_name=screen_name)
    if not isinstance(found, dict) or found.get("type") not in GROUP_KINDS:
        raise CommunityNotFound
    return int(found["object_id"])


def _found(group: Mapping[str, Any]) -> Found:
    if group.get("deactivated"):
        raise CommunityNotFound
    return Found(
        id=int(group["id"]),
        name=str(group["name"]),
        screen_name=str(group.get("screen_name") or f"club{group['id']}"),
        avatar_url=group.get("photo_200") or group.get("photo_100"),
    )
