"""What a message holds besides its text, as deep as VK nests it and as much as one event carries.

What does not fit is left out and counted, so that no message is lost for its size. Pure functions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.events.content import (
    EMPTY,
    Attachment,
    AttachmentKind,
    Content,
    Included,
    Location,
    Part,
    Style,
)
from shared.events.envelope import PAYLOAD_BYTES_MAX
from vk_gateway.incoming.attachments import Media, read_attachment
from vk_gateway.incoming.fields import (
    degrees_of,
    integer_of,
    moment_of,
    object_of,
    objects_of,
    text_of,
    weight,
)
from vk_gateway.incoming.texts import shown_text, styled_text

# VK's own limits of forwards: 45 levels, 500 messages in all.
DEPTH_MAX = 45
MESSAGES_MAX = 500
ATTACHMENTS_MAX = 500
# Above what VK lets anybody write; even if each character takes six bytes, half of an event is left.
TEXT_CHARACTERS_MAX = 20_000
PAYLOAD_CHARACTERS_MAX = 4000
REF_CHARACTERS_MAX = 1000
# The envelope, the event's own fields, and the names of those who wrote.
_EVENT_BYTES = 8 * 1024
_AUTHOR_NAME_BYTES = 400
_HOLDING = ("attachments", "reply_message", "fwd_messages", "geo", "payload", "ref", "ref_source")


@dataclass
class _Room:
    """What an event still takes, and what is found on the way."""

    bytes_left: int
    messages_left: int = MESSAGES_MAX
    attachments_left: int = ATTACHMENTS_MAX
    media: dict[UUID, Media] = field(default_factory=dict)
    authors: set[int] = field(default_factory=set)

    def takes(self, part: Part, extra_bytes: int) -> bool:
        size = len(part.model_dump_json().encode()) + extra_bytes
        if size > self.bytes_left:
            return False
        self.bytes_left -= size
        return True


@dataclass(frozen=True)
class Body:
    """A message's text and content, the files to be copied, and whose messages are inside.

    In `content` a file has a stand-in for its id, the key of `media`; see `complete_content`.
    """

    text: str
    content: Content
    media: Mapping[UUID, Media]
    authors: frozenset[int]
    unsupported: bool


def read_body(message: Mapping[str, Any]) -> Body:
    """Read text and content of a message; a part that VK wrote in a way we cannot read costs only itself."""
    text, styles = styled_text(message)
    is_cut = bool(message.get("is_cropped"))
    if len(text) > TEXT_CHARACTERS_MAX:
        text, is_cut = text[:TEXT_CHARACTERS_MAX], True
    if not (styles or is_cut or any(message.get(name) for name in _HOLDING)):
        return Body(text, EMPTY, {}, frozenset(), unsupported=not text)
    room = _Room(PAYLOAD_BYTES_MAX - _EVENT_BYTES - weight(text))
    content = _content(message, styles, room, is_cut=is_cut)
    return Body(text, content, room.media, frozenset(room.authors), _shows_nothing(text, content))


def _content(message: Mapping[str, Any], styles: tuple[Style, ...], room: _Room, *, is_cut: bool) -> Content:
    bare = Content(
        location=_location(message.get("geo")),
        styles=styles,
        payload=text_of(message.get("payload"), PAYLOAD_CHARACTERS_MAX),
        ref=text_of(message.get("ref"), REF_CHARACTERS_MAX),
        ref_source=text_of(message.get("ref_source"), REF_CHARACTERS_MAX),
        is_cut=is_cut,
    )
    room.takes(bare, 0)
    return bare.model_copy(update=_insides(message, room, depth=1))


def _insides(message: Mapping[str, Any], room: _Room, *, depth: int) -> dict[str, Any]:
    """Read attachments, quote and forwards as far as there is room, and count the rest."""
    left_out = 0
    attachments = []
    for item in objects_of(message.get("attachments")):
        attachment = _attachment(item, room)
        if attachment is None:
            left_out += 1
        else:
            attachments.append(attachment)
    quoted = None
    if reply := object_of(message.get("reply_message")):
        quoted = _included(reply, room, depth)
        left_out += _count(reply) if quoted is None else 0
    forwarded = []
    for forward in objects_of(message.get("fwd_messages")):
        included = _included(forward, room, depth)
        if included is None:
            left_out += _count(forward)
        else:
            forwarded.append(included)
    return {
        "attachments": tuple(attachments),
        "quoted": quoted,
        "forwarded": tuple(forwarded),
        "left_out": left_out,
    }


def _attachment(item: Mapping[str, Any], room: _Room) -> Attachment | None:
    attachment, media = read_attachment(item)
    stand_in = uuid5(NAMESPACE_URL, media.source) if media else None
    if stand_in is not None:
        attachment = attachment.model_copy(update={"file_id": stand_in})
    if room.attachments_left == 0 or not room.takes(attachment, 1):
        return None
    room.attachments_left -= 1
    if media is not None and stand_in is not None:
        room.media[stand_in] = media
    return attachment


def _included(message: Mapping[str, Any], room: _Room, depth: int) -> Included | None:
    """Read a message inside another; None when the event has no room for it."""
    author = integer_of(message.get("from_id"))
    bare = Included(
        author_external_id=str(author) if author else None,
        conversation_message_id=integer_of(message.get("conversation_message_id"), least=1),
        text=shown_text(message.get("text"))[:TEXT_CHARACTERS_MAX],
        sent_at=moment_of(message.get("date")),
        location=_location(message.get("geo")),
    )
    if depth > DEPTH_MAX or room.messages_left == 0 or not room.takes(bare, _AUTHOR_NAME_BYTES):
        return None
    room.messages_left -= 1
    if author:
        room.authors.add(author)
    return bare.model_copy(update=_insides(message, room, depth=depth + 1))


def _location(geo: Any) -> Location | None:
    point = object_of(object_of(geo).get("coordinates"))
    latitude, longitude = (
        degrees_of(point.get("latitude"), most=90),
        degrees_of(point.get("longitude"), most=180),
    )
    if latitude is None or longitude is None:
        return None
    title = text_of(object_of(object_of(geo).get("place")).get("title"), 500)
    return Location(latitude=latitude, longitude=longitude, title=title)


def _count(message: Mapping[str, Any]) -> int:
    """Count a message and all that is inside it, without recursion."""
    count, waiting = 0, [message]
    while waiting:
        each = waiting.pop()
        count += 1
        waiting += objects_of(each.get("fwd_messages"))
        if reply := object_of(each.get("reply_message")):
            waiting.append(reply)
    return count


def _shows_nothing(text: str, content: Content) -> bool:
    known = any(each.kind != AttachmentKind.UNSUPPORTED for each in content.attachments)
    return not (text or known or content.location or content.quoted or content.forwarded)


def complete_content(
    content: Content, file_ids: Mapping[UUID, UUID | None], names: Mapping[str, str]
) -> Content:
    """Return the content with the copies' ids for their stand-ins, and the authors' names by their ids."""
    if not file_ids and not names:
        return content
    return content.model_copy(update=_completed(content, file_ids, names))


def _completed(
    part: Content | Included, file_ids: Mapping[UUID, UUID | None], names: Mapping[str, str]
) -> dict[str, Any]:
    def included(inside: Included) -> Included:
        name = names.get(inside.author_external_id or "")
        return inside.model_copy(update=_completed(inside, file_ids, names) | {"author_name": name})

    def filed(attachment: Attachment) -> Attachment:
        if attachment.file_id is None:
            return attachment
        return attachment.model_copy(update={"file_id": file_ids.get(attachment.file_id)})

    return {
        "attachments": tuple(map(filed, part.attachments)),
        "quoted": included(part.quoted) if part.quoted else None,
        "forwarded": tuple(map(included, part.forwarded)),
    }
