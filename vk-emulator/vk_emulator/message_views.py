"""A message as VK shows it: whole, cut, or as one that another message carries."""

from typing import Any

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
# Stands for the emulator's own address in stored objects: it is known only when one is shown.
ORIGIN_MARK = "\ue000"
SHOWN_USERS_OF_A_REACTION = 3


def whole(message: Message, origin: str) -> Json:
    """The message object of version 5.199 (reference: objects/message); media lie under `origin`."""
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
        "attachments": rehosted(message.attachments, origin) if message.attachments else [],
        "fwd_messages": rehosted(message.forwarded, origin) if message.forwarded else [],
        "important": False,
        "is_hidden": False,
    }
    if message.admin_author_id is not None:
        view["admin_author_id"] = message.admin_author_id
    if message.extras:
        view.update(rehosted(message.extras, origin))
    if message.reactions:
        view.update(_reactions(message))
    return view


def cropped(view: Json, *, units: int, attachments: int) -> Json:
    """The view cut to so many UTF-16 units and attachments, with is_cropped when something was cut."""
    text = view["text"]
    if utf16_units(text) <= units and len(view["attachments"]) <= attachments:
        return view
    cut = text.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "ignore")
    return {**view, "text": cut, "attachments": view["attachments"][:attachments], "is_cropped": True}


def carried(message: Message) -> Json:
    """The smaller object inside `reply_message` and `fwd_messages`, as it is stored."""
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


def rehosted(value: Any, origin: str) -> Any:
    """A stored value with the emulator's address in its links."""
    if isinstance(value, str):
        return origin + value[1:] if value.startswith(ORIGIN_MARK) else value
    if isinstance(value, list):
        return [rehosted(item, origin) for item in value]
    if isinstance(value, dict):
        return {key: rehosted(item, origin) for key, item in value.items()}
    return value


def escaped(text: str) -> str:
    """The text with the entities that VK's User Long Poll uses."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def utf16_units(text: str) -> int:
    """Length as VK counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _reactions(message: Message) -> Json:
    users: dict[int, list[int]] = {}
    for peer_id, reaction_id in message.reactions.items():
        users.setdefault(reaction_id, []).append(int(peer_id))
    view: Json = {
        "reactions": [
            {"reaction_id": reaction_id, "count": len(ids), "user_ids": ids[:SHOWN_USERS_OF_A_REACTION]}
            for reaction_id, ids in users.items()
        ],
        "last_reaction_id": list(message.reactions.values())[-1],
    }
    own = next((reaction for peer, reaction in message.reactions.items() if int(peer) < 0), None)
    if own is not None:
        view["reaction_id"] = own
    return view
