"""messages.edit, messages.delete, messages.restore, messages.deleteConversation."""

from typing import Any

from vk_emulator.api.destinations import known_dialog, peer_of, refusal
from vk_emulator.api.drafts import carried_extras, checked_text, found_attachments
from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.registry import Call, method
from vk_emulator.callbacks.events import is_below
from vk_emulator.ledger import Draft
from vk_emulator.model import Json, Message

MOST_IDS = 1000
MOST_NUMBERS = 100
KEPT_EXTRAS = {"reply_message", "payload"}
FIXED_KINDS = {"sticker", "audio_message", "graffiti", "gift"}


@method("messages.edit", right="messages")
async def edit(call: Call) -> Any:
    """Change an own message of the last 24 hours; what it carried is replaced. VK: messages.edit.

    Raises 15, 100, 901, 909, 911, 914, 917, 920, 936.
    """
    message = _one(call)
    if not message.out:
        raise VkError(15)
    if any(attachment["type"] in FIXED_KINDS for attachment in message.attachments):
        raise VkError(920)
    if not call.emulator.changes.is_fresh(message):
        raise VkError(909)
    refused = refusal(call, message.peer_id)
    if refused is not None:
        raise refused
    text, attachments = checked_text(call), found_attachments(call, message.peer_id)
    keeps_forwards = call.parameters.flag("keep_forward_messages")
    if not (text.strip() or attachments or (keeps_forwards and message.forwarded)):
        raise missing_or_invalid("message is empty or invalid")
    kept = {name: value for name, value in message.extras.items() if name in KEPT_EXTRAS}
    extras = {**kept, **carried_extras(call)}
    if not keeps_forwards:
        message.forwarded = []
    call.emulator.changes.edit(
        call.community, message, Draft(text=text, attachments=attachments, extras=extras)
    )
    return 1


@method("messages.delete", right="messages")
async def delete(call: Call) -> Any:
    """Delete messages for the community, or for everybody. VK: messages.delete. Raises 100, 917, 924, 936.

    Answers an array since 5.199, before that a map.
    """
    for_all = call.parameters.flag("delete_for_all")
    items = [_deleted(call, *pair, for_all=for_all) for pair in _many(call)]
    if not is_below(call.version, "5.199"):
        return items
    return {str(item["message_id"]): item["response"] for item in items}


def _deleted(call: Call, number: int, message: Message | None, *, for_all: bool) -> Json:
    if message is None:
        return {"peer_id": 0, "message_id": number, "conversation_message_id": 0, "response": 0}
    names = {"peer_id": message.peer_id, "message_id": message.id, "conversation_message_id": message.cmid}
    if for_all and not (message.out and call.emulator.changes.is_fresh(message)):
        error = VkError(924)
        if is_below(call.version, "5.199") or not call.emulator.assumptions.delete_error_in_item:
            raise error
        return {**names, "response": 0, "error": {"code": error.code, "description": error.text}}
    call.emulator.changes.delete(call.community, message, "everybody" if for_all else "community")
    return {**names, "response": 1}


@method("messages.restore", right="messages")
async def restore(call: Call) -> Any:
    """Bring back a message that was deleted for the community alone. VK: messages.restore. Raises 100."""
    parameters, world = call.parameters, call.emulator.world
    if parameters.has("cmid"):
        dialog = known_dialog(call, peer_of(call))
        message = dialog.numbered(parameters.required_integer("cmid")) if dialog else None
    else:
        message = world.messages[call.community.id].get(parameters.required_integer("message_id"))
    if message is None or message.deleted == "everybody":
        raise missing_or_invalid("message_id is invalid")
    call.emulator.changes.delete(call.community, message, "")
    return 1


@method("messages.deleteConversation", right="messages")
async def delete_conversation(call: Call) -> Any:
    """Delete a dialog's messages for the community. VK: messages.deleteConversation. Raises 100, 936."""
    dialog = known_dialog(call, peer_of(call))
    last = dialog.last() if dialog else None
    if dialog is None or last is None:
        raise VkError(936)
    for message in list(dialog.shown()):
        call.emulator.changes.delete(call.community, message, "community")
    return {"last_deleted_id": last.id}


def _one(call: Call) -> Message:
    parameters = call.parameters
    dialog = known_dialog(call, parameters.required_integer("peer_id"))
    for name in ("cmid", "conversation_message_id"):
        if parameters.has(name):
            message = dialog.message(parameters.required_integer(name)) if dialog else None
            break
    else:
        message = call.emulator.world.message(call.community.id, parameters.required_integer("message_id"))
    if message is None or dialog is None or message.peer_id != dialog.peer_id:
        raise missing_or_invalid("message_id is invalid")
    return message


def _many(call: Call) -> list[tuple[int, Message | None]]:
    parameters, world = call.parameters, call.emulator.world
    if parameters.has("cmids"):
        dialog = known_dialog(call, parameters.required_integer("peer_id"))
        numbers = parameters.integers("cmids", most=MOST_NUMBERS)
        return [(0, dialog.message(number) if dialog else None) for number in numbers]
    parameters.required("message_ids")
    numbers = parameters.integers("message_ids", most=MOST_IDS)
    return [(number, world.message(call.community.id, number)) for number in numbers]
