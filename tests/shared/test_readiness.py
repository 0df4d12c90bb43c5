"""A service says that it is not ready while its database does not answer."""

from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.messaging.bus import InProcessBus
from shared.runtime.service import DATABASE_SILENCE_SECONDS, running
from shared.runtime.world import SystemClock, World
from tests.support.faultproxy import FaultProxy
from tests.support.waiting import wait_until


class LateClock(SystemClock):
    """The machine's clock, some time later."""

    def __init__(self) -> None:
        self.later = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.later


async def test_readiness_tells_whether_the_database_answers(postgres_database: str) -> None:
    address = urlsplit(postgres_database)
    assert address.port is not None
    clock = LateClock()
    async with FaultProxy(address.port) as proxy:
        url = postgres_database.replace(f":{address.port}/", f":{proxy.port}/")
        settings = DialogsSettings(
            database_url=url, service_key=SecretStr("s" * 32), integrations_url="http://127.0.0.1:9"
        )
        bus = InProcessBus()
        service = build(settings, World(clock), bus)
        transport = httpx.ASGITransport(app=service.app)
        async with (
            running([service], bus),
            httpx.AsyncClient(transport=transport, base_url="http://dialogs") as client,
        ):

            async def parts() -> Any:
                answer = await client.get("/health/ready")
                found = answer.json()["parts"]
                assert answer.status_code == (200 if all(found.values()) else 503)
                return found

            assert (await parts())["database"]
            proxy.cut()
            assert (await parts())["database"], "a short silence is nobody's business"
            clock.later += DATABASE_SILENCE_SECONDS + 1
            assert await parts() == {"started": True, "bus": True, "database": False}
            await proxy.accept()

            async def answers() -> bool:
                return bool((await parts())["database"])

            await wait_until(answers, describe="the database answers again")
