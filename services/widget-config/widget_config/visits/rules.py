"""Marks of visits, and what is kept of a page's address. No database, no clock."""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

NONCE_BYTES = 16
TIME_BYTES = 4
SIGNATURE_BYTES = 12
MARK_BYTES = NONCE_BYTES + TIME_BYTES + SIGNATURE_BYTES
PARAMETERS_MAX = 10
PARAMETER_CHARACTERS_MAX = 200
ADDRESS_CHARACTERS_MAX = 1000
SKEW = timedelta(minutes=5)
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class NoAddress(ValueError):
    """A text is not the address of a web page."""


@dataclass(frozen=True)
class PageAddress:
    """Where a visitor was: the address without its query, of which only the campaign is kept."""

    origin: str
    address: str
    campaign: dict[str, str]


def make_mark(secret: bytes, public_key: str, nonce: bytes, at: datetime) -> str:
    """Return a mark of a widget's visitor: random, dated and signed, in 43 URL-safe characters."""
    body = nonce[:NONCE_BYTES] + int(at.timestamp()).to_bytes(TIME_BYTES, "big")
    return urlsafe_b64encode(body + _signature(secret, public_key, body)).rstrip(b"=").decode()


def is_ours(mark: str, secret: bytes, public_key: str, *, now: datetime, lives: timedelta) -> bool:
    """Whether a mark was made by us for this widget, and not too long ago."""
    try:
        packed = urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
    except (NotBase64, ValueError):
        return False
    if len(packed) != MARK_BYTES:
        return False
    body, signature = packed[:-SIGNATURE_BYTES], packed[-SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(secret, public_key, body)):
        return False
    made_at = datetime.fromtimestamp(int.from_bytes(body[NONCE_BYTES:], "big"), UTC)
    return made_at - SKEW <= now <= made_at + lives


def _signature(secret: bytes, public_key: str, body: bytes) -> bytes:
    return hmac.digest(secret, public_key.encode() + b"\0" + body, sha256)[:SIGNATURE_BYTES]


def page_address(text: str) -> PageAddress:
    """Take an address apart; who is in it (`user:password@`) and what its query says besides are dropped.

    Raises NoAddress.
    """
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise NoAddress(text) from error
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.hostname or ""):
        raise NoAddress(text)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    origin = f"{parts.scheme}://{host}{port}"
    named = [(key.lower(), value) for key, value in parse_qsl(parts.query, max_num_fields=200)]
    campaign = {
        key[:PARAMETER_CHARACTERS_MAX]: _line(value)[:PARAMETER_CHARACTERS_MAX]
        for key, value in named
        if key.startswith("utm_") and _line(key) == key and value
    }
    kept = dict(list(campaign.items())[:PARAMETERS_MAX])
    return PageAddress(origin, _line(f"{origin}{parts.path}")[:ADDRESS_CHARACTERS_MAX], kept)


def _line(text: str) -> str:
    """Return what of a text can be shown in a line."""
    return "".join(filter(str.isprintable, text))
