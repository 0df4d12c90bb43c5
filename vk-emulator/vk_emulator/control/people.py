"""Control calls that play a VK user or an administrator."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vk_emulator.api.router import origin_of
from vk_emulator.control.bodies import (
    Problem,
    community_of,
    emulator_of,
    query_number,
    read_body,
    required,
    user_of,
)
from vk_emulator.control.communities import ONE
from vk_emulator.control.messages import USER, attachments_of, dialog_answer
from vk_emulator.control.views import community_view, message_view, user_view
from vk_emulator.model import Community, Dialog


async def list_users(request: Request) -> Response:
    """Everybody, or with `?limit=` those who came last."""
    users = emulator_of(request).world.users
    limit = query_number(request, "limit", len(users))
    last = list(users.values())[max(len(users) - limit, 0) :]
    return JSONResponse({"items": [user_view(user) for user in last]})


async def add_user(request: Request) -> Response:
    """A new person: `{id?, first_name?, last_name?}`; what is left out is invented."""
    emulator = emulator_of(request)
    body = await read_body(request, id=int, first_name=str, last_name=str)
    user_id = body.get("id") or emulator.clock.random.randint(100_000_000, 199_999_999)
    if not 0 < user_id < 2_000_000_000:
        raise Problem(422, "invalid_user_id", "A user id lies between 1 and 2 000 000 000.")
    user = emulator.ledger.user(user_id)
    user.first_name = body.get("first_name") or user.first_name
    user.last_name = body.get("last_name", user.last_name)
    emulator.world.save(user)
    await emulator.world.journal.settled()
    return JSONResponse(user_view(user), 201)


async def change_user(request: Request) -> Response:
    """Another name, or the page deleted or banned: `{first_name?, last_name?, deactivated?}`.

    `deactivated` is deleted, banned or active.
    """
    emulator = emulator_of(request)
    body = await read_body(request, first_name=str, last_name=str, deactivated=str)
    user = emulator.ledger.user(user_of(request))
    user.first_name = body.get("first_name") or user.first_name
    user.last_name = body.get("last_name", user.last_name)
    if "deactivated" in body:
        if body["deactivated"] not in ("deleted", "banned", "active"):
            raise Problem(422, "invalid_field", "deactivated is deleted, banned or active.")
        user.deactivated = None if body["deactivated"] == "active" else body["deactivated"]
    emulator.world.save(user)
    await emulator.world.journal.settled()
    return JSONResponse(user_view(user))


async def allow(request: Request) -> Response:
    """The dialog is open again: the user allows messages, and an administrator's block is lifted."""
    ledger = emulator_of(request).ledger

    def open_again(community: Community, user_id: int) -> Dialog:
        ledger.unblock(community, user_id)
        return ledger.allow(community, user_id)

    return await _change_dialog(request, open_again)


async def deny(request: Request) -> Response:
    """The user forbids messages of the community; sends get error 901."""
    return await _change_dialog(request, emulator_of(request).ledger.deny)


async def block(request: Request) -> Response:
    """The community blocks the user; sends get error 900."""
    return await _change_dialog(request, emulator_of(request).ledger.block)


async def unblock(request: Request) -> Response:
    """The community lifts its block."""
    return await _change_dialog(request, emulator_of(request).ledger.unblock)


async def _change_dialog(request: Request, change: Callable[[Community, int], Dialog]) -> Response:
    community = community_of(request)
    await read_body(request)
    change(community, user_of(request))
    return await dialog_answer(request)


async def admin_reply(request: Request) -> Response:
    """An administrator answers in VK itself: `{user_id, text, attachments?, sample?}`."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, user_id=int, text=str, attachments=list, sample=(str, list))
    admin_id, user_id = request.path_params["admin_id"], required(body, "user_id")
    emulator.ledger.user(admin_id)
    attachments = attachments_of(request, body, -community.id)
    if not attachments:
        required(body, "text")
    message = emulator.ledger.admin_replies(community, admin_id, user_id, body.get("text", ""), attachments)
    await emulator.world.journal.settled()
    return JSONResponse(message_view(message, origin_of(request)), 201)


async def set_level(request: Request) -> Response:
    """An administrator's level changes: `{level}` 0 none, 1 moderator, 2 editor, 3 administrator."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, level=int)
    level = body.get("level")
    if level not in (0, 1, 2, 3):
        raise Problem(422, "invalid_field", "level is 0, 1, 2 or 3.")
    emulator.ledger.user(request.path_params["admin_id"])
    emulator.ledger.set_officer(community, request.path_params["admin_id"], level)
    await emulator.world.journal.settled()
    return JSONResponse(community_view(emulator, community))


ROUTES = [
    Route("/users", list_users),
    Route("/users", add_user, methods=["POST"]),
    Route("/users/{user_id:int}", change_user, methods=["POST"]),
    Route(f"{USER}/allow", allow, methods=["POST"]),
    Route(f"{USER}/deny", deny, methods=["POST"]),
    Route(f"{USER}/block", block, methods=["POST"]),
    Route(f"{USER}/unblock", unblock, methods=["POST"]),
    Route(f"{ONE}/admins/{{admin_id:int}}/replies", admin_reply, methods=["POST"]),
    Route(f"{ONE}/admins/{{admin_id:int}}/level", set_level, methods=["POST"]),
]
