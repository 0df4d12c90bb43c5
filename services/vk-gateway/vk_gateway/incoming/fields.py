"""Reading VK's fields: whatever stands there, a bounded value of the right kind or nothing."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

NUMBER_MAX = 2**53
URL_CHARACTERS_MAX = 4096
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s\"<>\\^`{|}\x00-\x20\x7f]+", re.IGNORECASE)
_NOTHING: Mapping[str, Any] = {}


def storable(text: str) -> str:
    """Replace what PostgreSQL's text cannot hold (NUL, lone surrogates) by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def weight(text: str | None) -> int:
    """Return how many bytes a text takes inside a JSON document."""
    return len(json.dumps(text, ensure_ascii=False).encode()) if text else 4


def object_of(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, or an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def objects_of(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list; everything else in it is skipped."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def integer_of(value: Any, *, least: int = -NUMBER_MAX, most: int = NUMBER_MAX) -> int | None:
    """Return a whole number within the bounds, also one written as text, or None."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if least <= number <= most else None


def degrees_of(value: Any, *, most: float) -> float | None:
    """Return a finite number of degrees between -`most` and `most`, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) <= most else None


def text_of(value: Any, characters: int) -> str | None:
    """Return a text of at most so many characters; None when there is nothing to show."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = storable(str(value)[:characters])
    return text or None


def url_of(value: Any) -> str | None:
    """Return a web address (https or http only), or None."""
    if not isinstance(value, str) or len(value) > URL_CHARACTERS_MAX:
        return None
    return value if _URL.fullmatch(value) else None


def moment_of(unix_seconds: Any) -> datetime | None:
    """Return a moment, or None."""
    try:
        return datetime.fromtimestamp(int(unix_seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
