"""Inserting many rows with one statement, and insert-or-nothing: the one way to store what may come twice.

PostgreSQL is given an array for each column, so that the statement is the same for any number of rows.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import String, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, manager_of_class
from sqlalchemy.types import TypeEngine

from shared.database.prepared import Prepared
from shared.database.session import Session

Target = type[DeclarativeBase] | Table
Rows = Sequence[dict[str, Any]]
E = TypeVar("E", bound=DeclarativeBase)
SHAPES_KEPT = 500


async def inserted(session: Session, target: Target, *, conflict: Sequence[str], **values: Any) -> bool:
    """Insert a row unless one with the same `conflict` columns is there. Returns whether it was inserted.

    Needs no savepoint and never raises for the conflict, so it may stand anywhere in a transaction.
    """
    rows = await inserted_rows(session, target, [values], conflict=conflict, returning=conflict)
    return bool(rows)


async def inserted_rows(
    session: Session, target: Target, rows: Rows, *, conflict: Sequence[str], returning: Sequence[str]
) -> set[tuple[Any, ...]]:
    """Insert many rows, skipping those that conflict. Returns the `returning` columns of the new ones."""
    if not rows:
        return set()
    return await _insert(session, table_of(target), rows, tuple(conflict), tuple(returning))


async def insert_rows(
    session: Session, target: Target, rows: Rows, *, returning: Sequence[str] = ()
) -> set[tuple[Any, ...]]:
    """Insert many rows. Returns their `returning` columns, in no order."""
    if not rows:
        return set()
    return await _insert(session, table_of(target), rows, (), tuple(returning))


async def _insert(
    session: Session, table: Table, rows: Rows, conflict: tuple[str, ...], returning: tuple[str, ...]
) -> set[tuple[Any, ...]]:
    if session.is_postgresql:
        found = await _from_arrays(table, tuple(rows[0]), conflict, returning).run(session, arrays(rows))
    else:
        found = await _one_by_one(table, tuple(rows[0]), conflict, returning).run_each(session, rows)
    return set(map(tuple, found))


def hold_new(session: Session, kind: type[E], rows: Iterable[dict[str, Any]]) -> None:
    """Let the session hold rows that it has just inserted, as if it had read them: nothing is read back."""
    columns = table_of(kind).columns
    unsaid = {column.name: getattr(column.default, "arg", None) for column in columns}
    for row in rows:
        hold(session, kind, unsaid | row)


def hold(session: Session, kind: type[E], row: dict[str, Any]) -> E:
    """Let the session hold a row that is in the database like this; it must not hold it already."""
    made: E = manager_of_class(kind).new_instance()
    instance_dict(made).update(row)
    make_transient_to_detached(made)
    session.add(made)
    session.keep([made])
    return made


def arrays(rows: Rows) -> dict[str, list[Any]]:
    """Return rows as `given_rows` takes them."""
    return {f"all_{name}": [row[name] for row in rows] for name in rows[0]}


def given_rows(table: Table, names: tuple[str, ...]) -> Any:
    """Return rows that PostgreSQL is given as an array for each of these columns."""
    given = (bindparam(f"all_{name}", type_=_array_of(table, name)) for name in names)
    return func.unnest(*given).table_valued(*names, name="given").render_derived()


@lru_cache(SHAPES_KEPT)
def _from_arrays(
    table: Table, names: tuple[str, ...], conflict: tuple[str, ...], returning: tuple[str, ...]
) -> Prepared:
    rows = given_rows(table, names)
    insert = postgresql.insert(table).from_select(names, select(*(rows.c[name] for name in names)))
    return Prepared(_finished(insert, conflict, returning))


@lru_cache(SHAPES_KEPT)
def _one_by_one(
    table: Table, names: tuple[str, ...], conflict: tuple[str, ...], returning: tuple[str, ...]
) -> Prepared:
    return Prepared(_finished(sqlite.insert(table), conflict, returning), columns=names)


def _finished(insert: Any, conflict: tuple[str, ...], returning: tuple[str, ...]) -> Any:
    if conflict:
        insert = insert.on_conflict_do_nothing(index_elements=conflict)
    return insert.returning(*(insert.table.c[name] for name in returning)) if returning else insert


def _array_of(table: Table, name: str) -> TypeEngine[Any]:
    """Return the type of many of a column's values; without a length, to which PostgreSQL would cut them."""
    found = table.c[name].type
    return postgresql.ARRAY(String() if type(found) is String else found, dimensions=1)


def table_of(target: Target) -> Table:
    """Return the table of a mapped class: statements on it know nothing of objects, and are cheaper."""
    table = target if isinstance(target, Table) else target.__table__
    assert isinstance(table, Table)
    return table
