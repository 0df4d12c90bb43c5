"""The demo account: there in demo mode, nobody otherwise."""

import asyncio

import pytest

from accounts.demo import DEMO_EMAIL, DEMO_PASSWORD, seed_demo
from accounts.service import build
from shared.messaging.bus import InProcessBus
from shared.runtime.world import World
from tests.services.accounts.opened import PREFIX, opened, settings_for


async def test_in_demo_mode_the_demo_account_owns_one_project(sqlite_url: str) -> None:
    async with opened(sqlite_url, demo=True) as accounts:
        answer = await accounts.browser().sign_in("demo@otklik.local", "otklik-demo")
        async with accounts.service.database.write() as session:
            seed = await seed_demo(session)

        identity = answer.json()
        assert identity["operator"]["id"] == str(seed.operator_id)
        assert [(p["id"], p["role"]) for p in identity["projects"]] == [(str(seed.project_id), "owner")]
        created = await accounts.announced("accounts.project_created.v1")
        assert [event["project_id"] for event in created] == [str(seed.project_id)]


async def test_in_demo_mode_pages_may_come_from_any_name_of_this_machine(sqlite_url: str) -> None:
    async with opened(sqlite_url, demo=True) as accounts:
        browser = accounts.browser()
        browser.headers["Origin"] = "http://localhost:8080"

        assert (await browser.sign_in(DEMO_EMAIL, DEMO_PASSWORD)).status_code == 200
        assert (await browser.refresh()).status_code == 200


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_processes_that_start_at_once_make_one_of_each(
    database: str, request: pytest.FixtureRequest
) -> None:
    settings = settings_for(request.getfixturevalue(database), demo=True)
    services = [build(settings, World(), InProcessBus()) for _ in range(2)]

    await asyncio.gather(*(service.prepare(migrate=True) for service in services))

    seeds = set()
    for service in services:
        async with service.database.write() as session:
            seeds.add(await seed_demo(session))
        await service.stop()
    assert len(seeds) == 1


async def test_outside_the_demo_the_demo_account_cannot_sign_in(sqlite_url: str) -> None:
    async with opened(sqlite_url, demo=True) as accounts:
        browser = accounts.browser()
        await browser.sign_in(DEMO_EMAIL, DEMO_PASSWORD)
        clock, session = accounts.clock, browser.cookie("session")
    async with opened(sqlite_url, clock=clock) as accounts:
        refused = await accounts.browser().sign_in(DEMO_EMAIL, DEMO_PASSWORD)
        browser = accounts.browser()
        browser.cookies.set("otklik_session", session)

        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")
        assert (await browser.post(f"{PREFIX}/session/refresh")).status_code == 401
