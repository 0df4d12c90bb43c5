"""VK's updates in our words. Pure functions: bytes in, a translation out."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DIRECT_PEER_MAX = 2_000_000_000
NUMBER_MAX = 2**53
RANDOM_ID_MAX = 2**31
# Far above what VK lets anybody write, and below what an event may carry.
TEXT_CHARACTERS_MAX = 40_000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Written:
    """A person wrote. `partial`: the message has parts that are not translated yet."""

    peer_id: int
    conversation_message_id: int
    text: str
    sent_at: datetime
    partial: bool


@dataclass(frozen=True)
class Answered:
    """The community wrote: an echo of ours (by `random_id`), or somebody in VK itself."""

    peer_id: int
    conversation_message_id: int
    text: str
    sent_at: datetime
    partial: bool
    random_id: int
    admin_id: int | None


@dataclass(frozen=True)
class Kept:
    """Nothing to tell now; `outcome` says why. The raw update stays."""

    outcome: str


Translation = Written | Answered | Kept
UNPARSABLE = Kept("unparsable")
UNKNOWN = Kept("stored")
CHAT = Kept("chat")
OVER = Kept("epoch_over")
TOO_LARGE = Kept("too_large")


def translate(kind: str, body: bytes, received_at: datetime) -> Translation:
    """Translate one update. Never raises: what cannot be read is kept."""
    if kind not in {"message_new", "message_reply"}:
        return UNKNOWN
    try:
        message = _message(json.loads(body.decode("utf-8", "replace"))["object"])
        return _translate_message(kind, message, received_at)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return UNPARSABLE


def _message(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message of either shape: VK wraps it since 5.103, and replies not at all."""
    wrapped = content.get("message")
    return wrapped if isinstance(wrapped, dict) else content


def _translate_message(kind: str, message: Mapping[str, Any], received_at: datetime) -> Translation:
    peer_id = int(message["peer_id"])
    if not 0 < peer_id <= DIRECT_PEER_MAX:
        return CHAT
    number = int(message["conversation_message_id"])
    if not 0 < number <= NUMBER_MAX:
        return UNPARSABLE
    text = storable(str(message.get("text") or ""))
    if len(text) > TEXT_CHARACTERS_MAX:
        return TOO_LARGE
    sent_at = _moment(message.get("date"), received_at)
    partial = bool(
        message.get("attachments")
        or message.get("fwd_messages")
        or message.get("reply_message")
        or message.get("geo")
        or message.get("is_cropped")
    )
    if kind == "message_new":
        if message.get("out") or int(message.get("from_id", peer_id)) < 0:
            return Kept("own_message")
        return Written(peer_id, number, text, sent_at, partial)
    random_id = int(message.get("random_id") or 0)
    admin_id = int(message.get("admin_author_id") or 0)
    return Answered(
        peer_id,
        number,
        text,
        sent_at,
        partial,
        random_id=random_id if abs(random_id) <= RANDOM_ID_MAX else 0,
        admin_id=admin_id if 0 < admin_id <= DIRECT_PEER_MAX else None,
    )


def storable(text: str) -> str:
    """Replace what PostgreSQL's text cannot hold (NUL, lone surrogates) by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def _moment(unix_seconds: Any, fallback: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(unix_seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return fallback
