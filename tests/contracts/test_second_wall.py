"""Row-level security on PostgreSQL, as an ordinary role that owns its tables, with the first wall removed."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi.dependencies.models import Dependant
from pydantic import SecretStr
from sqlalchemy import MetaData, select, text, update

from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.database.walls import POLICY, UNWALLED, confine, lift_confinement
from shared.http.access import Role, SignedIn, signed_in
from shared.http.transaction import ReadOnly, Transaction, _open_reading, _open_transaction
from shared.messaging.bus import InProcessBus
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.contracts.assembled import build_services
from tests.support.servers import PostgresServer
from tests.support.signing import TestKeys
from widget_config.service import build
from widget_config.settings import WidgetConfigSettings
from widget_config.tables import Widget

OURS, THEIRS = uuid4(), uuid4()
PACKAGES = ["accounts", "dialogs", "integrations", "vk_gateway", "widget_config"]


@pytest.fixture
def owned_database(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh database that an ordinary role owns, as each service has it in production."""
    name = f"walled_{os.getpid()}_{uuid4().hex[:8]}"
    yield postgres_server.create_database(name, owner_role=name)
    postgres_server.drop_database(name)
    postgres_server.execute(f'DROP ROLE "{name}"')


@dataclass
class Shop:
    """The widgets' service with a widget of ours, one of theirs, and endpoints that forgot to ask whose."""

    service: Service
    http: httpx.AsyncClient
    ours: dict[str, str]
    widgets: dict[UUID, UUID]


@pytest.fixture
async def shop(owned_database: str) -> AsyncIterator[Shop]:
    keys, bus = TestKeys(), InProcessBus()
    settings = WidgetConfigSettings(
        database_url=owned_database, service_key=SecretStr("k" * 32), integrations_url="http://127.0.0.1:9"
    )
    service = build(settings, World(), bus, keys=keys.source)
    _forget_the_first_wall(service)
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with running([service], bus), httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        made = {}
        for project in (OURS, THEIRS):
            body = {"project_id": str(project), "name": "Главная"}
            headers = keys.bearer(uuid4(), {project: Role.ADMIN})
            answer = await http.post("/api/v1/widgets", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            made[project] = UUID(answer.json()["id"])
        yield Shop(service, http, keys.bearer(uuid4(), {OURS: Role.ADMIN}), made)


def _forget_the_first_wall(service: Service) -> None:
    @service.api.get("/forgot")
    async def everything(caller: SignedIn, session: ReadOnly) -> list[UUID]:
        return list(await session.scalars(select(Widget.id)))

    @service.api.post("/forgot")
    async def overwrite(caller: SignedIn, session: Transaction) -> list[UUID]:
        return list(await session.scalars(update(Widget).values(name="Чужая").returning(Widget.id)))

    @service.api.put("/forgot")
    async def plant(project_id: UUID, caller: SignedIn, session: Transaction) -> None:
        mine = (await session.scalars(select(Widget))).one()
        copied = ("name", "setup", "published_number", "version", "created_at")
        columns = {name: getattr(mine, name) for name in copied}
        session.add(
            Widget(
                id=uuid4(),
                project_id=project_id,
                public_key=uuid4().hex,
                changed_at=session.now,
                **columns,
            )
        )


async def test_a_query_that_forgot_the_project_finds_only_the_callers(shop: Shop) -> None:
    answer = await shop.http.get("/forgot", headers=shop.ours)

    assert answer.json() == [str(shop.widgets[OURS])]


async def test_a_change_that_forgot_the_project_changes_only_the_callers(shop: Shop) -> None:
    answer = await shop.http.post("/forgot", headers=shop.ours)

    assert answer.json() == [str(shop.widgets[OURS])]
    async with shop.service.database.read() as session:
        theirs = await session.get_one(Widget, shop.widgets[THEIRS])
    assert theirs.name == "Главная"


async def test_nothing_is_planted_in_a_foreign_project(shop: Shop) -> None:
    refused = await shop.http.put(f"/forgot?project_id={THEIRS}", headers=shop.ours)
    allowed = await shop.http.put(f"/forgot?project_id={OURS}", headers=shop.ours)

    assert (refused.status_code, allowed.status_code) == (500, 200)


async def test_the_service_itself_sees_all_and_a_transactions_confinement_ends_with_it(shop: Shop) -> None:
    database = shop.service.database

    async def seen(*projects: UUID, lifted: bool = False) -> set[UUID]:
        async with database.write() as session:
            if projects:
                await confine(session, projects)
            if lifted:
                await lift_confinement(session)
            return set(await session.scalars(select(Widget.project_id)))

    assert await seen() == {OURS, THEIRS}
    assert await seen(OURS) == {OURS}
    assert await seen(uuid4()) == set()
    assert await seen(OURS, lifted=True) == {OURS, THEIRS}
    assert await asyncio.gather(*(seen(OURS) for _ in range(20))) == [{OURS}] * 20
    assert await seen() == {OURS, THEIRS}
    async with database.write() as session:
        await confine(session, [])
        assert list(await session.scalars(select(Widget.id))) == []


async def test_visitors_of_a_site_see_its_widget(shop: Shop) -> None:
    async with shop.service.database.read() as session:
        key = (await session.get_one(Widget, shop.widgets[THEIRS])).public_key

    assert (await shop.http.get(f"/w/{key}.json")).status_code == 200


async def test_whoever_says_nothing_sees_nothing(shop: Shop, owned_database: str) -> None:
    connection = await asyncpg.connect(owned_database.replace("+asyncpg", ""))
    try:
        assert await connection.fetch("SELECT * FROM widget") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO widget (id, project_id, public_key, name, version, created_at, changed_at)"
                " SELECT $1, $2, 'k', 'n', 1, now(), now()",
                uuid4(),
                THEIRS,
            )
    finally:
        await connection.close()


@pytest.mark.parametrize("package", PACKAGES)
async def test_every_table_with_a_project_is_walled(package: str, owned_database: str) -> None:
    metadata: MetaData = import_module(f"{package}.tables").Base.metadata
    expected = {
        table.name
        for table in metadata.tables.values()
        if "project_id" in table.c and table.comment != UNWALLED
    }
    database = Database(owned_database, World())
    try:
        await upgrade(database, package)
        async with database.read() as session:
            walled = text(
                "SELECT relname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid "
                "WHERE polname = :policy AND relrowsecurity AND relforcerowsecurity"
            )
            found = set(await session.scalars(walled, {"policy": POLICY}))
    finally:
        await database.close()

    assert expected
    assert found == expected


def test_no_endpoint_opens_its_transaction_before_it_knows_the_caller(tmp_path: Any) -> None:
    """A transaction that is opened first would not be confined to the caller's projects."""
    services = build_services(tmp_path, "http://x", "http://x", InProcessBus())
    wrong = []
    for service in services:
        for name, dependant in _endpoints(service.api):
            order = list(_calls(dependant))
            opened = [order.index(call) for call in (_open_transaction, _open_reading) if call in order]
            if signed_in in order and opened and min(opened) < order.index(signed_in):
                wrong.append(f"{service.name}: {name}")
    assert wrong == []


def _endpoints(router: Any) -> Iterator[tuple[str, Dependant]]:
    for route in router.routes:
        if hasattr(route, "dependant"):
            yield route.name, route.dependant
        elif hasattr(route, "original_router"):
            yield from _endpoints(route.original_router)


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield from _calls(inner)
        yield inner.call
