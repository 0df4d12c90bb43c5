"""messages.send: drafts, the duplicate window, recipients and echoes."""

from typing import Any

from vk_emulator.api.destinations import recipients, refusal
from vk_emulator.api.drafts import carried_extras, checked_text, found_attachments
from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.registry import Call, method
from vk_emulator.ledger import Draft
from vk_emulator.message_views import carried
from vk_emulator.model import Dialog, Json, Message

DUPLICATE_WINDOW_SECONDS = 3600
DUPLICATE_WINDOW_MESSAGES = 100
MOST_FORWARDED = 100
ECHO_TIMEOUT_SECONDS = 5.0


@method("messages.send", right="messages")
async def send(call: Call) -> Any:
    """Send a message to one peer (answers its id) or to many (answers an array with an error each).

    VK: messages.send. Raises 15, 18, 100, 900, 901, 911, 913, 914, 917, 936.
    """
    random_id = call.parameters.required_integer("random_id")
    if not -(2**31) <= random_id < 2**31:
        raise missing_or_invalid("random_id should be a 32-bit integer")
    peers, many = recipients(call)
    content = _content(call)
    if not call.community.messages_enabled:
        code = call.emulator.assumptions.error_when_messages_are_off
        raise VkError(code, "group messages are disabled" if code == 15 else "")
    if not many:
        return (await _sent(call, peers[0], random_id, content)).id
    answers = []
    for peer_id in peers:
        try:
            message = await _sent(call, peer_id, random_id, content)
        except VkError as error:
            answers.append(_failed(peer_id, error))
        else:
            answers.append(
                {"peer_id": peer_id, "message_id": message.id, "conversation_message_id": message.cmid}
            )
    return answers


def _failed(peer_id: int, error: VkError) -> Json:
    return {
        "peer_id": peer_id,
        "message_id": 0,
        "conversation_message_id": 0,
        "error": {"code": error.code, "description": error.text},
    }


def _content(call: Call) -> Json:
    """What is the same for every recipient: text, sticker, payload, keyboard."""
    parameters = call.parameters
    text, extras = checked_text(call), carried_extras(call)
    stickers: list[Json] = []
    if parameters.has("sticker_id"):
        sticker_id = parameters.required_integer("sticker_id")
        stickers.append({"type": "sticker", "sticker": {"sticker_id": sticker_id, "images": []}})
    forwards = parameters.has("forward") or parameters.has("forward_messages")
    alone = bool(stickers or forwards or "template" in extras or "geo" in extras)
    # Whether the attachments are there, and so make a message of nothing, is seen for each peer.
    if not (text.strip() or alone or parameters.has("attachment")):
        raise missing_or_invalid("message is empty or invalid")
    return {"text": text, "attachments": stickers, "extras": extras, "alone": alone}


async def _sent(call: Call, peer_id: int, random_id: int, content: Json) -> Message:
    refused = refusal(call, peer_id)
    if refused is not None:
        raise refused
    emulator, community = call.emulator, call.community
    dialog = emulator.ledger.dialog(community, peer_id)
    earlier = _duplicate(call, dialog, random_id)
    if earlier is not None:
        return earlier
    attachments = [*content["attachments"], *found_attachments(call, peer_id)]
    if not (content["text"].strip() or attachments or content["alone"]):
        raise missing_or_invalid("message is empty or invalid")
    draft = Draft(
        text=content["text"],
        attachments=attachments,
        extras=dict(content["extras"]),
        random_id=random_id,
    )
    _attach_earlier_messages(call, dialog, draft)
    message, echoes = emulator.ledger.community_writes(community, peer_id, draft)
    if echoes and emulator.faults.strike(community.id, "echo_before_answer"):
        await emulator.sender.first_attempt(echoes[0], timeout_seconds=ECHO_TIMEOUT_SECONDS)
    return message


def _duplicate(call: Call, dialog: Dialog, random_id: int) -> Message | None:
    """The recent message of the dialog that was sent with this random_id; 0 never repeats."""
    if random_id == 0:
        return None
    option = call.emulator.faults.option
    seconds = option(call.community.id, "dedupe_window", "seconds", DUPLICATE_WINDOW_SECONDS)
    messages = option(call.community.id, "dedupe_window", "messages", DUPLICATE_WINDOW_MESSAGES)
    oldest = call.emulator.clock.unix() - seconds
    for message in reversed(dialog.messages[-int(messages) :] if messages else []):
        if message.date < oldest:
            return None
        if message.random_id == random_id and message.out and message.admin_author_id is None:
            return message
    return None


def _attach_earlier_messages(call: Call, dialog: Dialog, draft: Draft) -> None:
    """reply_to, forward and forward_messages. Raises 10 or 100 for a reply across dialogs."""
    parameters = call.parameters
    world, community_id = call.emulator.world, call.community.id
    if parameters.has("reply_to"):
        replied = world.message(community_id, parameters.required_integer("reply_to"))
        if replied is None or replied.peer_id != dialog.peer_id:
            raise VkError(call.emulator.assumptions.error_for_foreign_reply)
        draft.extras["reply_message"] = carried(replied)
    if parameters.has("forward_messages"):
        for message_id in parameters.integers("forward_messages", most=MOST_FORWARDED):
            forwarded = world.message(community_id, message_id)
            if forwarded is not None:
                draft.forwarded.append(carried(forwarded))
    if parameters.has("forward"):
        _forward(call, dialog, draft)


def _forward(call: Call, dialog: Dialog, draft: Draft) -> None:
    wanted = call.parameters.document("forward")
    if not isinstance(wanted, dict):
        raise missing_or_invalid("forward is not valid JSON")
    try:
        messages = _named(call, dialog, wanted)
    except (TypeError, ValueError):
        raise missing_or_invalid("forward holds something that is no number") from None
    found_messages = [message for message in messages if message is not None]
    if len(messages) > MOST_FORWARDED:
        raise VkError(913)
    if not found_messages:
        raise VkError(921)
    if not wanted.get("is_reply"):
        draft.forwarded += [carried(message) for message in found_messages]
        return
    if len(messages) != 1 or found_messages[0].peer_id != dialog.peer_id:
        raise missing_or_invalid("forward with is_reply needs one message of the same peer")
    draft.extras["reply_message"] = carried(found_messages[0])


def _named(call: Call, dialog: Dialog, wanted: Json) -> list[Message | None]:
    """The messages a forward names, None for an unknown one. Raises 921, TypeError, ValueError."""
    world, community_id = call.emulator.world, call.community.id
    source: Dialog | None = dialog
    if wanted.get("peer_id") not in (None, dialog.peer_id):
        source = world.dialog(community_id, int(wanted["peer_id"]))
    if source is None:
        raise VkError(921)
    numbers = wanted.get("conversation_message_ids") or wanted.get("cmids") or []
    messages = [source.message(int(number)) for number in numbers]
    return messages + [world.message(community_id, int(one)) for one in wanted.get("message_ids") or []]
