"""The proof that a service's migrations and its tables say the same, and that they go both ways."""

from sqlalchemy import Connection, MetaData, inspect

from shared.database.engine import Database
from shared.database.migrate import differences, downgrade, upgrade
from shared.runtime.world import World


async def prove_migrations(url: str, package: str, metadata: MetaData) -> None:
    """Migrate an empty database up, down to nothing and up again; fail if it ever differs from `metadata`."""
    database = Database(url, World())
    try:
        for _ in range(2):
            await upgrade(database, package)
            async with database.engine.connect() as connection:
                assert await connection.run_sync(differences, metadata) == []
            await downgrade(database, package, revision="base")
            async with database.engine.connect() as connection:
                assert await connection.run_sync(_table_names) == {"alembic_version"}
        await upgrade(database, package)
    finally:
        await database.close()


def _table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())
