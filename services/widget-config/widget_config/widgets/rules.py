"""Decisions about widgets. No database, no clock."""

from typing import Any


def merged(look: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a look with changes: what is an object on both sides is merged, anything else replaced."""
    result = dict(look)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
