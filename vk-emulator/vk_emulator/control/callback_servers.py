"""Control calls that do by hand what administrators do in VK's settings with callback servers."""

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vk_emulator.api.callback_servers import MOST_SERVERS
from vk_emulator.callbacks.flags import FLAGS
from vk_emulator.control.bodies import Problem, community_of, emulator_of, read_body, required
from vk_emulator.control.communities import ONE
from vk_emulator.control.views import server_view
from vk_emulator.model import CallbackServer, Json

STATUSES = ("unconfigured", "wait", "failed", "ok")
FIELDS: dict[str, type | tuple[type, ...]] = {
    "url": str, "title": str, "secret_key": str, "api_version": str, "status": str, "events": list,
    "confirm": bool,
}  # fmt: skip


async def add_server(request: Request) -> Response:
    """A server of somebody else: `{url, title?, secret_key?, api_version?, events?, status?, confirm?}`.

    It counts as confirmed (`ok`) unless `status` says otherwise or `confirm` asks it for the code.
    """
    community, world = community_of(request), emulator_of(request).world
    body = await read_body(request, **FIELDS)
    required(body, "url")
    _check(body)
    if len(world.servers[community.id]) >= MOST_SERVERS:
        raise Problem(409, "too_many_servers", f"A community has at most {MOST_SERVERS} callback servers.")
    community.last_server_id += 1
    server = CallbackServer(
        community.last_server_id, community.id, "Другой сервис", "", "",
        creator_id=community.admin_id, status="ok",
    )  # fmt: skip
    world.save(community)
    return await _apply(request, server, body, 201)


async def change_server(request: Request) -> Response:
    """Change what is given: `{url?, title?, secret_key?, api_version?, events?, status?, confirm?}`.

    Another address waits for its confirmation unless `status` says otherwise or `confirm` asks for it.
    `events` are the flags that are on from now; the others are off.
    """
    body = await read_body(request, **FIELDS)
    _check(body)
    server = _server_of(request)
    if body.get("url", server.url) != server.url:
        body.setdefault("status", "wait")
    return await _apply(request, server, body)


async def delete_server(request: Request) -> Response:
    """The administrator deletes a server; its pending events are gone."""
    emulator, server = emulator_of(request), _server_of(request)
    emulator.world.remove_server(server)
    emulator.sender.wake(server.community_id)
    await emulator.world.journal.settled()
    return Response(status_code=204)


def _server_of(request: Request) -> CallbackServer:
    servers = emulator_of(request).world.servers[community_of(request).id]
    server = servers.get(request.path_params["server_id"])
    if server is None:
        raise Problem(404, "server_not_found", "There is no such callback server.")
    return server


def _check(body: Json) -> None:
    rules: dict[str, Callable[[Any], bool]] = {
        "status": lambda status: status in STATUSES,
        "events": lambda events: all(event in FLAGS for event in events),
        "api_version": lambda version: bool(re.fullmatch(r"5\.(8[1-9]|9\d|1\d\d)", version)),
        "url": lambda url: url.startswith(("http://", "https://")),
    }
    for name, rule in rules.items():
        if name in body and not rule(body[name]):
            raise Problem(422, "invalid_field", f"{name} holds something that VK does not know.")


async def _apply(request: Request, server: CallbackServer, body: Json, status: int = 200) -> Response:
    community, emulator = community_of(request), emulator_of(request)
    for name in ("url", "title", "secret_key", "api_version", "status"):
        setattr(server, name, body.get(name, getattr(server, name)))
    if "events" in body:
        server.flags = dict.fromkeys(body["events"], 1)
    emulator.world.save(server)
    if body.get("confirm"):
        await emulator.handshake.confirm(community, server)
    emulator.sender.wake(community.id)
    await emulator.world.journal.settled()
    return JSONResponse(server_view(server), status)


ROUTES = [
    Route(f"{ONE}/callback-servers", add_server, methods=["POST"]),
    Route(f"{ONE}/callback-servers/{{server_id:int}}", change_server, methods=["POST"]),
    Route(f"{ONE}/callback-servers/{{server_id:int}}", delete_server, methods=["DELETE"]),
]
