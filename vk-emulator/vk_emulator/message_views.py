"""A message as VK shows it: whole, or as one that another message carries."""

from vk_emulator.model import Json, Message

CLIENT_INFO: Json = {
    "button_actions": [
        "text", "vkpay", "open_app", "location", "open_link", "open_photo", "callback",
        "intent_subscribe", "intent_unsubscribe",
    ],
    "keyboard": True,
    "inline_keyboard": True,
    "carousel": True,
    "lang_id": 0,
}  # fmt: skip


def whole(message: Message) -> Json:
    """The message object of version 5.199 (reference: objects/message)."""
    view: Json = {
        "id": message.id,
        "conversation_message_id": message.cmid,
        "version": message.version,
        "date": message.date,
        "peer_id": message.peer_id,
        "from_id": message.from_id,
        "out": message.out,
        "random_id": message.random_id,
        "text": message.text,
        "attachments": message.attachments,
        "fwd_messages": message.forwarded,
        "important": False,
        "is_hidden": False,
    }
    if message.admin_author_id is not None:
        view["admin_author_id"] = message.admin_author_id
    view.update(message.extras)
    return view


def carried(message: Message) -> Json:
    """The smaller object inside `reply_message` and `fwd_messages`."""
    return {
        "id": message.id,
        "conversation_message_id": message.cmid,
        "date": message.date,
        "peer_id": message.peer_id,
        "from_id": message.from_id,
        "text": message.text,
        "attachments": message.attachments,
        "fwd_messages": message.forwarded,
    }


def escaped(text: str) -> str:
    """The text with the entities that VK's User Long Poll uses."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def utf16_units(text: str) -> int:
    """Length as VK counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
