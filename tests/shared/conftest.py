"""Fixtures for what every service stands on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.messaging.bus import Bus, InProcessBus
from shared.messaging.rabbit import RabbitBus
from shared.runtime.world import World
from tests.shared.mail import Post, opened_post


@pytest.fixture(params=["sqlite-inprocess", "postgresql-rabbitmq"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    world = World()
    if request.param == "sqlite-inprocess":
        urls = [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("speaker", "reader")]
        bus: Bus = InProcessBus()
    else:
        url = request.getfixturevalue("postgres_database")
        urls = [url, url]
        bus = RabbitBus(request.getfixturevalue("rabbit_vhost"), world)
    async with opened_post(urls, bus, world) as made:
        yield made
