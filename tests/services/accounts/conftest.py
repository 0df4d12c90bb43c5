"""Fixtures of the tests of accounts."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.runtime.world import World
from tests.services.accounts.opened import Accounts, opened


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the tables and nothing in them, to copy: migrating anew is slow."""
    path = tmp_path_factory.mktemp("accounts") / "migrated.sqlite3"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}", World())
        await upgrade(database, "accounts")
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def accounts(sqlite_url: str, tmp_path: Path, migrated_file: Path) -> AsyncIterator[Accounts]:
    """An accounts service on SQLite, not in demo mode."""
    shutil.copy(migrated_file, tmp_path / "database.sqlite3")
    async with opened(sqlite_url) as running:
        yield running
