"""Migrations of `widget-config`."""

from tests.support.migrations import prove_migrations
from widget_config.tables import Base


async def test_migrations_make_exactly_the_tables_on_sqlite(sqlite_url: str) -> None:
    await prove_migrations(sqlite_url, "widget_config", Base.metadata)


async def test_migrations_make_exactly_the_tables_on_postgresql(postgres_database: str) -> None:
    await prove_migrations(postgres_database, "widget_config", Base.metadata)
