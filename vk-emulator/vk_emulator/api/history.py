"""messages.*: reading dialogs, single messages and their attachments."""

from bisect import bisect_left
from typing import Any

from vk_emulator.api.destinations import known_dialog, peer_of
from vk_emulator.api.errors import missing_or_invalid
from vk_emulator.api.people import participants
from vk_emulator.api.registry import Call, method
from vk_emulator.inbox import FILTERS, is_unanswered, unread_count
from vk_emulator.message_views import rehosted, whole
from vk_emulator.model import Community, Dialog, Json, Message, User

ATTACHMENT_TYPES = {
    "photo", "video", "audio", "doc", "link", "market", "wall", "share", "graffiti", "audio_message",
    "app_action_games", "app_action_mini_apps", "clip",
}  # fmt: skip


@method("messages.getHistory", right="messages")
async def get_history(call: Call) -> Any:
    """Messages of a dialog, newest first unless rev=1. VK: messages.getHistory. Raises 100, 917, 936.

    `start_message_id` (or `start_cmid`) names the first one; a negative offset then gives what comes before
    it in the same order; -1 begins with the oldest unread one.
    """
    parameters = call.parameters
    peer_id = peer_of(call)
    dialog = known_dialog(call, peer_id)
    shown, rev = dialog.shown() if dialog else [], parameters.flag("rev")
    offset = parameters.bounded("offset", 0, lowest=-(10**9), highest=10**9)
    count = parameters.bounded("count", 20, lowest=0, highest=200)
    answer: Json = {"count": len(shown)}
    first = _first(call, dialog, shown, rev=rev)
    if first is not None:
        answer["skipped"] = first
    elif offset < 0:
        raise missing_or_invalid("offset should be positive")
    start = max((first or 0) + offset, 0)
    if rev:
        page = shown[start : start + count]
    else:
        end = max(len(shown) - start, 0)
        page = shown[max(end - count, 0) : end][::-1]
    answer["items"] = [whole(message, call.origin) for message in page]
    if parameters.flag("extended"):
        answer["conversations"] = [conversation(call, dialog)] if dialog else []
        answer |= participants(call, _authors(answer["items"]) | {peer_id})
    return answer


def _first(call: Call, dialog: Dialog | None, shown: list[Message], *, rev: bool) -> int | None:
    """How many messages come before the one that the parameters name, in the order asked for."""
    parameters = call.parameters
    if parameters.has("start_cmid"):
        cmid = parameters.required_integer("start_cmid")
        place = bisect_left(shown, cmid, key=lambda message: message.cmid)
        exact = place < len(shown) and shown[place].cmid == cmid
    elif parameters.has("start_message_id"):
        start = parameters.required_integer("start_message_id")
        if start == 0:
            return 0
        if start < 0:
            read = dialog.in_read if dialog else 0
            place = bisect_left(shown, read + 1, key=lambda message: message.cmid)
            exact = place < len(shown)
        else:
            place = bisect_left(shown, start, key=lambda message: message.id)
            exact = place < len(shown) and shown[place].id == start
    else:
        return None
    return place if rev else len(shown) - place - int(exact)


def _authors(items: list[Json]) -> set[int]:
    return {item["from_id"] for item in items}


def conversation(call: Call, dialog: Dialog) -> Json:
    """A conversation object (reference: objects/conversation)."""
    last = dialog.last()
    in_read, out_read = dialog.numbered(dialog.in_read), dialog.numbered(dialog.out_read)
    user = call.emulator.world.users.get(dialog.peer_id)
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
        "can_write": can_write(call.community, dialog, user),
    }


def can_write(community: Community, dialog: Dialog, user: User | None) -> Json:
    """Whether the community may write in this dialog, and if not the reason's code."""
    reason = None
    if not community.messages_enabled:
        reason = 915
    elif user is not None and user.deactivated:
        reason = 18
    elif dialog.blocked:
        reason = 900
    elif not dialog.allowed:
        reason = 901
    return {"allowed": True} if reason is None else {"allowed": False, "reason": reason}


@method("messages.getConversations", right="messages")
async def get_conversations(call: Call) -> Any:
    """Dialogs, the latest first. VK: messages.getConversations. Raises 100."""
    parameters, world = call.parameters, call.emulator.world
    inbox, dialogs = world.inboxes[call.community.id], world.dialogs[call.community.id]
    wanted = parameters.text("filter") or "all"
    offset = parameters.bounded("offset", 0, lowest=0, highest=10**9)
    count = parameters.bounded("count", 20, lowest=0, highest=200)
    start = parameters.required_integer("start_message_id") if parameters.has("start_message_id") else None
    if wanted not in FILTERS:
        raise missing_or_invalid("filter is invalid")
    total, peers = inbox.page(wanted, offset=offset, count=count, start_message_id=start)
    items = []
    for peer_id in peers:
        last = dialogs[peer_id].last()
        item: Json = {"conversation": conversation(call, dialogs[peer_id])}
        items.append({**item, "last_message": whole(last, call.origin)} if last else item)
    answer: Json = {"count": total, "unread_count": inbox.count("unread"), "items": items}
    if parameters.flag("extended"):
        answer |= participants(call, {*peers, *_authors([item["last_message"] for item in items])})
    return answer


@method("messages.getConversationsById", right="messages")
async def get_conversations_by_id(call: Call) -> Any:
    """Conversations of the given peers, without their last messages. VK: messages.getConversationsById."""
    call.parameters.required("peer_ids")
    peer_ids = call.parameters.integers("peer_ids", most=100)
    dialogs = [known_dialog(call, peer_id) for peer_id in peer_ids]
    items = [conversation(call, dialog) for dialog in dialogs if dialog is not None]
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
    world, community_id = call.emulator.world, call.community.id
    numbers = parameters.integers("message_ids", most=100)
    return _found(call, [world.message(community_id, number) for number in numbers])


def _found(call: Call, messages: list[Message | None]) -> Json:
    items = [whole(message, call.origin) for message in messages if message is not None]
    preview = call.parameters.bounded("preview_length", 0, lowest=0, highest=10**6)
    if preview:
        for item in items:
            item["text"] = item["text"][:preview]
    answer: Json = {"count": len(items), "items": items}
    if call.parameters.flag("extended"):
        answer |= participants(call, _authors(items))
    return answer


@method("messages.getHistoryAttachments", right="messages")
async def get_history_attachments(call: Call) -> Any:
    """Attachments of a dialog, the newest first; `next_from` leads on. VK: messages.getHistoryAttachments.

    Raises 100, 917, 936.
    """
    parameters = call.parameters
    dialog = known_dialog(call, peer_of(call))
    wanted = set(parameters.words("attachment_types") or [parameters.text("media_type") or "photo"])
    if not wanted <= ATTACHMENT_TYPES:
        raise missing_or_invalid("media_type is invalid")
    count = parameters.bounded("count", 30, lowest=0, highest=200)
    found: list[Json] = []
    for message in reversed(dialog.shown() if dialog else []):
        found += [
            _attachment_of(message, position, attachment, call.origin)
            for position, attachment in enumerate(message.attachments)
            if attachment["type"] in wanted
        ]
    start = _start_from(parameters.text("start_from"), found)
    items = found[start : start + count]
    answer: Json = {"items": items}
    if start + count < len(found):
        following = found[start + count]
        answer["next_from"] = f"{following['message_id']}/{following['position']}"
    if parameters.flag("extended"):
        answer |= participants(call, _authors(items))
    return answer


def _attachment_of(message: Message, position: int, attachment: Json, origin: str) -> Json:
    return {
        "message_id": message.id,
        "cmid": message.cmid,
        "from_id": message.from_id,
        "date": message.date,
        "position": position,
        "attachment": rehosted(attachment, origin),
    }


def _start_from(start_from: str, found: list[Json]) -> int:
    """Where the page begins: at that attachment or, should it be gone, after it."""
    if not start_from:
        return 0
    message_id, _, position = start_from.partition("/")
    if not (message_id.isdecimal() and (position or "0").isdecimal()):
        raise missing_or_invalid("start_from is invalid")
    border = (-int(message_id), int(position or 0))
    return next(
        (i for i, item in enumerate(found) if (-item["message_id"], item["position"]) >= border), len(found)
    )
