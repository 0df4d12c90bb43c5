"""The widgets' service, running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.widget_config.opened import Widgets, open_widgets
from tests.services.widget_config.site import Site, open_site


@pytest.fixture
async def widgets(sqlite_url: str) -> AsyncIterator[Widgets]:
    async with open_widgets(sqlite_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite_url", "postgres_database"])
async def each_widgets(request: pytest.FixtureRequest) -> AsyncIterator[Widgets]:
    async with open_widgets(request.getfixturevalue(request.param)) as opened:
        yield opened


@pytest.fixture
async def site(widgets: Widgets, chromium_path: Path) -> AsyncIterator[Site]:
    async with open_site(widgets, chromium_path) as opened:
        yield opened
