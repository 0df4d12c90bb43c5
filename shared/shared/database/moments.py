"""Reckoning with times inside the database."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class epoch_seconds(GenericFunction[int]):  # noqa: N801 - named as it is called
    """Return a time's whole seconds since 1970."""

    type = BigInteger()
    inherit_cache = True


@compiles(epoch_seconds, "postgresql")
def _extract(element: epoch_seconds, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"CAST(floor(extract(epoch FROM {column})) AS BIGINT)"


@compiles(epoch_seconds, "sqlite")
def _read(element: epoch_seconds, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    # Without the fraction, which would be rounded.
    return f"CAST(strftime('%s', substr({column}, 1, 19)) AS INTEGER)"
