"""Control calls about communities: making, settings, keys, deletion, call counts."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vk_emulator.api.router import origin_of
from vk_emulator.control.bodies import Problem, community_of, emulator_of, query_number, read_body, required
from vk_emulator.control.views import community_view, dialog_view, key_view
from vk_emulator.model import ALL_RIGHTS, RIGHTS, Community

MOST_DIALOGS = 10_000
MOST_HISTORY = 300_000
MOST_DAYS = 3650


async def list_communities(request: Request) -> Response:
    """Every community with its key and callback servers."""
    emulator = emulator_of(request)
    communities = emulator.world.communities.values()
    return JSONResponse({"items": [community_view(emulator, community) for community in communities]})


async def add_community(request: Request) -> Response:
    """A new community with an administrator and a key: `{name, screen_name?, messages_enabled?}`."""
    emulator = emulator_of(request)
    body = await read_body(request, name=str, screen_name=str, messages_enabled=bool)
    screen_name = body.get("screen_name")
    if screen_name and emulator.world.community_by_screen_name(screen_name):
        raise Problem(409, "screen_name_taken", "Another community has this short name.")
    community = emulator.add_community(
        required(body, "name"), screen_name, messages_enabled=body.get("messages_enabled", True)
    )
    return await _answer(request, community, 201)


async def get_community(request: Request) -> Response:
    """One community."""
    return await _answer(request, community_of(request))


async def change_settings(request: Request) -> Response:
    """Messages or documents on or off, or another name: `{messages_enabled?, docs_enabled?, name?}`."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, messages_enabled=bool, docs_enabled=bool, name=str)
    emulator.ledger.change_settings(community, **{name: body[name] for name in body if body[name] != ""})
    return await _answer(request, community)


async def delete_community(request: Request) -> Response:
    """The owner deletes the community; its API answers errors from now on and its events end."""
    return await _set_state(request, "deleted")


async def restore_community(request: Request) -> Response:
    """The owner takes the deletion back, or VK its ban."""
    return await _set_state(request, "active")


async def ban_community(request: Request) -> Response:
    """VK bans the community; it ends with `restore`."""
    return await _set_state(request, "banned")


async def _set_state(request: Request, state: str) -> Response:
    community, emulator = community_of(request), emulator_of(request)
    community.state = state
    emulator.world.save(community)
    return await _answer(request, community)


async def list_keys(request: Request) -> Response:
    """The community's valid keys with their rights."""
    community, world = community_of(request), emulator_of(request).world
    return JSONResponse({"items": [key_view(token) for token in world.keys_of(community.id)]})


async def add_key(request: Request) -> Response:
    """Another key: `{rights?}`, by default every right."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, rights=list)
    rights = body.get("rights", list(RIGHTS))
    if not set(rights) <= set(ALL_RIGHTS):
        raise Problem(422, "unknown_right", f"Rights are {', '.join(ALL_RIGHTS)}.")
    token = emulator.add_key(community)
    token.rights = rights
    emulator.world.save(token)
    await emulator.world.journal.settled()
    return JSONResponse({"key": token.value, "rights": token.rights}, 201)


async def revoke_keys(request: Request) -> Response:
    """An administrator deletes the keys, or the one given: `{key?}`. Calls with them get error 5."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, key=str)
    for token in emulator.world.keys_of(community.id):
        if body.get("key") in (None, token.value):
            token.revoked = True
            emulator.world.save(token)
    return await _answer(request, community)


async def list_dialogs(request: Request) -> Response:
    """The community's dialogs, the latest first: `?limit=` (10000). Those without messages come last."""
    community, emulator = community_of(request), emulator_of(request)
    limit = query_number(request, "limit", MOST_DIALOGS)
    dialogs = emulator.world.dialogs[community.id]
    _, peers = emulator.world.inboxes[community.id].page("all", offset=0, count=limit, start_message_id=None)
    shown = [dialogs[peer_id] for peer_id in peers]
    shown += [dialog for dialog in dialogs.values() if dialog.last() is None]
    origin = origin_of(request)
    items = [dialog_view(emulator, community, dialog, origin) for dialog in shown[:limit]]
    return JSONResponse({"items": items})


async def make_history(request: Request) -> Response:
    """A past without events: `{dialogs, messages_each, days?}`; 201 with the ids of its people."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, dialogs=int, messages_each=int, days=int)
    dialogs, each, days = required(body, "dialogs"), required(body, "messages_each"), body.get("days", 30)
    if min(dialogs, each, days) < 1 or days > MOST_DAYS or dialogs * each > MOST_HISTORY:
        raise Problem(
            422, "too_much", f"At most {MOST_HISTORY} messages over {MOST_DAYS} days, at least one."
        )
    users = await emulator.past.make(community, dialogs=dialogs, messages_each=each, days=days)
    return JSONResponse({"dialogs": dialogs, "messages": dialogs * each, "user_ids": users}, 201)


async def list_calls(request: Request) -> Response:
    """API calls per method since the process started, with errors by code."""
    calls = emulator_of(request).calls[community_of(request).id]
    items = [
        {"method": method, "count": made.count, "errors": made.errors}
        for method, made in sorted(calls.items())
    ]
    return JSONResponse({"items": items})


async def _answer(request: Request, community: Community, status: int = 200) -> Response:
    emulator = emulator_of(request)
    await emulator.world.journal.settled()
    return JSONResponse(community_view(emulator, community), status)


ONE = "/communities/{community_id:int}"
ROUTES = [
    Route("/communities", list_communities),
    Route("/communities", add_community, methods=["POST"]),
    Route(ONE, get_community),
    Route(f"{ONE}/settings", change_settings, methods=["POST"]),
    Route(f"{ONE}/delete", delete_community, methods=["POST"]),
    Route(f"{ONE}/restore", restore_community, methods=["POST"]),
    Route(f"{ONE}/ban", ban_community, methods=["POST"]),
    Route(f"{ONE}/keys", list_keys),
    Route(f"{ONE}/keys", add_key, methods=["POST"]),
    Route(f"{ONE}/keys/revoke", revoke_keys, methods=["POST"]),
    Route(f"{ONE}/dialogs", list_dialogs),
    Route(f"{ONE}/calls", list_calls),
    Route(f"{ONE}/history", make_history, methods=["POST"]),
]
