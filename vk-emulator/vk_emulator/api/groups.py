"""groups.*: the community itself, its key's rights, its settings and its Long Poll."""

from typing import Any

from vk_emulator.api.errors import missing_or_invalid
from vk_emulator.api.people import MOST_GROUPS, group_view
from vk_emulator.api.registry import Call, method
from vk_emulator.callbacks.events import is_below
from vk_emulator.callbacks.flags import FLAGS, all_flags
from vk_emulator.model import RIGHTS


@method("groups.getById", of_deleted=True)
async def get_by_id(call: Call) -> Any:
    """Communities by ids or screen names; without any, the token's own. VK: groups.getById. Raises 100.

    An object with `groups` since 5.139, before that a bare array.
    """
    world, parameters = call.emulator.world, call.parameters
    names = parameters.words("group_ids") or parameters.words("group_id")
    if len(names) > MOST_GROUPS:
        raise missing_or_invalid("group_ids should be at most 500 items")
    found = [call.community] if not names else []
    for name in names:
        community = (
            world.communities.get(int(name)) if name.isdecimal() else world.community_by_screen_name(name)
        )
        if community is not None:
            found.append(community)
    groups = [group_view(community, parameters.words("fields"), call.origin) for community in found]
    return groups if is_below(call.version, "5.139") else {"groups": groups, "profiles": []}


@method("groups.getTokenPermissions", of_deleted=True)
async def get_token_permissions(call: Call) -> Any:
    """The rights of the key as a mask and by name. VK: groups.getTokenPermissions."""
    rights = [{"name": right, "setting": RIGHTS[right]} for right in RIGHTS if right in call.token.rights]
    return {"mask": sum(RIGHTS[right] for right in call.token.rights), "permissions": rights}


@method("groups.setSettings", right="manage")
async def set_settings(call: Call) -> Any:
    """Switch community messages or documents on or off. VK: groups.setSettings. Raises 100, 203."""
    community = call.own_group()
    if call.parameters.has("messages"):
        call.emulator.ledger.switch_messages(community, enabled=call.parameters.flag("messages"))
    if call.parameters.has("docs"):
        community.docs_enabled = call.parameters.flag("docs")
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
