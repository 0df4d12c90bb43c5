"""One-time links: the first administrator's, and those of invited people."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from accounts.enrolments.actions import withdraw_first_administrator
from accounts.enrolments.first_administrator import print_new_link
from accounts.service import build
from shared.messaging.bus import InProcessBus
from shared.runtime.world import World
from tests.services.accounts.opened import PASSWORD, PREFIX, Accounts, opened, settings_for

LINK = re.compile(rf"http://127\.0\.0\.1:8080({PREFIX}/enrolments/[\w-]{{43}})")
ANNA = {"email": "anna@shop.example", "name": "Анна", "password": PASSWORD}


async def test_an_empty_house_prints_a_link_once_and_it_makes_the_first_owner(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(sqlite_url) as accounts:
        (link,) = LINK.findall(capsys.readouterr().out)
        shown = (await accounts.browser().get(link)).json()
        assert (shown["first_administrator"], shown["email"], shown["project"]) == (True, None, None)

        browser = accounts.browser()
        answer = await browser.post(link, json=ANNA)

        assert answer.status_code == 201
        assert [project["role"] for project in answer.json()["projects"]] == ["owner"]
        assert (await browser.who_am_i()).json() == answer.json()
        assert (await accounts.browser().sign_in("anna@shop.example")).status_code == 200
    async with opened(sqlite_url):
        assert LINK.findall(capsys.readouterr().out) == []


async def test_a_restart_prints_no_second_link_while_the_first_one_works(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(sqlite_url) as accounts:
        clock = accounts.clock
    async with opened(sqlite_url, clock=clock):
        assert len(LINK.findall(capsys.readouterr().out)) == 1
    clock.forward(hours=24, seconds=1)
    async with opened(sqlite_url, clock=clock) as accounts:
        (link,) = LINK.findall(capsys.readouterr().out)
        assert (await accounts.browser().get(link)).status_code == 200


async def test_the_command_prints_a_new_link_and_ends_the_one_before(
    accounts: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await accounts.first_link()
    capsys.readouterr()

    await print_new_link(accounts.service)

    (link,) = LINK.findall(capsys.readouterr().out)
    assert (await accounts.browser().get(before)).status_code == 404
    assert (await accounts.browser().get(link)).status_code == 200


async def test_a_link_works_once(accounts: Accounts) -> None:
    link = await accounts.first_link()
    assert (await accounts.browser().post(link, json=ANNA)).status_code == 201

    answers = [
        await accounts.browser().get(link),
        await accounts.browser().post(link, json={**ANNA, "email": "eve@shop.example"}),
    ]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (404, "enrolment_invalid")


async def test_a_link_ends_after_a_day(accounts: Accounts) -> None:
    link = await accounts.first_link()

    accounts.clock.forward(hours=24, seconds=1)

    assert (await accounts.browser().post(link, json=ANNA)).json()["code"] == "enrolment_invalid"


@pytest.fixture(params=["sqlite", "postgresql"])
async def shared_accounts(request: pytest.FixtureRequest) -> AsyncIterator[Accounts]:
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_database"
    async with opened(request.getfixturevalue(fixture)) as running:
        yield running


async def test_of_two_people_at_once_one_gets_in(shared_accounts: Accounts) -> None:
    link = await shared_accounts.first_link()
    people = [{**ANNA, "email": f"person{number}@shop.example"} for number in range(4)]

    answers = await asyncio.gather(*(shared_accounts.browser().post(link, json=person) for person in people))

    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]
    assert len(await shared_accounts.announced("accounts.project_created.v1")) == 1


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_of_two_processes_that_start_at_once_one_prints_a_link(
    database: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(request.getfixturevalue(database))
    services = [build(settings, World(), InProcessBus()) for _ in range(2)]

    await services[0].prepare(migrate=True)
    capsys.readouterr()
    async with services[0].database.write() as session:
        await withdraw_first_administrator(session)
    await asyncio.gather(*(service.prepare(migrate=False) for service in services))

    assert len(LINK.findall(capsys.readouterr().out)) == 1
    for service in services:
        await service.stop()


async def test_an_invited_person_chooses_name_and_password_only(accounts: Accounts) -> None:
    anna = await accounts.owner()
    project = await anna.make_project()
    link = (await anna.add(project, "boris@shop.example")).json()["enrolment"]["url"]
    shown = (await accounts.browser().get(link)).json()
    assert (shown["email"], shown["project"]) == ("boris@shop.example", "Магазин")
    body = {"name": "Борис", "password": PASSWORD}

    other = await accounts.browser().post(link, json={**body, "email": "eve@shop.example"})
    answer = await accounts.browser().post(link, json=body)

    assert (other.status_code, other.json()["code"]) == (422, "email_not_invited")
    assert answer.json()["operator"]["name"] == "Борис"
    assert answer.json()["projects"] == [{"id": project, "name": "Магазин", "role": "operator"}]


async def test_a_person_invited_twice_enrols_once(accounts: Accounts) -> None:
    anna, vera = await accounts.owner(), await accounts.owner("vera@bank.example")
    one, two = await anna.make_project("Раз"), await vera.make_project("Два")
    links = [
        (await owner.add(project, "boris@shop.example")).json()["enrolment"]["url"]
        for owner, project in ((anna, one), (vera, two))
    ]

    answer = await accounts.browser().post(links[0], json={"name": "Борис", "password": PASSWORD})
    other = await accounts.browser().post(links[1], json={"name": "Ева", "password": PASSWORD})

    assert {project["id"] for project in answer.json()["projects"]} == {one, two}
    assert other.json()["code"] == "enrolment_invalid"


async def test_inviting_again_ends_the_earlier_link(accounts: Accounts) -> None:
    anna = await accounts.owner()
    project = await anna.make_project()
    person = (await anna.add(project, "boris@shop.example")).json()
    again = f"{PREFIX}/projects/{project}/people/{person['id']}/enrolment"

    link = (await anna.post(again)).json()["url"]

    assert (await accounts.browser().get(person["enrolment"]["url"])).status_code == 404
    assert (
        await accounts.browser().post(link, json={"name": "Борис", "password": PASSWORD})
    ).status_code == 201
    refused = await anna.post(again)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_enrolled")


async def test_the_link_of_a_removed_person_is_dead(accounts: Accounts) -> None:
    anna = await accounts.owner()
    project = await anna.make_project()
    person = (await anna.add(project, "boris@shop.example")).json()

    await anna.delete(f"{PREFIX}/projects/{project}/people/{person['id']}")

    assert (await accounts.browser().get(person["enrolment"]["url"])).status_code == 404


async def test_a_refused_enrolment_leaves_the_link_working(accounts: Accounts) -> None:
    await accounts.owner("taken@shop.example")
    link = await accounts.first_link()
    refusals: list[tuple[dict[str, object], int, str]] = [
        ({"password": "password1234"}, 422, "weak_password"),
        ({"email": None}, 422, "email_required"),
        ({"email": "taken@shop.example"}, 409, "email_taken"),
        ({"role": "owner"}, 422, "invalid_request"),
        ({"name": "a\u0007"}, 422, "invalid_request"),
    ]

    for change, status, code in refusals:
        refused = await accounts.browser().post(link, json={**ANNA, **change})
        assert (refused.status_code, refused.json()["code"]) == (status, code)

    assert (await accounts.browser().post(link, json=ANNA)).status_code == 201


async def test_a_page_of_somebody_elses_can_enrol_nobody(accounts: Accounts) -> None:
    link = await accounts.first_link()

    answer = await accounts.browser().post(link, json=ANNA, headers={"Origin": "https://evil.example"})

    assert answer.json()["code"] == "foreign_origin"


async def test_nobody_signs_in_before_they_have_enrolled(accounts: Accounts) -> None:
    anna = await accounts.owner()
    await anna.add(await anna.make_project(), "boris@shop.example")

    assert (await accounts.browser().sign_in("boris@shop.example")).json()["code"] == "invalid_credentials"
