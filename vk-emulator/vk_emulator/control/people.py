"""Control calls that play a VK user or an administrator."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

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
from vk_emulator.control.views import dialog_view, message_view, user_view
from vk_emulator.ledger import Draft
from vk_emulator.model import Community, Dialog, Json

MOST_MESSAGES = 1000


async def list_users(request: Request) -> Response:
    """Everybody."""
    users = emulator_of(request).world.users.values()
    return JSONResponse({"items": [user_view(user) for user in users]})


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


async def write(request: Request) -> Response:
    """The user writes: `{text, attachments?, ref?, ref_source?, payload?}`; attachments stay as they are."""
    community, user_id, emulator = community_of(request), user_of(request), emulator_of(request)
    body = await read_body(request, text=str, attachments=list, ref=str, ref_source=str, payload=(str, dict))
    attachments = body.get("attachments", [])
    if not all(isinstance(attachment, dict) and "type" in attachment for attachment in attachments):
        raise Problem(
            422, "invalid_attachment", 'An attachment is a VK object like {"type": "photo", "photo": {…}}.'
        )
    extras: Json = {name: body[name] for name in ("ref", "ref_source", "payload") if name in body}
    draft = Draft(text=body.get("text", ""), attachments=attachments, extras=extras)
    message = emulator.ledger.user_writes(community, user_id, draft)
    await emulator.world.journal.settled()
    return JSONResponse(message_view(message), 201)


async def list_messages(request: Request) -> Response:
    """VK's own ledger of a dialog, oldest first: `?limit=`, `?after=` a number or next_cursor."""
    community, emulator = community_of(request), emulator_of(request)
    dialog = emulator.world.dialog(community.id, user_of(request))
    after = query_number(request, "after", 0)
    limit = min(max(query_number(request, "limit", MOST_MESSAGES), 1), MOST_MESSAGES)
    messages = dialog.messages if dialog else []
    page = messages[after : after + limit]
    body: dict[str, object] = {"items": [message_view(message) for message in page], "next_cursor": None}
    if after + limit < len(messages):
        body["next_cursor"] = str(page[-1].cmid)
    return JSONResponse(body)


async def edit_message(request: Request) -> Response:
    """The user changes an own message: `{text}`."""
    community, user_id, emulator = community_of(request), user_of(request), emulator_of(request)
    body = await read_body(request, text=str)
    message = emulator.ledger.user_edits(
        community, user_id, request.path_params["cmid"], required(body, "text")
    )
    await emulator.world.journal.settled()
    return JSONResponse(message_view(message))


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


async def read(request: Request) -> Response:
    """The user reads the dialog to its end."""
    emulator_of(request).ledger.user_reads(community_of(request), user_of(request))
    return await _dialog_answer(request)


async def type_text(request: Request) -> Response:
    """The user types."""
    emulator_of(request).ledger.user_types(community_of(request), user_of(request))
    return await _dialog_answer(request)


async def _change_dialog(request: Request, change: Callable[[Community, int], Dialog]) -> Response:
    community = community_of(request)
    await read_body(request)
    change(community, user_of(request))
    return await _dialog_answer(request)


async def _dialog_answer(request: Request) -> Response:
    community, emulator = community_of(request), emulator_of(request)
    dialog = emulator.ledger.dialog(community, user_of(request))
    await emulator.world.journal.settled()
    return JSONResponse(dialog_view(emulator, community, dialog))


async def admin_reply(request: Request) -> Response:
    """An administrator answers in VK itself: `{user_id, text}`."""
    community, emulator = community_of(request), emulator_of(request)
    body = await read_body(request, user_id=int, text=str)
    admin_id = request.path_params["admin_id"]
    emulator.ledger.user(admin_id)
    message = emulator.ledger.admin_replies(
        community, admin_id, required(body, "user_id"), required(body, "text")
    )
    await emulator.world.journal.settled()
    return JSONResponse(message_view(message), 201)


USER = f"{ONE}/users/{{user_id:int}}"
ROUTES = [
    Route("/users", list_users),
    Route("/users", add_user, methods=["POST"]),
    Route(f"{USER}/messages", list_messages),
    Route(f"{USER}/messages", write, methods=["POST"]),
    Route(f"{USER}/messages/{{cmid:int}}/edit", edit_message, methods=["POST"]),
    Route(f"{USER}/allow", allow, methods=["POST"]),
    Route(f"{USER}/deny", deny, methods=["POST"]),
    Route(f"{USER}/block", block, methods=["POST"]),
    Route(f"{USER}/unblock", unblock, methods=["POST"]),
    Route(f"{USER}/read", read, methods=["POST"]),
    Route(f"{USER}/typing", type_text, methods=["POST"]),
    Route(f"{ONE}/admins/{{admin_id:int}}/replies", admin_reply, methods=["POST"]),
]
