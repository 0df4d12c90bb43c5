"""Statements that are built once, and run without what SQLAlchemy does for each execution.

For rows that are found by their keys, the way from a statement to its rows (session, cache key, execution
context, result) costs SQLAlchemy twenty times what SQLite takes, and a message passes some thirty statements.
Here a statement is compiled once; then its parameters are converted by their columns' types and handed to
the driver. Transaction and errors are the session's, as ever. Changes to objects that are not flushed
yet are not seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from shared.database.session import Session

Convert = Callable[[Any], Any]
Parameters = tuple[Any, ...]
Given = Mapping[str, Any]
Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one database, and how values go in and out."""

    text: str
    names: Sequence[str]
    write: Mapping[str, Convert]
    read: Sequence[Convert | None]
    fixed: Mapping[str, Any]

    def parameters(self, given: Given) -> Parameters:
        """Return the values that the driver is handed."""
        return tuple(
            (self.write[name](given[name]) if name in self.write else given[name])
            if name in given
            else self.fixed[name]
            for name in self.names
        )

    def rows(self, found: Rows) -> Rows:
        """Return what the driver gave as the columns' types have it."""
        if not any(self.read):
            return found
        return [
            tuple(value if read is None else read(value) for read, value in zip(self.read, row, strict=True))
            for row in found
        ]


class Prepared:
    """A statement on tables, with its parameters by name; lists go in by `among_given`.

    `columns` are those that an insert or update is given values for by their names.
    """

    def __init__(self, statement: Any, *, columns: Sequence[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    async def run(self, session: Session, given: Given = {}) -> Rows:  # noqa: B006 - nobody changes it
        """Run it once. Returns its rows."""
        return await self._run(session, [given])

    async def run_each(self, session: Session, rows: Sequence[Given]) -> Rows:
        """Run it for each of these. Returns the rows of all."""
        return await self._run(session, rows)

    async def _run(self, session: Session, rows: Sequence[Given]) -> Rows:
        connection = await session.raw_connection()
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        parameters = [compiled.parameters(row) for row in rows]
        try:
            if dialect.name == "sqlite":
                driver: Any = connection.connection.driver_connection
                found = await driver.fetch(compiled.text, parameters)
            else:
                found = await session.run_sync(_fetch, connection, compiled.text, parameters)
        except BaseException as error:
            _tell(connection, compiled.text, error)
            raise
        return compiled.rows(found)

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        if compiled.post_compile_params:
            raise ValueError("a list goes in by `among_given`, or by `one_of` when it is always the same")
        binds = {name: compiled.binds[name] for name in compiled.positiontup}
        defaults = {column.key: column.default.arg for column in compiled.insert_prefetch}
        write = {
            name: convert
            for name, bind in binds.items()
            if (convert := _of_dialect(bind.type, dialect).bind_processor(dialect))
        }
        fixed = {
            name: write[name](value) if name in write else value
            for name, bind in binds.items()
            if not bind.required
            for value in [defaults.get(name, bind.effective_value)]
        }
        read = [
            _of_dialect(column.type, dialect).result_processor(dialect, None)
            for column in getattr(self._statement, "exported_columns", ())
        ]
        return _Compiled(str(compiled), compiled.positiontup, write, read, fixed)


def _of_dialect(kind: TypeEngine[Any], dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)


def _fetch(_session: Any, connection: Connection, text: str, parameters: Sequence[Parameters]) -> Rows:
    cursor = connection.connection.cursor()
    rows: list[tuple[Any, ...]] = []
    try:
        for each in parameters:
            cursor.execute(text, each)
            rows += cursor.fetchall()
    finally:
        cursor.close()
    return rows


def _tell(connection: Connection, text: str, error: BaseException) -> None:
    """Give up a connection that is lost, or busy for nobody, and raise what SQLAlchemy would raise."""
    dialect: Any = connection.dialect
    dbapi_error: type[Exception] = dialect.loaded_dbapi.Error
    is_of_database = isinstance(error, dbapi_error)
    is_lost = not isinstance(error, Exception) or (
        is_of_database and dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    )
    if is_lost:
        connection.invalidate(error)
    if is_of_database:
        raise DBAPIError.instance(
            text,
            None,
            error,
            dbapi_error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=dialect,
        ) from error
