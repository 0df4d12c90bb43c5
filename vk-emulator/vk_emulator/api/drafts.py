"""What messages.send and messages.edit have in common: text, attachments, keyboard."""

import json
from typing import Any

from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.registry import Call
from vk_emulator.ledger import LONGEST_TEXT_UNITS
from vk_emulator.message_views import utf16_units
from vk_emulator.model import Json

MOST_ATTACHMENTS = 10
LONGEST_PAYLOAD = 1000
LONGEST_LABEL = 40
LONGEST_BUTTON_PAYLOAD = 255
COLORS = {"primary", "secondary", "negative", "positive"}
ACTIONS = {"text", "open_link", "location", "vkpay", "open_app", "callback", "open_photo",
           "intent_subscribe", "intent_unsubscribe"}  # fmt: skip
# Rows, columns and buttons in all.
INLINE_LIMITS = (6, 5, 10)
STANDARD_LIMITS = (10, 5, 40)


def checked_text(call: Call) -> str:
    """The text. Raises 914."""
    text = call.parameters.text("message")
    units = call.emulator.faults.option(call.community.id, "text_limit", "units", LONGEST_TEXT_UNITS)
    if utf16_units(text) > units:
        raise VkError(914)
    return text


def found_attachments(call: Call, peer_id: int) -> list[Json]:
    """The objects of `attachment`. What is unknown or foreign is left out without a word, as VK does it."""
    references = call.parameters.words("attachment")
    if len(references) > MOST_ATTACHMENTS:
        raise missing_or_invalid("attachment should be at most 10 items")
    vanishes = call.emulator.assumptions.photo_of_another_peer_vanishes
    found = []
    for reference in references:
        attachment = call.emulator.media.find(reference)
        if attachment is None or attachment.owner_id != -call.community.id:
            continue
        if attachment.family == "photo" and attachment.peer_id != peer_id and vanishes:
            continue
        found.append(attachment.content)
    return found


def carried_extras(call: Call) -> Json:
    """Payload, keyboard, template and place, as the message keeps them. Raises 100 and 911."""
    parameters = call.parameters
    extras: Json = {}
    if parameters.has("payload"):
        if len(parameters.text("payload")) > LONGEST_PAYLOAD:
            raise missing_or_invalid("payload is too long")
        extras["payload"] = parameters.text("payload")
    if parameters.has("keyboard"):
        extras["keyboard"] = checked_keyboard(parameters.text("keyboard"))
    if parameters.has("template"):
        extras["template"] = _object(parameters.text("template"))
    if parameters.has("lat") and parameters.has("long"):
        try:
            place = {"latitude": float(parameters.text("lat")), "longitude": float(parameters.text("long"))}
        except ValueError:
            raise missing_or_invalid("lat and long should be numbers") from None
        extras["geo"] = {"type": "point", "coordinates": place}
    return extras


def checked_keyboard(text: str) -> Json:
    """A keyboard as messages bear it. Raises 911."""
    keyboard = _object(text)
    rows, inline = keyboard.get("buttons"), bool(keyboard.get("inline"))
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise VkError(911, "buttons should be array")
    if inline and keyboard.get("one_time"):
        raise VkError(911, "inline keyboard can't be one_time")
    most_rows, most_columns, most = INLINE_LIMITS if inline else STANDARD_LIMITS
    if len(rows) > most_rows or sum(len(row) for row in rows) > most:
        raise VkError(911, "too many buttons")
    if any(not 0 < len(row) <= most_columns for row in rows):
        raise VkError(911, "wrong number of buttons in a row")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"one_time": bool(keyboard.get("one_time")), "inline": inline, "buttons": rows}


def _object(text: str) -> Json:
    try:
        keyboard = json.loads(text)
    except ValueError:
        keyboard = None
    if not isinstance(keyboard, dict):
        raise VkError(911, "keyboard should be array")
    return keyboard


def _check_button(button: Any) -> None:
    action = button.get("action") if isinstance(button, dict) else None
    if not isinstance(action, dict) or action.get("type") not in ACTIONS:
        raise VkError(911, "button action type is incorrect")
    label = action.get("label", "")
    if action["type"] in ("text", "callback", "open_link") and not label:
        raise VkError(911, "button label is required")
    if not isinstance(label, str) or len(label) > LONGEST_LABEL:
        raise VkError(911, "button label is too long")
    if button.get("color", "secondary") not in COLORS:
        raise VkError(911, "button color is incorrect")
    payload = action.get("payload", "{}")
    as_text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    try:
        json.loads(as_text or "{}")
    except ValueError:
        raise VkError(911, "button payload is not valid JSON") from None
    if len(as_text) > LONGEST_BUTTON_PAYLOAD:
        raise VkError(911, "button payload is too long")
