"""VK's updates in our words. Pure functions: bytes in, a translation out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from shared.events.channel import Source
from shared.events.content import EMPTY
from vk_gateway.incoming.contents import TEXT_CHARACTERS_MAX, Body, read_body
from vk_gateway.incoming.fields import NUMBER_MAX, integer_of, moment_of, text_of
from vk_gateway.incoming.texts import shown_text

DIRECT_PEER_MAX = 2_000_000_000
RANDOM_ID_MAX = 2**31
REACTION_MAX = 10_000
ADMIN_LEVEL = 3
PRESS_ID_CHARACTERS_MAX = 200
PRESS_PAYLOAD_CHARACTERS_MAX = 4000
VERSIONS_IN_A_SECOND = 1_000_000
HISTORY_MESSAGE = "history_message"
HISTORY_PAGE = "history_page"
WHOLE_MESSAGE = "whole_message"


@dataclass(frozen=True, kw_only=True)
class _Message:
    """What is common to all messages. `is_cropped`: VK has more of it than it gave, and is to be asked."""

    peer_id: int
    conversation_message_id: int
    sent_at: datetime
    edited_at: datetime | None
    body: Body
    is_cropped: bool
    source: Source = Source.LIVE


@dataclass(frozen=True, kw_only=True)
class Written(_Message):
    """A person wrote."""


@dataclass(frozen=True, kw_only=True)
class Answered(_Message):
    """The community wrote: an echo of ours (by `random_id`), or somebody in VK itself."""

    random_id: int
    admin_id: int | None


@dataclass(frozen=True, kw_only=True)
class Edited(_Message):
    """A message is different now; it comes whole, whoever wrote it."""

    by_customer: bool
    admin_id: int | None


@dataclass(frozen=True)
class Page:
    """Messages of an import; `unreadable` ones are not among them."""

    import_id: UUID
    messages: tuple[Written | Answered, ...]
    unreadable: int


@dataclass(frozen=True)
class Seen:
    """The person has read the community's messages up to this number."""

    peer_id: int
    conversation_message_id: int


@dataclass(frozen=True)
class Reacted:
    """The person reacted to a message, or took the reaction back (None)."""

    peer_id: int
    conversation_message_id: int
    reaction: int | None


@dataclass(frozen=True)
class Pressed:
    """The person pressed a button that waits for an answer."""

    peer_id: int
    conversation_message_id: int
    payload: str
    press_id: str


@dataclass(frozen=True)
class Permitted:
    """VK hints that the person may be written to now, or may not."""

    peer_id: int
    allowed: bool


@dataclass(frozen=True)
class Appointed:
    """Somebody is an administrator of the community now, or is not."""

    person_id: int
    is_admin: bool


@dataclass(frozen=True)
class Switched:
    """The community's messages or documents were switched on or off; None is what was not touched."""

    messages: bool | None
    documents: bool | None


@dataclass(frozen=True)
class Typed:
    """The person is typing."""

    peer_id: int


@dataclass(frozen=True)
class Kept:
    """Nothing to tell; `outcome` says why. The raw update stays."""

    outcome: str


Message = Written | Answered | Edited
Translation = Message | Page | Seen | Reacted | Pressed | Permitted | Appointed | Switched | Typed | Kept
UNPARSABLE = Kept("unparsable")
UNKNOWN = Kept("unknown")
CHAT = Kept("chat")
OVER = Kept("epoch_over")
_OTHERS = {
    "group_join": Kept("joined"),
    "group_leave": Kept("left"),
}


def translate(kind: str, body: bytes, received_at: datetime) -> Translation:
    """Translate one update. Never raises: what cannot be read is kept."""
    if kind not in _MESSAGES and kind not in _SIGNS:
        return _OTHERS.get(kind, UNKNOWN)
    try:
        content = _decoded(body)["object"]
        return _MESSAGES[kind](content, received_at) if kind in _MESSAGES else _SIGNS[kind](content)
    except Exception:  # noqa: BLE001 - whatever it was, the updates behind it must not wait for it
        return UNPARSABLE


def _decoded(body: bytes) -> Any:
    """Decode JSON: fast what is well-formed, and leniently what VK might send besides."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(body.decode("utf-8", "replace"))


def translate_message(
    message: Mapping[str, Any],
    received_at: datetime,
    *,
    by_community: bool,
    source: Source = Source.LIVE,
) -> Written | Answered | Kept:
    """Translate a message as VK's methods and events give it. Raises KeyError, ValueError."""
    fields = _fields(message, received_at, source)
    if isinstance(fields, Kept):
        return fields
    if not by_community:
        return Written(**fields)
    random_id = integer_of(message.get("random_id"), least=-RANDOM_ID_MAX, most=RANDOM_ID_MAX)
    return Answered(**fields, random_id=random_id or 0, admin_id=_admin(message))


def _fields(message: Mapping[str, Any], received_at: datetime, source: Source) -> dict[str, Any] | Kept:
    peer_id = int(message["peer_id"])
    if not 0 < peer_id <= DIRECT_PEER_MAX:
        return CHAT
    number = int(message["conversation_message_id"])
    if not 0 < number <= NUMBER_MAX:
        return UNPARSABLE
    return {
        "peer_id": peer_id,
        "conversation_message_id": number,
        "sent_at": moment_of(message.get("date")) or received_at,
        "edited_at": _edited_at(message),
        "body": _body(message),
        "is_cropped": bool(message.get("is_cropped")),
        "source": source,
    }


def _body(message: Mapping[str, Any]) -> Body:
    try:
        return read_body(message)
    except Exception:  # noqa: BLE001 - the text is told, whatever came with it
        text = shown_text(message.get("text"))[:TEXT_CHARACTERS_MAX]
        return Body(text, EMPTY, {}, frozenset(), unsupported=True)


def _edited_at(message: Mapping[str, Any]) -> datetime | None:
    """Return when a message was edited; VK's growing `version` orders the edits of one second."""
    edited_at = moment_of(message.get("update_time") or None)
    version = integer_of(message.get("version"), least=0)
    if edited_at is None or version is None:
        return edited_at
    return edited_at + timedelta(microseconds=version % VERSIONS_IN_A_SECOND)


def _admin(message: Mapping[str, Any]) -> int | None:
    return integer_of(message.get("admin_author_id"), least=1, most=DIRECT_PEER_MAX)


def _is_by_community(message: Mapping[str, Any]) -> bool:
    return bool(message.get("out")) or (integer_of(message.get("from_id")) or 0) < 0


def _unwrapped(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message of either shape: VK wraps it since 5.103, and replies not at all."""
    wrapped = content.get("message")
    return wrapped if isinstance(wrapped, dict) else content


def _message_new(content: Mapping[str, Any], received_at: datetime) -> Translation:
    message = _unwrapped(content)
    if _is_by_community(message):
        return Kept("own_message")
    return translate_message(message, received_at, by_community=False)


def _message_reply(content: Mapping[str, Any], received_at: datetime) -> Translation:
    return translate_message(_unwrapped(content), received_at, by_community=True)


def _message_edit(content: Mapping[str, Any], received_at: datetime) -> Translation:
    message = _unwrapped(content)
    fields = _fields(message, received_at, Source.LIVE)
    if isinstance(fields, Kept):
        return fields
    fields["edited_at"] = fields["edited_at"] or received_at
    return Edited(**fields, by_customer=not _is_by_community(message), admin_id=_admin(message))


def _history_message(content: Mapping[str, Any], received_at: datetime) -> Translation:
    """A message that we fetched from VK's history; `source` says why."""
    message = _unwrapped(content)
    source = Source(content.get("source", Source.BACKFILL))
    return translate_message(message, received_at, by_community=_is_by_community(message), source=source)


def _history_page(content: Mapping[str, Any], received_at: datetime) -> Translation:
    """Messages that an import fetched; one that cannot be read costs only itself."""
    messages = []
    for message in content["messages"]:
        try:
            translation = translate_message(
                message, received_at, by_community=_is_by_community(message), source=Source.HISTORY
            )
        except (KeyError, ValueError, TypeError):
            continue
        if not isinstance(translation, Kept):
            messages.append(translation)
    unreadable = len(content["messages"]) - len(messages)
    return Page(UUID(content["import_id"]), tuple(messages), unreadable)


def _whole_message(content: Mapping[str, Any], received_at: datetime) -> Translation:
    """A message that came cropped as an update of `kind`, as whole as VK would give it."""
    translation = _MESSAGES[content["kind"]](content, received_at)
    return replace(translation, is_cropped=False) if isinstance(translation, Message) else translation


def _message_read(content: Mapping[str, Any]) -> Translation:
    peer_id = _person(content.get("peer_id"))
    number = integer_of(content.get("conversation_message_id"), least=1)
    if peer_id is None or number is None or integer_of(content.get("from_id", peer_id)) != peer_id:
        return Kept("read_by_others")
    return Seen(peer_id, number)


def _message_reaction(content: Mapping[str, Any]) -> Translation:
    peer_id = _person(content.get("peer_id"))
    if peer_id is None or integer_of(content.get("reacted_id", peer_id)) != peer_id:
        return Kept("reaction_of_others")
    number = integer_of(content["cmid"], least=1)
    if number is None:
        return UNPARSABLE
    return Reacted(peer_id, number, integer_of(content.get("reaction_id"), least=1, most=REACTION_MAX))


def _message_event(content: Mapping[str, Any]) -> Translation:
    peer_id = _person(content.get("peer_id"))
    press_id = text_of(content.get("event_id"), PRESS_ID_CHARACTERS_MAX)
    if peer_id is None or integer_of(content.get("user_id", peer_id)) != peer_id:
        return CHAT
    if press_id is None:
        return UNPARSABLE
    payload = content.get("payload")
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    # Without a number it belongs to the dialog as a whole.
    number = integer_of(content.get("conversation_message_id"), least=1) or 0
    return Pressed(peer_id, number, text_of(text, PRESS_PAYLOAD_CHARACTERS_MAX) or "", press_id)


def _allowed(content: Mapping[str, Any]) -> Translation:
    peer_id = _person(content.get("user_id"))
    return Permitted(peer_id, allowed=True) if peer_id else UNPARSABLE


def _denied(content: Mapping[str, Any]) -> Translation:
    peer_id = _person(content.get("user_id"))
    return Permitted(peer_id, allowed=False) if peer_id else UNPARSABLE


def _officer(content: Mapping[str, Any]) -> Translation:
    person_id = _person(content.get("user_id"))
    if person_id is None:
        return Kept("officers_changed")
    return Appointed(person_id, content.get("level_new") == ADMIN_LEVEL)


def _settings(content: Mapping[str, Any]) -> Translation:
    changes = content.get("changes", {})
    messages, documents = (
        bool(int(changes[name]["new_value"])) if name in changes else None for name in ("messages", "docs")
    )
    is_other = messages is documents is None
    return Kept("settings_changed") if is_other else Switched(messages, documents)


def _typing(content: Mapping[str, Any]) -> Translation:
    peer_id = _person(content.get("from_id"))
    return Typed(peer_id) if peer_id else CHAT


def _person(value: Any) -> int | None:
    return integer_of(value, least=1, most=DIRECT_PEER_MAX)


_MESSAGES: Mapping[str, Callable[[Mapping[str, Any], datetime], Translation]] = {
    "message_new": _message_new,
    "message_reply": _message_reply,
    "message_edit": _message_edit,
    HISTORY_MESSAGE: _history_message,
    HISTORY_PAGE: _history_page,
    WHOLE_MESSAGE: _whole_message,
}
_SIGNS: Mapping[str, Callable[[Mapping[str, Any]], Translation]] = {
    "message_read": _message_read,
    "message_reaction_event": _message_reaction,
    "message_event": _message_event,
    "message_allow": _allowed,
    "message_deny": _denied,
    "user_block": _denied,
    "user_unblock": _allowed,
    "group_officers_edit": _officer,
    "group_change_settings": _settings,
    "message_typing_state": _typing,
}
