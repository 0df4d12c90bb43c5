"""Running a service's migrations: one chain per service, the same on PostgreSQL and SQLite."""

from importlib import resources
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from shared.database.engine import Database
from shared.database.walls import build_walls

ADVISORY_LOCK = 0x07711C
LOCK_MILLISECONDS_MAX = 5_000


def script_directory(package: str) -> ScriptDirectory:
    """Return the chain of migrations in `<package>/migrations`."""
    config = Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


async def upgrade(database: Database, package: str, *, revision: str = "heads") -> None:
    """Bring a database to `revision`. Two processes at once take turns; nothing to do costs one query."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_run, package, revision, down=False)


async def downgrade(database: Database, package: str, *, revision: str) -> None:
    """Take a database back to `revision` (`base` for nothing at all)."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_run, package, revision, down=True)


def _run(connection: Connection, package: str, revision: str, *, down: bool) -> None:
    script = script_directory(package)
    with connection.begin():
        if connection.dialect.name == "postgresql":
            # The limit is for tables in use; for its turn a process may wait as long as the other migrates.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS_MAX}"))
        migrations = MigrationContext.configure(
            connection,
            opts={"fn": _steps(script, revision, down=down), "render_as_batch": True},
        )
        with Operations.context(migrations):
            migrations.run_migrations()
        if connection.dialect.name == "postgresql":
            build_walls(connection)


def _steps(script: ScriptDirectory, revision: str, *, down: bool) -> Any:
    def steps(current: Any, _context: MigrationContext) -> Any:
        if down:
            return script._downgrade_revs(revision, current)  # noqa: SLF001 - alembic's own env.py uses it
        return script._upgrade_revs(revision, current)  # noqa: SLF001 - alembic's own env.py uses it

    return steps


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    """Return what the tables of a migrated database lack or have too much, for the drift test."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - heavy, and only tests need it

    virtual = _virtual_tables(connection) if connection.dialect.name == "sqlite" else []

    def counts(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
        if kind == "index" and connection.dialect.name == "sqlite":
            return thing.dialect_options["postgresql"]["using"] in {None, False, "btree"}
        return kind != "table" or not f"{name}_".startswith(tuple(f"{each}_" for each in virtual))

    migrations = MigrationContext.configure(
        connection, opts={"compare_type": False, "include_object": counts}
    )
    return list(compare_metadata(migrations, metadata))


def _virtual_tables(connection: Connection) -> list[str]:
    """Return SQLite's virtual tables; each keeps its rows in tables of its name, an underscore and more."""
    query = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
    return list(connection.execute(text(query)).scalars())
