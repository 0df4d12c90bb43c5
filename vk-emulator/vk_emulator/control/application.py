"""Control calls about the application: how VK treats it, who let it in, and its troubles."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vk_emulator.control.bodies import Problem, emulator_of, read_body
from vk_emulator.control.troubles import add_fault_to, kinds_view, remove_faults_of
from vk_emulator.control.views import app_view, fault_view, session_view
from vk_emulator.faults import APP_KINDS
from vk_emulator.world import OF_APP

GROUPS_SCOPES = ("granted", "dropped", "refused")
TOKEN_SHAPES = ("", "groups", "named")


async def get_app(request: Request) -> Response:
    """The application with its secrets, and how VK treats it."""
    return JSONResponse(app_view(emulator_of(request).world.app))


async def change_app(request: Request) -> Response:
    """`{groups_scope?, token_shape?, name?}`.

    `groups_scope` granted, dropped or refused; `token_shape` groups, named, or empty: as this VK was drawn.
    """
    world = emulator_of(request).world
    body = await read_body(request, groups_scope=str, token_shape=str, name=str)
    for name, choices in (("groups_scope", GROUPS_SCOPES), ("token_shape", TOKEN_SHAPES)):
        if body.get(name, choices[0]) not in choices:
            raise Problem(422, "invalid_field", f"{name} is one of {', '.join(map(repr, choices))}.")
        setattr(world.app, name, body.get(name, getattr(world.app, name)))
    world.app.name = body.get("name") or world.app.name
    world.save(world.app)
    await world.journal.settled()
    return JSONResponse(app_view(world.app))


async def list_sessions(request: Request) -> Response:
    """People who are signed in by VK ID."""
    world = emulator_of(request).world
    items = [session_view(world, session) for session in world.sessions.values() if not session.ended]
    return JSONResponse({"items": items})


async def end_sessions(request: Request) -> Response:
    """People take their consent back in VK's settings: everybody, or the one given: `{user_id?}`."""
    emulator = emulator_of(request)
    body = await read_body(request, user_id=int)
    people = {session.user_id for session in emulator.world.sessions.values() if not session.ended}
    for user_id in people & {body.get("user_id", user_id) for user_id in people}:
        emulator.grants.withdraw(user_id)
    await emulator.world.journal.settled()
    return Response(status_code=204)


async def list_fault_kinds(_: Request) -> Response:
    """Every kind of fault of the application with its options; `!` marks one that must be given."""
    return JSONResponse({"items": kinds_view(APP_KINDS)})


async def list_faults(request: Request) -> Response:
    """The faults that are on."""
    faults = emulator_of(request).world.faults[OF_APP].values()
    return JSONResponse({"items": [fault_view(fault) for fault in faults]})


async def add_fault(request: Request) -> Response:
    """Switch a fault on: `{kind, …options}`."""
    return await add_fault_to(request, OF_APP)


async def remove_faults(request: Request) -> Response:
    """Switch all faults off, or the one of the path."""
    return await remove_faults_of(request, OF_APP)


async def list_calls(request: Request) -> Response:
    """API calls with people's and service tokens since the process started, with errors by code."""
    made = emulator_of(request).calls[OF_APP]
    items = [{"method": name, "count": one.count, "errors": one.errors} for name, one in sorted(made.items())]
    return JSONResponse({"items": items})


ROUTES = [
    Route("/app", get_app),
    Route("/app", change_app, methods=["POST"]),
    Route("/app/sessions", list_sessions),
    Route("/app/sessions/end", end_sessions, methods=["POST"]),
    Route("/app/fault-kinds", list_fault_kinds),
    Route("/app/faults", list_faults),
    Route("/app/faults", add_fault, methods=["POST"]),
    Route("/app/faults", remove_faults, methods=["DELETE"]),
    Route("/app/faults/{fault_id:int}", remove_faults, methods=["DELETE"]),
    Route("/app/calls", list_calls),
]
