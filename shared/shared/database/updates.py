"""Giving many rows new values, each its own, with one statement."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Table, bindparam, update

from shared.database.inserts import SHAPES_KEPT, Rows, Target, arrays, given_rows, table_of
from shared.database.prepared import Prepared
from shared.database.session import Session


async def update_rows(session: Session, target: Target, rows: Rows, *, keys: Sequence[str]) -> None:
    """Set the columns of rows that are found by their `keys`. Rows that are not there are left alone."""
    if not rows:
        return
    table, names = table_of(target), tuple(rows[0])
    if session.is_postgresql:
        await _from_arrays(table, names, tuple(keys)).run(session, arrays(rows))
    else:
        named = [{f"of_{name}" if name in keys else name: row[name] for name in row} for row in rows]
        await _one_by_one(table, tuple(named[0]), tuple(keys)).run_each(session, named)


@lru_cache(SHAPES_KEPT)
def _from_arrays(table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Prepared:
    given = given_rows(table, names)
    same = (table.c[name] == given.c[name] for name in keys)
    values = {name: given.c[name] for name in names if name not in keys}
    return Prepared(update(table).where(*same).values(values))


@lru_cache(SHAPES_KEPT)
def _one_by_one(table: Table, given: tuple[str, ...], keys: tuple[str, ...]) -> Prepared:
    same = (table.c[name] == bindparam(f"of_{name}") for name in keys)
    return Prepared(update(table).where(*same), columns=given)
