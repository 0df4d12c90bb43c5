"""Pure decisions about files: names, how they are handed out, and as what they go to the messenger."""

import re
import unicodedata
from urllib.parse import quote
from uuid import UUID

from shared.events.dialogs import OutgoingKind
from shared.files.media_types import INLINE_TYPES

NAME_CHARACTERS_MAX = 150
# VK's limits of a photo; what is over them goes as a document.
PHOTO_TYPES = frozenset({"image/png", "image/jpeg", "image/gif"})
PHOTO_SIDES_MAX = 14_000
PHOTO_RATIO_MAX = 20
REFUSED_ENDINGS = frozenset({"mp3", "exe", "msi", "bat", "com", "apk", "dll", "scr", "cmd"})
REFUSED_TYPES = frozenset({"audio/mpeg"})
# A browser could run them as a page of ours.
ACTIVE_TYPES = frozenset({"text/html", "image/svg+xml", "application/xml"})
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "application/pdf": "pdf",
    "application/zip": "zip",
}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')


class NoSuchRange(ValueError):
    """A part was asked for that the file does not have."""


def safe_name(name: str | None) -> str:
    """Return a file's name without folders and characters that lie about it; perhaps nothing is left."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name or ""))[-1]
    # Controls, and marks that turn the direction of a text, so that an ending looks like another one.
    visible = "".join(character for character in last if unicodedata.category(character) not in _UNSEEN)
    clean = _FORBIDDEN.sub("_", visible).strip(" .")
    if len(clean) <= NAME_CHARACTERS_MAX:
        return clean
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        return clean[:NAME_CHARACTERS_MAX]
    return f"{stem[: NAME_CHARACTERS_MAX - len(ending) - 1]}.{ending}"


def shown_name(name: str | None, file_id: UUID, media_type: str) -> str:
    """Return the name that a file is saved under."""
    return safe_name(name) or f"{str(file_id)[-12:]}.{_ENDINGS.get(media_type, 'bin')}"


def disposition(name: str, media_type: str) -> str:
    """Say how a browser shall take a file: only sure and passive types are shown by it, all else is saved."""
    kind = "inline" if media_type in INLINE_TYPES else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}"


def served_type(media_type: str) -> str:
    """Return the type that a file is handed out as."""
    return "application/octet-stream" if media_type in ACTIVE_TYPES else media_type


def wanted_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Read a Range header: (start, end) with `end` outside, or None for the whole file.

    Several parts at once, and what is not understood, are answered with the whole file, as HTTP allows.
    Raises NoSuchRange.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = min(int(match[2]), size_bytes)
        if length == 0:
            raise NoSuchRange
        return size_bytes - length, size_bytes
    start, last = int(match[1]), int(match[2]) if match[2] else size_bytes - 1
    if match[2] and last < start:
        return None
    if start >= size_bytes:
        raise NoSuchRange
    return start, min(last + 1, size_bytes)


def is_refused(name: str, media_type: str) -> bool:
    """Whether the messenger takes no such file."""
    return name.rpartition(".")[2].lower() in REFUSED_ENDINGS or media_type in REFUSED_TYPES


def outgoing_kind(
    media_type: str, size_bytes: int, measures: tuple[int, int] | None, *, photo_bytes_max: int
) -> OutgoingKind:
    """Tell as what a file goes to the messenger, from what it is."""
    if media_type == "audio/ogg":
        return OutgoingKind.VOICE
    if media_type not in PHOTO_TYPES or measures is None or size_bytes > photo_bytes_max:
        return OutgoingKind.DOCUMENT
    narrow, wide = sorted(measures)
    fits = narrow + wide <= PHOTO_SIDES_MAX and wide <= narrow * PHOTO_RATIO_MAX
    return OutgoingKind.PHOTO if fits else OutgoingKind.DOCUMENT
