"""Asking for many rows by their keys, with one parameter for all of them.

So a statement has the same text for any number of keys. Each text is built here, and parsed and planned by
the database, anew: a batch's size, different each time, must not make a statement of its own.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, Text, TypeDecorator, bindparam, literal, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class Keys(TypeDecorator[Iterable[Any]]):
    """Many values of one type as one parameter: an array, or on SQLite a JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item
        self._writers: dict[str, Callable[[Any], Any] | None] = {}

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the array where there are arrays."""
        chosen = ARRAY(self.item, dimensions=1) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(chosen)

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        """Write the values as their column has them."""
        if value is None or dialect.name == "postgresql":
            return None if value is None else list(value)
        write = self._writer(dialect)
        return json.dumps([write(each) if write else each for each in value])

    def _writer(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return how a value is written: found out once, for it takes longer than the writing."""
        if dialect.name not in self._writers:
            kind: Any = self.item.dialect_impl(dialect)
            self._writers[dialect.name] = kind.bind_processor(dialect)
        return self._writers[dialect.name]


class _Among(FunctionElement[bool]):
    """A column and the keys that its values are looked for in."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        """Stay as it is in a condition: SQLite would be asked for `… = 1`, and use no index."""
        return self


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({keys})"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - SQLAlchemy's own rendering


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Return `column IN (values)`."""
    return _Among(column, literal(list(values), Keys(column.type)))


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Return `column IN (values)` for values that are always the same, for statements that are built once."""
    return or_(*(column == value for value in values))


def among_given(column: Any, name: str) -> ColumnElement[bool]:
    """Return `column IN (the list given as this parameter)`, for statements that are built once."""
    return _Among(column, bindparam(name, type_=Keys(column.type)))
