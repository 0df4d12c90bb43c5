"""Control calls about one dialog's messages: writing all that VK allows, editing, reacting, pressing."""

from typing import Any

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
from vk_emulator.control.views import dialog_view, message_view, press_view
from vk_emulator.emulator import Emulator
from vk_emulator.ledger import Draft, Refused
from vk_emulator.media_doors import receive
from vk_emulator.media_store import FAMILIES, Unsuitable
from vk_emulator.message_views import carried, rehosted
from vk_emulator.model import Dialog, Json, Message, Press
from vk_emulator.samples import Samples

MOST_MESSAGES = 1000
MOST_ATTACHMENTS = 10
MOST_REACTION = 64
STATES = ("typing", "audiomessage")


def attachments_of(request: Request, body: Json, owner_id: int) -> list[Json]:
    """`attachments` (objects as they are, or references of uploads) and `sample` (a type or a list)."""
    community, emulator = community_of(request), emulator_of(request)
    found: list[Json] = []
    for given in body.get("attachments", []):
        if isinstance(given, dict):
            kind = given.get("type")
            if not isinstance(kind, str) or not isinstance(given.get(kind), dict):
                raise Problem(422, "invalid_attachment", 'An attachment is {"type": T, T: {…}}.')
            found.append(given)
            continue
        attachment = emulator.media.find(str(given))
        if attachment is None:
            raise Problem(422, "unknown_attachment", f"Nothing was uploaded as {given!r}.")
        found.append(attachment.content)
    samples = Samples(emulator.clock, owner_id, community.id)
    wanted = body.get("sample", [])
    for name in [wanted] if isinstance(wanted, str) else wanted:
        if name not in samples.names:
            raise Problem(422, "unknown_sample", f"Samples are {', '.join(samples.names)}.")
        found.append(samples.build(name))
    if len(found) > MOST_ATTACHMENTS:
        raise Problem(422, "too_many_attachments", f"A message has at most {MOST_ATTACHMENTS} attachments.")
    return found


async def write(request: Request) -> Response:
    """The user writes.

    `{text?, attachments?, sample?, reply_to?, forward?, geo?, payload?, ref?, ref_source?, extras?}`.
    """
    community, user_id, emulator = community_of(request), user_of(request), emulator_of(request)
    body = await read_body(
        request, text=str, attachments=list, sample=(str, list), reply_to=int, forward=list, geo=dict,
        payload=(str, dict), ref=str, ref_source=str, extras=dict,
    )  # fmt: skip
    draft = Draft(text=body.get("text", ""), attachments=attachments_of(request, body, user_id))
    draft.extras = {name: body[name] for name in ("ref", "ref_source", "payload") if name in body}
    draft.extras |= body.get("extras", {})
    dialog = emulator.world.dialog(community.id, user_id)
    if "reply_to" in body:
        draft.extras["reply_message"] = carried(_earlier(dialog, body["reply_to"]))
    for forwarded in body.get("forward", []):
        is_object = isinstance(forwarded, dict)
        draft.forwarded.append(forwarded if is_object else carried(_earlier(dialog, forwarded)))
    if "geo" in body:
        draft.extras["geo"] = _geo(body["geo"])
    message = emulator.ledger.user_writes(community, user_id, draft)
    await emulator.world.journal.settled()
    return JSONResponse(message_view(message, origin_of(request)), 201)


def _earlier(dialog: Dialog | None, number: Any) -> Message:
    message = dialog.message(number) if dialog is not None and isinstance(number, int) else None
    if message is None:
        raise Problem(422, "unknown_message", f"The dialog has no message {number!r}.")
    return message


def _geo(place: Json) -> Json:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not isinstance(latitude, (int, float)) or not isinstance(longitude, (int, float)):
        raise Problem(422, "invalid_field", "geo is {latitude, longitude, title?}.")
    coordinates = {"latitude": latitude, "longitude": longitude}
    title = {"place": {"title": place["title"]}, "showmap": 1} if place.get("title") else {}
    return {"type": "point", "coordinates": coordinates, **title}


async def upload_file(request: Request) -> Response:
    """A user or the community has a file in VK: multipart `file`, `?kind=photo|doc|audio_message|graffiti`.

    Answers `{reference, attachment}`; the reference goes into `attachments` of a message.
    """
    community, emulator = community_of(request), emulator_of(request)
    user_id = user_of(request)
    kind = request.query_params.get("kind", "doc")
    if kind not in FAMILIES:
        raise Problem(422, "unknown_kind", f"Kinds are {', '.join(FAMILIES)}.")
    try:
        media = await receive(request, "file", kind, community, owner_id=user_id, peer_id=user_id)
    except Unsuitable as refused:
        raise Problem(422, refused.code, str(refused)) from None
    attachment = emulator.media.save(media)
    await emulator.world.journal.settled()
    reference = f"{kind}{user_id}_{attachment.id}_{attachment.access_key}"
    shown = rehosted(attachment.content, origin_of(request))
    return JSONResponse({"reference": reference, "attachment": shown}, 201)


async def list_messages(request: Request) -> Response:
    """VK's own ledger of a dialog, oldest first, without what was deleted: `?limit=`, `?after=` a number."""
    community, emulator = community_of(request), emulator_of(request)
    dialog = emulator.world.dialog(community.id, user_of(request))
    after = query_number(request, "after", 0)
    limit = min(max(query_number(request, "limit", MOST_MESSAGES), 1), MOST_MESSAGES)
    messages = dialog.messages if dialog else []
    page = messages[after : after + limit]
    origin = origin_of(request)
    items = [message_view(message, origin) for message in page if not message.deleted]
    next_cursor = str(page[-1].cmid) if after + limit < len(messages) else None
    return JSONResponse({"items": items, "next_cursor": next_cursor})


async def edit_message(request: Request) -> Response:
    """The user changes an own message: `{text, attachments?, sample?}`; attachments not given stay."""
    community, user_id, emulator = community_of(request), user_of(request), emulator_of(request)
    body = await read_body(request, text=str, attachments=list, sample=(str, list))
    given = {"attachments", "sample"} & body.keys()
    if not given:
        required(body, "text")
    attachments = attachments_of(request, body, user_id) if given else None
    message = emulator.changes.user_edits(
        community, user_id, request.path_params["cmid"], body.get("text", ""), attachments
    )
    return await _message_answer(request, message)


async def delete_message(request: Request) -> Response:
    """The user deletes an own message for everybody; VK says nothing of it."""
    emulator, cmid = emulator_of(request), request.path_params["cmid"]
    await read_body(request)
    message = emulator.changes.user_deletes(community_of(request), user_of(request), cmid)
    return await _message_answer(request, message)


async def react(request: Request) -> Response:
    """The user reacts to any message: `{reaction_id}` 1 to 64; without it the reaction is taken back."""
    community, user_id, emulator = community_of(request), user_of(request), emulator_of(request)
    body = await read_body(request, reaction_id=int)
    reaction_id = body.get("reaction_id")
    if reaction_id is not None and not 0 < reaction_id <= MOST_REACTION:
        raise Problem(422, "invalid_field", f"reaction_id lies between 1 and {MOST_REACTION}.")
    dialog = emulator.world.dialog(community.id, user_id)
    message = dialog.message(request.path_params["cmid"]) if dialog else None
    if dialog is None or message is None:
        raise Refused("not_found", "There is no such message.")
    emulator.changes.react(community, dialog, message, user_id, reaction_id)
    return await _message_answer(request, message)


async def press(request: Request) -> Response:
    """The user presses a button of a message's keyboard: `{row?, column?}`, counted from 0.

    A text button answers the written message, a callback button `{event_id, answer, …}`, another its action.
    """
    emulator = emulator_of(request)
    body = await read_body(request, row=int, column=int)
    outcome = emulator.changes.press(
        community_of(request), user_of(request), request.path_params["cmid"],
        body.get("row", 0), body.get("column", 0),
    )  # fmt: skip
    await emulator.world.journal.settled()
    if isinstance(outcome, Message):
        return JSONResponse(message_view(outcome, origin_of(request)), 201)
    return JSONResponse(press_view(outcome) if isinstance(outcome, Press) else outcome, 201)


async def list_presses(request: Request) -> Response:
    """The callback buttons a user pressed, with the community's answers, oldest first."""
    presses = emulator_of(request).world.presses[community_of(request).id].values()
    user_id = user_of(request)
    return JSONResponse({"items": [press_view(press) for press in presses if press.user_id == user_id]})


async def read(request: Request) -> Response:
    """The user reads the dialog to its end, or up to `{conversation_message_id?}`."""
    body = await read_body(request, conversation_message_id=int)
    up_to = body.get("conversation_message_id")
    emulator_of(request).changes.user_reads(community_of(request), user_of(request), up_to)
    return await dialog_answer(request)


async def type_text(request: Request) -> Response:
    """The user types, or records: `{state?}` typing or audiomessage."""
    body = await read_body(request, state=str)
    state = body.get("state", "typing")
    if state not in STATES:
        raise Problem(422, "invalid_field", f"state is {' or '.join(STATES)}.")
    emulator_of(request).changes.user_types(community_of(request), user_of(request), state)
    return await dialog_answer(request)


async def _message_answer(request: Request, message: Message) -> Response:
    await emulator_of(request).world.journal.settled()
    return JSONResponse(message_view(message, origin_of(request)))


async def dialog_answer(request: Request) -> Response:
    """The dialog of the path, when what was done to it is stored."""
    community, emulator = community_of(request), emulator_of(request)
    dialog = emulator.ledger.dialog(community, user_of(request))
    await emulator.world.journal.settled()
    return JSONResponse(dialog_view(emulator, community, dialog, origin_of(request)))


async def list_activities(request: Request) -> Response:
    """What the community did by messages.setActivity, oldest first: `{user_id, type, at}`."""
    emulator: Emulator = emulator_of(request)
    return JSONResponse({"items": list(emulator.activities[community_of(request).id])})


USER = f"{ONE}/users/{{user_id:int}}"
MESSAGE = f"{USER}/messages/{{cmid:int}}"
ROUTES = [
    Route(f"{USER}/messages", list_messages),
    Route(f"{USER}/messages", write, methods=["POST"]),
    Route(f"{USER}/files", upload_file, methods=["POST"]),
    Route(f"{MESSAGE}/edit", edit_message, methods=["POST"]),
    Route(f"{MESSAGE}/delete", delete_message, methods=["POST"]),
    Route(f"{MESSAGE}/reaction", react, methods=["POST"]),
    Route(f"{MESSAGE}/press", press, methods=["POST"]),
    Route(f"{USER}/presses", list_presses),
    Route(f"{USER}/read", read, methods=["POST"]),
    Route(f"{USER}/typing", type_text, methods=["POST"]),
    Route(f"{ONE}/activities", list_activities),
]
