"""Fixtures of the tests of dialogs."""

from collections.abc import AsyncIterator

import pytest

from tests.services.dialogs.cabinet import Cabinet, open_cabinet


@pytest.fixture
async def cabinet(sqlite_url: str) -> AsyncIterator[Cabinet]:
    """Dialogs on SQLite with one connected community."""
    async with open_cabinet(sqlite_url) as made:
        await made.connect()
        yield made


@pytest.fixture
async def cabinet_on_postgresql(postgres_database: str) -> AsyncIterator[Cabinet]:
    """Dialogs on PostgreSQL with one connected community."""
    async with open_cabinet(postgres_database) as made:
        await made.connect()
        yield made
