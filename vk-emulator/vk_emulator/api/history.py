"""messages.*: reading dialogs and single messages, marks and activity."""

from typing import Any

from vk_emulator.api.destinations import known_dialog, peer_of
from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.people import participants
from vk_emulator.api.registry import Call, method
from vk_emulator.message_views import whole
from vk_emulator.model import Community, Dialog, Json, Message

ACTIVITIES = ("typing", "audiomessage", "photo", "video", "file", "videomessage")


@method("messages.getHistory", right="messages")
async def get_history(call: Call) -> Any:
    """Messages of a dialog, newest first unless rev=1. VK: messages.getHistory. Raises 100, 917, 936."""
    parameters = call.parameters
    peer_id = peer_of(call)
    dialog = known_dialog(call, peer_id)
    ordered = list(dialog.messages) if dialog else []
    if not parameters.flag("rev"):
        ordered.reverse()
    offset = parameters.bounded("offset", 0, lowest=-200, highest=10**9)
    count = parameters.bounded("count", 20, lowest=0, highest=200)
    answer: Json = {"count": len(ordered)}
    first = 0
    if parameters.has("start_message_id"):
        first = _position(ordered, parameters.required_integer("start_message_id"), dialog)
        answer["skipped"] = first
    start = max(first + offset, 0)
    answer["items"] = [whole(message) for message in ordered[start : start + count]]
    if parameters.flag("extended"):
        answer["conversations"] = [conversation(call.community, dialog)] if dialog else []
        answer |= participants(call, _authors(answer["items"]) | {peer_id})
    return answer


def _position(ordered: list[Message], start_message_id: int, dialog: Dialog | None) -> int:
    if start_message_id == -1:
        unread = dialog.in_read if dialog else 0
        return next((i for i, message in enumerate(ordered) if message.cmid <= unread + 1), 0)
    return next((i for i, message in enumerate(ordered) if message.id <= start_message_id), len(ordered))


def _authors(items: list[Json]) -> set[int]:
    return {item["from_id"] for item in items}


def conversation(community: Community, dialog: Dialog) -> Json:
    """A conversation object (reference: objects/conversation)."""
    messages = dialog.messages
    last = messages[-1] if messages else None
    in_read, out_read = dialog.message(dialog.in_read), dialog.message(dialog.out_read)
    return {
        "peer": {"id": dialog.peer_id, "type": "user", "local_id": dialog.peer_id},
        "version": last.version if last else 0,
        "sort_id": {"major_id": 0, "minor_id": last.id if last else 0},
        "last_message_id": last.id if last else 0,
        "last_conversation_message_id": last.cmid if last else 0,
        "in_read": in_read.id if in_read else 0,
        "out_read": out_read.id if out_read else 0,
        "in_read_cmid": dialog.in_read,
        "out_read_cmid": dialog.out_read,
        "unread_count": unread_count(dialog),
        "important": dialog.important,
        "unanswered": is_unanswered(dialog),
        "is_marked_unread": False,
        "can_write": can_write(community, dialog),
    }


def can_write(community: Community, dialog: Dialog) -> Json:
    """Whether the community may write in this dialog, and if not the reason's code."""
    reason = None
    if not community.messages_enabled:
        reason = 915
    elif dialog.blocked:
        reason = 900
    elif not dialog.allowed:
        reason = 901
    return {"allowed": True} if reason is None else {"allowed": False, "reason": reason}


def unread_count(dialog: Dialog) -> int:
    """Incoming messages after the last read one."""
    return sum(1 for message in dialog.messages[dialog.in_read :] if not message.out)


def is_unanswered(dialog: Dialog) -> bool:
    """Whether the user had the last word."""
    return bool(dialog.messages) and not dialog.messages[-1].out and not dialog.answered


@method("messages.getConversations", right="messages")
async def get_conversations(call: Call) -> Any:
    """Dialogs, the latest first. VK: messages.getConversations. Raises 100."""
    parameters = call.parameters
    dialogs = [d for d in call.emulator.world.dialogs[call.community.id].values() if d.messages]
    unread = sum(1 for dialog in dialogs if unread_count(dialog))
    wanted = parameters.text("filter", "all")
    if wanted == "unread":
        dialogs = [dialog for dialog in dialogs if unread_count(dialog)]
    elif wanted == "unanswered":
        dialogs = [dialog for dialog in dialogs if is_unanswered(dialog)]
    elif wanted == "important":
        dialogs = [dialog for dialog in dialogs if dialog.important]
    elif wanted == "archive":
        dialogs = []
    elif wanted != "all":
        raise missing_or_invalid("filter is invalid")
    if parameters.has("start_message_id"):
        start = parameters.required_integer("start_message_id")
        dialogs = [dialog for dialog in dialogs if dialog.messages[-1].id <= start]
    dialogs.sort(key=lambda dialog: dialog.messages[-1].id, reverse=True)
    offset = parameters.bounded("offset", 0, lowest=0, highest=10**9)
    count = parameters.bounded("count", 20, lowest=0, highest=200)
    items = [
        {"conversation": conversation(call.community, dialog), "last_message": whole(dialog.messages[-1])}
        for dialog in dialogs[offset : offset + count]
    ]
    answer: Json = {"count": len(dialogs), "unread_count": unread, "items": items}
    if parameters.flag("extended"):
        answer |= participants(call, {item["conversation"]["peer"]["id"] for item in items})
    return answer


@method("messages.getConversationsById", right="messages")
async def get_conversations_by_id(call: Call) -> Any:
    """Conversations of the given peers, without their last messages. VK: messages.getConversationsById."""
    call.parameters.required("peer_ids")
    peer_ids = call.parameters.integers("peer_ids", most=100)
    dialogs = [known_dialog(call, peer_id) for peer_id in peer_ids]
    items = [conversation(call.community, dialog) for dialog in dialogs if dialog is not None]
    answer: Json = {"count": len(items), "items": items}
    if call.parameters.flag("extended"):
        answer |= participants(call, set(peer_ids))
    return answer


@method("messages.getByConversationMessageId", right="messages")
async def get_by_conversation_message_id(call: Call) -> Any:
    """Messages of a dialog by their numbers. VK: messages.getByConversationMessageId. Raises 100, 917."""
    dialog = known_dialog(call, call.parameters.required_integer("peer_id"))
    call.parameters.required("conversation_message_ids")
    numbers = call.parameters.integers("conversation_message_ids", most=100)
    return _found(call, [dialog.message(number) if dialog else None for number in numbers])


@method("messages.getById", right="messages")
async def get_by_id(call: Call) -> Any:
    """Messages by ids, or by peer and numbers; unknown ones are left out. VK: messages.getById."""
    parameters = call.parameters
    if parameters.has("cmids"):
        dialog = known_dialog(call, parameters.required_integer("peer_id"))
        numbers = parameters.integers("cmids", most=100)
        return _found(call, [dialog.message(number) if dialog else None for number in numbers])
    parameters.required("message_ids")
    known = call.emulator.world.messages[call.community.id]
    return _found(call, [known.get(number) for number in parameters.integers("message_ids", most=100)])


def _found(call: Call, messages: list[Message | None]) -> Json:
    items = [whole(message) for message in messages if message is not None]
    preview = call.parameters.bounded("preview_length", 0, lowest=0, highest=10**6)
    if preview:
        for item in items:
            item["text"] = item["text"][:preview]
    answer: Json = {"count": len(items), "items": items}
    if call.parameters.flag("extended"):
        answer |= participants(call, _authors(items))
    return answer


@method("messages.markAsRead", right="messages")
async def mark_as_read(call: Call) -> Any:
    """The community read the dialog up to a message, or to its end. VK: messages.markAsRead. Raises 100."""
    parameters = call.parameters
    peer_id = parameters.required_integer("peer_id")
    dialog = known_dialog(call, peer_id)
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


@method("messages.setActivity", right="messages")
async def set_activity(call: Call) -> Any:
    """The community types; nothing is kept of it. VK: messages.setActivity. Raises 100, 901, 917, 936."""
    activity = call.parameters.text("type", "typing")
    if activity not in ACTIVITIES:
        raise missing_or_invalid("type is invalid")
    if known_dialog(call, peer_of(call)) is None:
        raise VkError(901)
    return 1


@method("messages.isMessagesFromGroupAllowed", right="messages")
async def is_messages_from_group_allowed(call: Call) -> Any:
    """Whether a user allows messages of the community. VK: messages.isMessagesFromGroupAllowed."""
    community = call.own_group()
    dialog = call.emulator.world.dialog(community.id, call.parameters.required_integer("user_id"))
    return {"is_allowed": int(dialog is not None and dialog.allowed)}
