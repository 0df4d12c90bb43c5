"""Migrations of `integrations`."""

from integrations.tables import Base
from tests.support.migrations import prove_migrations


async def test_migrations_make_exactly_the_tables_on_sqlite(sqlite_url: str) -> None:
    await prove_migrations(sqlite_url, "integrations", Base.metadata)


async def test_migrations_make_exactly_the_tables_on_postgresql(postgres_database: str) -> None:
    await prove_migrations(postgres_database, "integrations", Base.metadata)
