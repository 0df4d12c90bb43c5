"""users.get, and users and communities as VK shows them."""

from typing import Any

from vk_emulator.api.errors import missing_or_invalid
from vk_emulator.api.registry import EVERYBODY, Call, method
from vk_emulator.model import ADMINISTRATOR, Community, Json, User

MOST_USERS = 1000
MOST_GROUPS = 500


def user_view(user: User, fields: list[str], origin: str) -> Json:
    """A user object with the asked fields (reference: objects/user)."""
    if user.deactivated:
        return {
            "id": user.id,
            "first_name": "DELETED",
            "last_name": "",
            "deactivated": user.deactivated,
            "photo_50": f"{origin}/emulator/avatars/0.svg",
        }
    view: Json = {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_closed": False,
        "can_access_closed": True,
    }
    photo = f"{origin}/emulator/avatars/{user.id}.svg"
    optional: Json = {
        "screen_name": user.screen_name,
        "domain": user.screen_name,
        "sex": user.sex,
        "online": 0,
        "city": {"id": 1, "title": user.city},
        **{f"photo_{size}": photo for size in ("50", "100", "200", "max")},
    }
    view.update({name: optional[name] for name in fields if name in optional})
    return view


def group_view(community: Community, fields: list[str], origin: str, *, seen_by: int | None = None) -> Json:
    """A community object (reference: objects/group); a person's token also learns the person's own level."""
    photo = f"{origin}/emulator/avatars/-{community.id}.svg"
    view: Json = {
        "id": community.id,
        "name": community.name,
        "screen_name": community.screen_name,
        "is_closed": 0,
        "type": "group",
        "photo_50": photo,
        "photo_100": photo,
        "photo_200": photo,
    }
    if community.state != "active":
        view["deactivated"] = community.state
    if seen_by is not None:
        level = community.level_of(seen_by)
        view |= {"is_admin": int(level >= ADMINISTRATOR), "is_member": int(level > 0), "is_advertiser": 0}
        view |= {"admin_level": level} if level else {}
        if "can_message" in fields:
            view["can_message"] = int(community.messages_enabled)
    if "members_count" in fields:
        view["members_count"] = 1000 + community.id % 9000
    return view


def participants(call: Call, peer_ids: set[int]) -> Json:
    """`profiles` and `groups` for the given ids, positive for users and negative for communities."""
    fields = [*call.parameters.words("fields"), "screen_name", "sex", "photo_50", "photo_100", "online"]
    world = call.emulator.world
    users = [world.users[peer_id] for peer_id in sorted(peer_ids) if peer_id in world.users]
    groups = [world.communities[-peer_id] for peer_id in sorted(peer_ids) if -peer_id in world.communities]
    return {
        "profiles": [user_view(user, fields, call.origin) for user in users],
        "groups": [group_view(community, fields, call.origin) for community in groups],
    }


@method("users.get", of_deleted=True, bearers=EVERYBODY)
async def get_users(call: Call) -> Any:
    """Users by ids or screen names; unknown ones are left out. VK: users.get. Raises 100.

    Without any: the person whose token it is.
    """
    world = call.emulator.world
    names = call.parameters.words("user_ids")
    if not names and call.token.bearer == "user":
        names = [str(call.token.user_id)]
    if len(names) > MOST_USERS:
        raise missing_or_invalid("user_ids should be at most 1000 items")
    fields = call.parameters.words("fields")
    found = []
    for name in names:
        user = world.users.get(int(name)) if name.isdecimal() else world.user_by_screen_name(name)
        if user is not None:
            found.append(user_view(user, fields, call.origin))
    return found


@method("utils.resolveScreenName", of_deleted=True, bearers=EVERYBODY)
async def resolve_screen_name(call: Call) -> Any:
    """What a short name stands for; an unknown one gives an empty array. VK: utils.resolveScreenName."""
    name = call.parameters.required("screen_name")
    community = call.emulator.world.community_by_screen_name(name)
    if community is not None:
        return {"type": "group", "object_id": community.id}
    user = call.emulator.world.user_by_screen_name(name)
    return {"type": "user", "object_id": user.id} if user is not None else []


@method("utils.getServerTime", of_deleted=True, bearers=EVERYBODY)
async def get_server_time(call: Call) -> Any:
    """Unix time in seconds. VK: utils.getServerTime."""
    return call.emulator.clock.unix()
