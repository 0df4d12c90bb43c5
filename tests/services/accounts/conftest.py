"""Fixtures of the tests of accounts."""

from collections.abc import AsyncIterator

import pytest

from tests.services.accounts.opened import Accounts, opened


@pytest.fixture
async def accounts(sqlite_url: str) -> AsyncIterator[Accounts]:
    """An accounts service on SQLite, not in demo mode."""
    async with opened(sqlite_url) as running:
        yield running
