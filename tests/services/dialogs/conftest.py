"""Fixtures of the tests of dialogs."""

from collections.abc import AsyncIterator

import pytest

from tests.services.dialogs.cabinet import Cabinet, open_cabinet
from tests.support.tables import lay_tables


@pytest.fixture
async def ready_url(sqlite_url: str) -> str:
    """Address of a fresh database with all tables."""
    return await lay_tables(sqlite_url, "dialogs")


@pytest.fixture
async def cabinet(ready_url: str) -> AsyncIterator[Cabinet]:
    """Dialogs on SQLite with one connected community."""
    async with open_cabinet(ready_url) as made:
        await made.connect()
        yield made


@pytest.fixture
async def cabinet_on_postgresql(postgres_database: str) -> AsyncIterator[Cabinet]:
    """Dialogs on PostgreSQL with one connected community."""
    async with open_cabinet(postgres_database) as made:
        await made.connect()
        yield made
