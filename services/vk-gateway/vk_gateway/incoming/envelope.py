"""The outside of an update: what must be known before it is stored. The inside stays as it came."""

import hashlib
import json
import re

import msgspec

EVENT_ID_CHARACTERS_MAX = 64
KIND_CHARACTERS_MAX = 64
_PLAIN = re.compile(r"[\x21-\x7e]+")


class Unreadable(ValueError):
    """The body is not a JSON object with VK's fields."""


class DeeplyNested(ValueError):
    """The body is nested deeper than any message of VK."""


class Update(msgspec.Struct, frozen=True):
    """Who sent what: kind, community, identity and secret of an update."""

    kind: str
    group_id: int
    event_id: str
    secret: str | None


class _Fields(msgspec.Struct):
    """Only these are built; the rest of the body is skipped without being parsed into objects."""

    type: str
    group_id: int
    event_id: str | int | None = None
    secret: str | None = None


_decoder = msgspec.json.Decoder(_Fields)


def read_update(body: bytes) -> Update:
    """Read the outer fields. Raises Unreadable, DeeplyNested."""
    try:
        fields = _decoder.decode(body)
    except RecursionError:
        raise DeeplyNested from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        fields = _read_leniently(body)
    event_id = "" if fields.event_id is None else str(fields.event_id)
    if len(event_id) > EVENT_ID_CHARACTERS_MAX or not _PLAIN.fullmatch(event_id):
        # Without a usable id the body itself is the identity: a repeat of VK's is identical.
        event_id = hashlib.sha256(body).hexdigest()
    kind = fields.type if _PLAIN.fullmatch(fields.type) else "unknown"
    return Update(kind[:KIND_CHARACTERS_MAX], fields.group_id, event_id, fields.secret)


def _read_leniently(body: bytes) -> _Fields:
    """Accept what a strict parser refuses and VK might send: lone surrogates, NaN, broken UTF-8."""
    try:
        document = json.loads(body.decode("utf-8", "replace"))
        return msgspec.convert(
            {name: document[name] for name in ("type", "group_id", "event_id", "secret") if name in document},
            _Fields,
        )
    except RecursionError:
        raise DeeplyNested from None
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable(type(error).__name__) from None
