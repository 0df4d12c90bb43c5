"""Puts the emulator behind HTTP: the API, Long Poll, the control API, pictures and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from vk_emulator import media_doors
from vk_emulator.api import (
    callback_servers,
    editing,
    execute,
    groups,
    history,
    marks,
    people,
    sending,
    uploads,
)
from vk_emulator.api.router import BAD_GATEWAY, call_method
from vk_emulator.control import application, communities, messages, troubles
from vk_emulator.control import callback_servers as control_servers
from vk_emulator.control import people as control_people
from vk_emulator.control.bodies import Problem, community_of, emulator_of, render_problem
from vk_emulator.emulator import assemble
from vk_emulator.ledger import Refused
from vk_emulator.oauth import communities as oauth_communities
from vk_emulator.oauth import identity
from vk_emulator.oauth import people as oauth_people
from vk_emulator.pictures import avatar
from vk_emulator.settings import Settings

# Importing a module registers its methods.
API_MODULES = (callback_servers, editing, execute, groups, history, marks, people, sending, uploads)

PAGE_FOLDER = Path(__file__).parent / "page"
LINK_MARKS = ("ref", "ref_source")
PAGE_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}


def build(settings: Settings) -> Starlette:
    """The application of one emulator. Opens the data folder when it starts, not before."""

    @asynccontextmanager
    async def run(app: Starlette) -> AsyncIterator[None]:
        emulator = await assemble(settings)
        app.state.emulator = emulator
        emulator.sender.start()
        yield
        await emulator.stop()

    control = [
        *application.ROUTES, *communities.ROUTES, *control_servers.ROUTES, *control_people.ROUTES,
        *messages.ROUTES, *troubles.ROUTES,
    ]  # fmt: skip
    return Starlette(
        routes=[
            Route("/method/{name}", call_method, methods=["GET", "POST"]),
            Route("/whp/{community_id:int}", check_long_poll, methods=["GET", "POST"]),
            Mount("/emulator/v1", routes=control),
            *identity.ROUTES,
            *oauth_communities.ROUTES,
            *oauth_people.ROUTES,
            *media_doors.ROUTES,
            Route("/emulator/avatars/{peer_id}.svg", show_avatar),
            Route("/health/live", health),
            Route("/health/ready", health),
            Route("/me/{name}", open_dialog),
            Route("/", show_page),
            Route("/page/{file}", show_page),
        ],
        exception_handlers={Problem: render_problem, Refused: render_refusal},
        lifespan=run,
    )


async def render_refusal(request: Request, refused: Exception) -> Response:
    """VK would not let the person do it: 409."""
    assert isinstance(refused, Refused)
    status = 404 if refused.code == "not_found" else 409
    return await render_problem(request, Problem(status, refused.code, refused.text))


async def check_long_poll(request: Request) -> Response:
    """Bots Long Poll, act=a_check."""
    emulator, community = emulator_of(request), community_of(request)
    if emulator.faults.is_on(community.id, "long_poll_down"):
        return Response(BAD_GATEWAY, 502, media_type="text/html")
    query = request.query_params
    wait = query.get("wait", "25")
    answer = await emulator.long_poll.check(
        community,
        key=query.get("key", ""),
        ts=query.get("ts", ""),
        wait=float(wait) if wait.isdecimal() else 25.0,
    )
    # It may have gone down while the client waited.
    if emulator.faults.is_on(community.id, "long_poll_down"):
        return Response(BAD_GATEWAY, 502, media_type="text/html")
    return JSONResponse(answer)


async def show_avatar(request: Request) -> Response:
    """The picture of a user, or of a community by its negative id."""
    peer_id = request.path_params["peer_id"]
    number = int(peer_id) if peer_id.removeprefix("-").isdecimal() else 0
    picture = avatar(emulator_of(request).world, number)
    return Response(picture, media_type="image/svg+xml", headers={"X-Content-Type-Options": "nosniff"})


async def open_dialog(request: Request) -> Response:
    """What vk.me is: a link into a community's dialog; `ref` and `ref_source` come with the message."""
    name = request.path_params["name"]
    community = emulator_of(request).world.community_by_screen_name(name)
    if community is None:
        raise Problem(404, "community_not_found", "There is no such community.")
    marks = {mark: request.query_params[mark] for mark in LINK_MARKS if mark in request.query_params}
    return RedirectResponse(f"/?{urlencode({'community': community.id, **marks})}", 303)


async def health(_: Request) -> Response:
    """The process answers, and so does its data."""
    return JSONResponse({"status": "ok"})


async def show_page(request: Request) -> Response:
    """The page's files."""
    name = request.path_params.get("file", "index.html")
    path = PAGE_FOLDER / name
    if path.suffix not in PAGE_TYPES or not path.is_file():
        raise Problem(404, "not_found", "There is no such file.")
    return FileResponse(path, media_type=PAGE_TYPES[path.suffix], headers=PAGE_HEADERS)
