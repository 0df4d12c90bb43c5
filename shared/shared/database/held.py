"""Rows as objects that the session holds, read by a statement that is built once."""

from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import DeclarativeBase

from shared.database.inserts import hold, table_of
from shared.database.prepared import Given, Prepared
from shared.database.session import Session

E = TypeVar("E", bound=DeclarativeBase)


class Held(Generic[E]):
    """Finds objects of a kind, whose key is `id`, and locks them in the order of these columns.

    As when a session reads objects itself, those that it holds already stay as they are.
    """

    def __init__(
        self, kind: type[E], *conditions: ColumnElement[bool], locked_by: tuple[ColumnElement[Any], ...]
    ) -> None:
        self._kind = kind
        columns = table_of(kind).columns
        self._names = [column.name for column in columns]
        self._id = self._names.index("id")
        query = select(*columns).where(*conditions).order_by(*locked_by).with_for_update()
        self._query = Prepared(query)

    async def find(self, session: Session, given: Given) -> list[E]:
        """Return what there is."""
        return [
            session.held(self._kind, row[self._id])
            or hold(session, self._kind, dict(zip(self._names, row, strict=True)))
            for row in await self._query.run(session, given)
        ]
