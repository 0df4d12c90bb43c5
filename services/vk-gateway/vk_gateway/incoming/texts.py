"""Texts as people are to see them: mentions by their names, entities once undone, styles in their place.

VK does not say whether the texts of events have their `& < > "` written as entities. A text counts as escaped
when it has entities and none of these signs bare: then VK's own escaping is undone exactly, and a text that
VK gave raw stays as it is, unless somebody wrote nothing but entities by hand.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.events.content import Style
from vk_gateway.incoming.fields import integer_of, object_of, objects_of, storable, text_of, url_of

STYLES_MAX = 100
STYLE_KINDS = frozenset({"bold", "italic", "underline", "url"})
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_ENTITY = "&(?:lt|gt|quot|amp);"
_BARE = re.compile(r'[<>"]|&(?!(?:lt|gt|quot|amp);)')
_MENTION = r"\[(?:id|club|public|event)\d{1,19}\|(?P<name>[^\]\n|]+)\]"
_entities = re.compile(_ENTITY)
_mentions = re.compile(_MENTION)
_both = re.compile(f"{_MENTION}|{_ENTITY}")


@dataclass(frozen=True)
class _Piece:
    """A stretch of VK's text and what stands for it, in UTF-16 units."""

    start: int
    end: int
    shown_start: int
    shown_end: int


def shown_text(raw: Any) -> str:
    """Return a text as people are to see it."""
    return _read(raw)[0]


def styled_text(message: Mapping[str, Any]) -> tuple[str, tuple[Style, ...]]:
    """Return a message's text with its styles (`format_data`), moved to where the text stands now."""
    items = objects_of(object_of(message.get("format_data")).get("items"))
    if not items:
        return shown_text(message.get("text")), ()
    text, pieces = _read(message.get("text"), with_pieces=True)
    length = _units(text)
    styles = (_style(item, pieces, length) for item in items[:STYLES_MAX])
    return text, tuple(style for style in styles if style is not None)


def _read(raw: Any, *, with_pieces: bool = False) -> tuple[str, Sequence[_Piece]]:
    text = storable(raw if isinstance(raw, str) else "" if raw is None else str(raw))
    pattern = _pattern(text)
    if pattern is None:
        return text, ()
    if not with_pieces:
        return pattern.sub(_replacement, text), ()
    parts: list[str] = []
    pieces: list[_Piece] = []
    position = raw_at = shown_at = 0
    for match in pattern.finditer(text):
        before = _units(text[position : match.start()])
        shown = _replacement(match)
        start, shown_start = raw_at + before, shown_at + before
        raw_at, shown_at = start + _units(match.group()), shown_start + _units(shown)
        pieces.append(_Piece(start, raw_at, shown_start, shown_at))
        parts += (text[position : match.start()], shown)
        position = match.end()
    return "".join((*parts, text[position:])), pieces


def _pattern(text: str) -> re.Pattern[str] | None:
    """Return what is to be replaced in a text, or None; nearly every text has nothing."""
    mentions = "[" in text
    escaped = "&" in text and ";" in text and not _BARE.search(text)
    if escaped:
        return _both if mentions else _entities
    return _mentions if mentions else None


def _replacement(match: re.Match[str]) -> str:
    whole = match.group()
    if whole in _ENTITIES:
        return _ENTITIES[whole]
    name: str = match.group("name")
    return name if _BARE.search(match.string) else _entities.sub(_replacement, name)


def _style(item: Mapping[str, Any], pieces: Sequence[_Piece], length: int) -> Style | None:
    kind = text_of(item.get("type"), 20)
    offset = integer_of(item.get("offset"), least=0)
    extent = integer_of(item.get("length"), least=1)
    if kind not in STYLE_KINDS or offset is None or extent is None:
        return None
    start = min(_moved(offset, pieces), length)
    end = min(_moved(offset + extent, pieces), length)
    url = url_of(item.get("url")) if kind == "url" else None
    if end <= start or (kind == "url" and url is None):
        return None
    return Style(kind=kind, offset=start, length=end - start, url=url)


def _moved(offset: int, pieces: Sequence[_Piece]) -> int:
    shift = 0
    for piece in pieces:
        if offset <= piece.start:
            break
        if offset < piece.end:
            return min(piece.shown_start + offset - piece.start, piece.shown_end)
        shift = piece.shown_end - piece.end
    return offset + shift


def _units(text: str) -> int:
    """Length as VK counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
