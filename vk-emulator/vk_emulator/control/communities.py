"""Control calls about communities: making, settings, keys, deletion, call counts."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vk_emulator.control.bodies import Problem, community_of, emulator_of, read_body, required
from vk_emulator.control.views import community_view, dialog_view
from vk_emulator.model import RIGHTS, Community


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
    """Messages on or off, or another name: `{messages_enabled?, name?}`."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, messages_enabled=bool, name=str)
    if body.get("name"):
        community.name = body["name"]
        emulator.world.save(community)
    if "messages_enabled" in body:
        emulator.ledger.switch_messages(community, enabled=body["messages_enabled"])
    return await _answer(request, community)


async def delete_community(request: Request) -> Response:
    """The owner deletes the community; its API answers errors from now on and its events end."""
    return await _set_state(request, "deleted")


async def restore_community(request: Request) -> Response:
    """The owner takes the deletion back."""
    return await _set_state(request, "active")


async def _set_state(request: Request, state: str) -> Response:
    community, emulator = community_of(request), emulator_of(request)
    community.state = state
    emulator.world.save(community)
    return await _answer(request, community)


async def add_key(request: Request) -> Response:
    """Another key: `{rights?}`, by default every right."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, rights=list)
    rights = body.get("rights", list(RIGHTS))
    if not set(rights) <= set(RIGHTS):
        raise Problem(422, "unknown_right", f"Rights are {', '.join(RIGHTS)}.")
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
    """The community's dialogs, the latest first."""
    community, emulator = community_of(request), emulator_of(request)
    dialogs = sorted(
        emulator.world.dialogs[community.id].values(),
        key=lambda dialog: dialog.messages[-1].id if dialog.messages else 0,
        reverse=True,
    )
    return JSONResponse({"items": [dialog_view(emulator, community, dialog) for dialog in dialogs]})


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
    Route(f"{ONE}/keys", add_key, methods=["POST"]),
    Route(f"{ONE}/keys/revoke", revoke_keys, methods=["POST"]),
    Route(f"{ONE}/dialogs", list_dialogs),
    Route(f"{ONE}/calls", list_calls),
]
