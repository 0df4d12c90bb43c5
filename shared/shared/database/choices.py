"""Asking for many rows by their keys."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Return `column IN (values)`, the last value repeated until there are 1, 2, 4, 8 … of them.

    The number of values is part of a statement's text, and each text is parsed and planned anew by the
    database: a batch's size, different each time, must not make a statement of its own.
    """
    listed = list(values)
    if listed:
        size = 1 << (len(listed) - 1).bit_length()
        listed += listed[-1:] * (size - len(listed))
    chosen: ColumnElement[bool] = column.in_(listed)
    return chosen
