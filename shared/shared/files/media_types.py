"""What a file is, found from its first bytes: never from its name, nor from what somebody said of it."""

import re

import puremagic

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
# Known so surely, and so passive, that a browser may show them by itself; all else is for download only.
_PASSIVE = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL), "image/webp"),
    (re.compile(rb"OggS\x00.{20,300}(?:OpusHead|\x01vorbis|Speex   )", re.DOTALL), "audio/ogg"),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3]"), "audio/mpeg"),
)
# Said here, because a PDF may begin like a text; and office files are archives, which their first bytes do
# not tell apart.
_KNOWN = {b"%PDF-": "application/pdf", b"PK\x03\x04": "application/zip"}
INLINE_TYPES = frozenset(media_type for _, media_type in _PASSIVE)
IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKUP = frozenset({"text/html", "image/svg+xml", "application/xml"})
_SURE = 0.4


def media_type_of(head: bytes) -> str:
    """Name the type of a file that begins with these bytes (some 16 KiB of it)."""
    for beginning, media_type in _PASSIVE:
        if beginning.match(head):
            return media_type
    for signature, media_type in _KNOWN.items():
        if head.startswith(signature):
            return media_type
    if _is_text(head):
        guessed = _guess(head.lstrip())
        return guessed if guessed in _MARKUP else TEXT
    guessed = _guess(head)
    return guessed if guessed not in _MARKUP | INLINE_TYPES else UNKNOWN


def _guess(head: bytes) -> str:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    sure = (match.mime_type for match in found if match.mime_type and match.confidence >= _SURE)
    return next(sure, UNKNOWN)


def _is_text(head: bytes) -> bool:
    if not head or _CONTROLS.search(head):
        return False
    try:
        # The last character may be cut in two.
        head[:-4].decode() if len(head) > 64 else head.decode()
    except UnicodeDecodeError as error:
        return len(head) > 64 and error.start >= len(head) - 8
    return True
