"""messages.*: reading, answering, activity, reactions and answers to callback buttons."""

from typing import Any

from vk_emulator.api.destinations import known_dialog, peer_of
from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.registry import Call, method
from vk_emulator.model import Dialog, Message

ACTIVITIES = ("typing", "audiomessage", "photo", "video", "file", "videomessage")
REACTIONS = range(1, 65)
LONGEST_EVENT_DATA = 1000
LONGEST_SNACKBAR = 90
ANSWER_WITHIN_SECONDS = 60


@method("messages.markAsRead", right="messages")
async def mark_as_read(call: Call) -> Any:
    """The community read the dialog up to a message, or to its end. VK: messages.markAsRead. Raises 100."""
    parameters = call.parameters
    dialog = known_dialog(call, peer_of(call))
    if dialog is None:
        return 0
    last = len(dialog.messages)
    for name in ("up_to_cmid", "start_cmid"):
        if parameters.has(name):
            last = min(last, parameters.required_integer(name))
    if parameters.has("start_message_id"):
        start = parameters.required_integer("start_message_id")
        last = max((m.cmid for m in dialog.messages if m.id <= start), default=0)
    if last > dialog.in_read:
        dialog.in_read = last
        call.emulator.world.save(dialog)
    return 1


@method("messages.markAsAnsweredConversation", right="messages")
async def mark_as_answered(call: Call) -> Any:
    """The dialog needs no answer, or does again. VK: messages.markAsAnsweredConversation. Raises 100, 936."""
    dialog = _dialog(call)
    dialog.answered = call.parameters.flag("answered") if call.parameters.has("answered") else True
    call.emulator.world.save(dialog)
    return 1


@method("messages.markAsImportantConversation", right="messages")
async def mark_as_important(call: Call) -> Any:
    """The dialog is important, or no longer. VK: messages.markAsImportantConversation. Raises 100, 936."""
    dialog = _dialog(call)
    dialog.important = call.parameters.flag("important") if call.parameters.has("important") else True
    call.emulator.world.save(dialog)
    return 1


@method("messages.setActivity", right="messages")
async def set_activity(call: Call) -> Any:
    """The community types; kept for `GET …/activities`. VK: messages.setActivity.

    Raises 100, 901, 917, 936.
    """
    activity = call.parameters.text("type") or "typing"
    if activity not in ACTIVITIES:
        raise missing_or_invalid("type is invalid")
    peer_id = peer_of(call)
    if known_dialog(call, peer_id) is None:
        raise VkError(901)
    now = call.emulator.clock.now()
    call.emulator.activities[call.community.id].append({"user_id": peer_id, "type": activity, "at": now})
    return 1


@method("messages.sendReaction", right="messages")
async def send_reaction(call: Call) -> Any:
    """The community reacts to a message, in place of an earlier reaction. VK: messages.sendReaction.

    Raises 100, 917, 936, 1009.
    """
    dialog, message = _message(call)
    reaction_id = call.parameters.required_integer("reaction_id")
    if reaction_id not in REACTIONS:
        raise VkError(1009)
    call.emulator.changes.react(call.community, dialog, message, -call.community.id, reaction_id)
    return 1


@method("messages.deleteReaction", right="messages")
async def delete_reaction(call: Call) -> Any:
    """The community takes its reaction back. VK: messages.deleteReaction. Raises 100, 917, 936."""
    dialog, message = _message(call)
    call.emulator.changes.react(call.community, dialog, message, -call.community.id, None)
    return 1


@method("messages.sendMessageEventAnswer", right="messages")
async def send_event_answer(call: Call) -> Any:
    """Answer a callback button within a minute, once. VK: messages.sendMessageEventAnswer. Raises 100."""
    parameters, emulator = call.parameters, call.emulator
    press = emulator.world.presses[call.community.id].get(parameters.required("event_id"))
    user_id, peer_id = parameters.required_integer("user_id"), parameters.required_integer("peer_id")
    now = emulator.clock.unix()
    if press is None or press.user_id != user_id or press.user_id != peer_id:
        raise missing_or_invalid("event_id is invalid")
    if press.answered_at is not None or now - press.pressed_at > ANSWER_WITHIN_SECONDS:
        raise missing_or_invalid("event_id is expired")
    answer = None
    if parameters.has("event_data"):
        if len(parameters.text("event_data")) > LONGEST_EVENT_DATA:
            raise missing_or_invalid("event_data is too long")
        answer = parameters.document("event_data")
        if not isinstance(answer, dict) or answer.get("type") not in (
            "show_snackbar",
            "open_link",
            "open_app",
        ):
            raise missing_or_invalid("event_data is invalid")
        if len(str(answer.get("text", ""))) > LONGEST_SNACKBAR:
            raise missing_or_invalid("event_data text is too long")
    press.answer, press.answered_at = answer, now
    emulator.world.save(press)
    return 1


@method("messages.isMessagesFromGroupAllowed", right="messages")
async def is_messages_from_group_allowed(call: Call) -> Any:
    """Whether a user allows messages of the community. VK: messages.isMessagesFromGroupAllowed."""
    community = call.own_group()
    dialog = call.emulator.world.dialog(community.id, call.parameters.required_integer("user_id"))
    return {"is_allowed": int(dialog is not None and dialog.allowed)}


def _dialog(call: Call) -> Dialog:
    dialog = known_dialog(call, call.parameters.required_integer("peer_id"))
    if dialog is None:
        raise VkError(936)
    return dialog


def _message(call: Call) -> tuple[Dialog, Message]:
    dialog = _dialog(call)
    message = dialog.message(call.parameters.required_integer("cmid"))
    if message is None:
        raise missing_or_invalid("cmid is invalid")
    return dialog, message
