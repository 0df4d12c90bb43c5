"""Fixtures of the tests of dialogs."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.runtime.world import World
from tests.services.dialogs.cabinet import Cabinet, open_cabinet


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to be copied: quicker than making them for each test."""
    path = tmp_path_factory.mktemp("dialogs") / "empty.sqlite3"

    async def make() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}", World())
        await upgrade(database, "dialogs")
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
def ready_url(empty_file: Path, tmp_path: Path) -> str:
    """Address of a fresh database with all tables."""
    path = tmp_path / "ready.sqlite3"
    shutil.copy(empty_file, path)
    return f"sqlite+aiosqlite:///{path}"


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
