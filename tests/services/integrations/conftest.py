"""The registry, running."""

from collections.abc import AsyncIterator

import pytest

from tests.services.integrations.opened import Registry, open_registry


@pytest.fixture
async def registry(sqlite_url: str) -> AsyncIterator[Registry]:
    async with open_registry(sqlite_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite_url", "postgres_database"])
async def each_registry(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    async with open_registry(request.getfixturevalue(request.param)) as opened:
        yield opened
