"""groups.*: the community itself, its key's rights, its settings and its Long Poll."""

from typing import Any

from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.people import MOST_GROUPS, group_view
from vk_emulator.api.registry import EVERYBODY, Call, method
from vk_emulator.callbacks.events import is_below
from vk_emulator.callbacks.flags import FLAGS, all_flags
from vk_emulator.model import ALL_RIGHTS

LOWEST_LEVELS = {"admin": 3, "editor": 2, "moder": 1}
FILTERS = {*LOWEST_LEVELS, "advertiser", "groups", "publics", "events", "hasAddress", "has_addresses"}


@method("groups.getById", of_deleted=True, bearers=EVERYBODY)
async def get_by_id(call: Call) -> Any:
    """Communities by ids or screen names; without any, the token's own. VK: groups.getById. Raises 100.

    An object with `groups` since 5.139, before that a bare array.
    """
    world, parameters = call.emulator.world, call.parameters
    names = parameters.words("group_ids") or parameters.words("group_id")
    if len(names) > MOST_GROUPS:
        raise missing_or_invalid("group_ids should be at most 500 items")
    if not names and call.token.bearer != "community":
        raise missing_or_invalid("group_ids is undefined")
    found = [] if names else [call.community]
    for name in names:
        community = (
            world.communities.get(int(name)) if name.isdecimal() else world.community_by_screen_name(name)
        )
        if community is not None:
            found.append(community)
    seen_by = call.token.user_id if call.token.bearer == "user" else None
    fields = parameters.words("fields")
    groups = [group_view(community, fields, call.origin, seen_by=seen_by) for community in found]
    return groups if is_below(call.version, "5.139") else {"groups": groups, "profiles": []}


@method("groups.get", right="groups", bearers=("user", "service"))
async def get_groups(call: Call) -> Any:
    """A person's communities, by `filter` those of a level: admin, editor, moder. VK: groups.get.

    Others' lists are private here. Raises 15, 27, 100, 260.
    """
    parameters = call.parameters
    person = parameters.integer("user_id", call.token.user_id)
    if not person:
        raise missing_or_invalid("user_id is a required parameter")
    if person != call.token.user_id:
        raise VkError(260)
    filters = parameters.words("filter")
    if not set(filters) <= FILTERS:
        raise missing_or_invalid("filter is invalid")
    lowest = min((LOWEST_LEVELS[name] for name in filters if name in LOWEST_LEVELS), default=1)
    communities = call.emulator.world.communities.values()
    found = [community for community in communities if community.level_of(person) >= lowest]
    offset, count = parameters.integer("offset"), parameters.bounded("count", 1000, lowest=0, highest=1000)
    page = found[offset : offset + count]
    if not parameters.flag("extended"):
        return {"count": len(found), "items": [community.id for community in page]}
    fields = parameters.words("fields")
    items = [group_view(community, fields, call.origin, seen_by=person) for community in page]
    return {"count": len(found), "items": items}


@method("groups.getTokenPermissions", of_deleted=True)
async def get_token_permissions(call: Call) -> Any:
    """The rights of the key as a mask and by name. VK: groups.getTokenPermissions."""
    held = {right: bit for right, bit in ALL_RIGHTS.items() if right in call.token.rights}
    permissions = [{"name": right, "setting": bit} for right, bit in held.items()]
    return {"mask": sum(held.values()), "permissions": permissions}


@method("groups.setSettings", right="manage")
async def set_settings(call: Call) -> Any:
    """Switch community messages or documents on or off. VK: groups.setSettings. Raises 100, 203."""
    community = call.own_group()
    given = {name: call.parameters.flag(name) for name in ("messages", "docs") if call.parameters.has(name)}
    call.emulator.ledger.change_settings(
        community, **{f"{name}_enabled": value for name, value in given.items()}
    )
    return 1


@method("groups.enableOnline", right="manage")
async def enable_online(call: Call) -> Any:
    """Show the community as one that answers now. VK: groups.enableOnline."""
    return _set_online(call, online=True)


@method("groups.disableOnline", right="manage")
async def disable_online(call: Call) -> Any:
    """Stop showing it. VK: groups.disableOnline."""
    return _set_online(call, online=False)


@method("groups.getOnlineStatus", right="manage")
async def get_online_status(call: Call) -> Any:
    """Whether the community is shown as online. VK: groups.getOnlineStatus."""
    return {"status": "online" if call.own_group().online else "none"}


def _set_online(call: Call, *, online: bool) -> int:
    community = call.own_group()
    community.online = online
    call.emulator.world.save(community)
    return 1


@method("groups.getLongPollServer", right="manage")
async def get_long_poll_server(call: Call) -> Any:
    """Address, key and ts for Bots Long Poll. VK: groups.getLongPollServer. Raises 100, 203."""
    community = call.own_group()
    if not community.long_poll_enabled:
        raise missing_or_invalid("longpoll for this group is not enabled")
    long_poll = call.emulator.long_poll
    return {
        "key": long_poll.key_of(community.id),
        "server": f"{call.origin}/whp/{community.id}",
        "ts": str(long_poll.last_ts(community.id)),
    }


@method("groups.getLongPollSettings", right="manage")
async def get_long_poll_settings(call: Call) -> Any:
    """Whether Long Poll is on, its version and its flags. VK: groups.getLongPollSettings."""
    community = call.own_group()
    return {
        "api_version": community.long_poll_version,
        "events": all_flags(community.long_poll_flags),
        "is_enabled": community.long_poll_enabled,
    }


@method("groups.setLongPollSettings", right="manage")
async def set_long_poll_settings(call: Call) -> Any:
    """Switch Long Poll and its flags; what is left out stays. VK: groups.setLongPollSettings."""
    community, parameters = call.own_group(), call.parameters
    if parameters.has("enabled"):
        community.long_poll_enabled = parameters.flag("enabled")
    if parameters.has("api_version"):
        community.long_poll_version = checked_event_version(parameters.text("api_version"))
    community.long_poll_flags |= {flag: int(parameters.flag(flag)) for flag in FLAGS if parameters.has(flag)}
    call.emulator.world.save(community)
    return 1


def checked_event_version(version: str) -> str:
    """An API version events can be sent in: 5.81 to 5.199. Raises 100."""
    minor = version.removeprefix("5.")
    if not (version.startswith("5.") and minor.isdecimal() and 81 <= int(minor) <= 199):
        raise missing_or_invalid("api_version is invalid")
    return version
