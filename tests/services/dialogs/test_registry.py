"""What dialogs knows of projects and communities, also when events were lost or came late."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from starlette.types import Receive, Scope, Send

from dialogs.tables import HeldEvent, Integration
from shared.events.accounts import ProjectCreated, ProjectRenamed
from shared.http.access import Guard
from shared.runtime.service import http_server
from shared.runtime.world import World
from tests.services.dialogs.cabinet import KEYS, Cabinet, open_cabinet
from tests.support.waiting import free_port, wait_until


class Registry:
    """Stands in for the registry of integrations: two pages for whoever has a service token for it."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.troubles = 2
        self.answered = False
        self._guard = Guard("integrations", KEYS.source, "s" * 32, World())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = dict(scope["headers"])[b"authorization"].decode().removeprefix("Bearer ")
        assert self._guard.calling_service(token) == "dialogs"
        assert scope["path"] == "/api/v1/integrations/registry"
        if self.troubles > 0:
            self.troubles -= 1
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        second = b"cursor=second" in scope["query_string"]
        page = {
            "items": self.rows[1:] if second else self.rows[:1],
            "next_cursor": None if second else "second",
        }
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(page).encode()})
        self.answered = second


@asynccontextmanager
async def serving(registry: Registry) -> AsyncIterator[str]:
    port = free_port()
    server = http_server(registry, host="127.0.0.1", port=port)
    task = asyncio.create_task(server._serve())
    await wait_until(lambda: server.started, describe="the registry")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def _integration(cabinet: Cabinet) -> Integration | None:
    async with cabinet.service.database.read() as session:
        return await session.get(Integration, cabinet.integration)


async def test_a_lost_event_is_healed_from_the_registry(ready_url: str) -> None:
    registry = Registry([])
    async with (
        serving(registry) as address,
        open_cabinet(ready_url, integrations_url=address, reconcile_seconds=0.2) as cabinet,
    ):
        await cabinet.hear(cabinet.wrote(1, "до подключения"))
        row = cabinet.registry(epoch=1, version=4) | {
            "name": "Кофейня",
            "screen_name": "coffee",
            "avatar_url": None,
            "connection_id": uuid4(),
            "state": "active",
            "deleted": False,
        }
        other = row | {"integration_id": uuid4()}
        registry.rows = [
            {
                key: str(value) if "_id" in key and key != "community_id" else value
                for key, value in one.items()
            }
            for one in (other, row)
        ]

        async def healed() -> bool:
            return bool(await cabinet.tab("new"))

        await wait_until(healed, describe="the projection is healed and the held message is there")
        dialog = await cabinet.only_dialog()
        registry.rows = [one | {"version": 5, "deleted": True} for one in registry.rows]

        async def read_only() -> bool:
            shown = await cabinet.call("GET", f"/{dialog['id']}")
            return not shown["can_reply"]["allowed"]

        await wait_until(read_only, describe="the deletion is healed")

    assert dialog["community_name"] == "Кофейня"


async def test_a_registry_in_trouble_is_asked_again_soon(ready_url: str) -> None:
    registry = Registry([])
    async with (
        serving(registry) as address,
        open_cabinet(ready_url, integrations_url=address, reconcile_seconds=3600),
    ):
        await wait_until(lambda: registry.answered, describe="the registry is read to its end")


async def test_the_highest_version_is_the_newest_whatever_comes_last(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.state("unavailable", version=5), cabinet.state("active", version=3))
    await cabinet.hear(
        ProjectRenamed(project_id=cabinet.project, name="Новое", version=2),
        ProjectRenamed(project_id=cabinet.project, name="Старое", version=1),
        ProjectCreated(project_id=cabinet.project, name="Магазин"),
    )

    integration = await _integration(cabinet)
    assert integration is not None
    assert (integration.state, integration.name) == ("unavailable", "Кофейня")
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.call("GET", f"/{(await cabinet.only_dialog())['id']}")
    assert dialog["project"]["name"] == "Новое"


async def test_names_come_even_after_a_newer_state(ready_url: str) -> None:
    async with open_cabinet(ready_url) as cabinet:
        await cabinet.hear(cabinet.state("active", version=2), cabinet.wrote(1))
        await cabinet.hear(cabinet.created(version=1))

        integration = await _integration(cabinet)
        assert integration is not None
        assert (integration.state, integration.name, integration.version) == ("active", "Кофейня", 2)
        assert (await cabinet.only_dialog())["community_name"] == "Кофейня"


async def test_very_many_held_events_are_all_applied(ready_url: str) -> None:
    async with open_cabinet(ready_url) as cabinet:
        await cabinet.hear(*(cabinet.wrote(number) for number in range(1, 601)))
        await cabinet.connect()

        async def empty() -> bool:
            async with cabinet.service.database.read() as session:
                return (await session.execute(select(func.count()).select_from(HeldEvent))).scalar_one() == 0

        await wait_until(empty, describe="nothing is held any more")
        dialog = await cabinet.only_dialog()
        assert (await cabinet.call("GET", f"/{dialog['id']}"))["message_count"] == 600
