"""Insert or nothing: the one way to store what may come twice."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

from shared.database.session import Session

Target = type[DeclarativeBase] | Table


async def inserted(session: Session, target: Target, *, conflict: Sequence[str], **values: Any) -> bool:
    """Insert a row unless one with the same `conflict` columns is there. Returns whether it was inserted.

    Needs no savepoint and never raises for the conflict, so it may stand anywhere in a transaction.
    """
    rows = await inserted_rows(session, target, [values], conflict=conflict, returning=conflict)
    return bool(rows)


async def inserted_rows(
    session: Session,
    target: Target,
    rows: Sequence[dict[str, Any]],
    *,
    conflict: Sequence[str],
    returning: Sequence[str],
) -> set[tuple[Any, ...]]:
    """Insert many rows, skipping those that conflict. Returns the `returning` columns of the new ones."""
    if not rows:
        return set()
    table = target if isinstance(target, Table) else target.__table__
    insert = postgresql.insert if session.is_postgresql else sqlite.insert
    statement = (
        insert(table)  # type: ignore[arg-type]  # a mapped class's __table__ is typed FromClause
        .on_conflict_do_nothing(index_elements=list(conflict))
        .returning(*(table.c[name] for name in returning))
    )
    result = await session.execute(statement, list(rows))
    return {tuple(row) for row in result.all()}
