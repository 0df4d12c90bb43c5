"""The people of a project and their roles."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import select

from accounts.audit.kinds import AuditKind
from accounts.tables import AuditEntry
from shared.http.access import Role
from tests.services.accounts.opened import PREFIX, Accounts, Browser, opened


@pytest.fixture
async def anna(accounts: Accounts) -> Browser:
    return await accounts.owner()


@pytest.fixture
async def project(anna: Browser) -> str:
    return await anna.make_project()


def people_of(project: str, person: str = "") -> str:
    return f"{PREFIX}/projects/{project}/people" + (f"/{person}" if person else "")


async def test_a_person_without_an_account_gets_a_link(
    accounts: Accounts, anna: Browser, project: str
) -> None:
    accounts.clock.forward(seconds=1)

    answer = await anna.add(project, " Boris@Shop.example", "supervisor")

    assert answer.status_code == 201
    person = answer.json()
    assert (person["email"], person["role"], person["enrolled"]) == (
        "boris@shop.example",
        "supervisor",
        False,
    )
    assert person["enrolment"]["url"].startswith(f"{accounts.settings.public_url}{PREFIX}/enrolments/")
    listed = (await anna.get(people_of(project))).json()["items"]
    assert [(one["email"], one["role"], one["enrolled"]) for one in listed] == [
        ("anna@shop.example", "owner", True),
        ("boris@shop.example", "supervisor", False),
    ]
    assert all("enrolment" not in one for one in listed)


async def test_a_person_with_an_account_is_in_at_once(
    accounts: Accounts, anna: Browser, project: str
) -> None:
    boris = await accounts.owner("boris@bank.example")
    boris_id = await boris.own_id()

    answer = await anna.add(project, "boris@bank.example", "admin")

    assert (answer.status_code, answer.json()["enrolment"]) == (201, None)
    assert [str(cut) for cut in await accounts.cuts()] == [boris_id]
    identity = (await boris.refresh()).json()
    assert {"id": project, "name": "Магазин", "role": "admin"} in identity["projects"]


async def test_nobody_is_added_twice(accounts: Accounts, anna: Browser, project: str) -> None:
    answers = await asyncio.gather(*(anna.add(project, "boris@shop.example") for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"person_already_added"}


async def test_a_new_role_counts_at_once(accounts: Accounts, anna: Browser, project: str) -> None:
    boris = await accounts.colleague(anna, project, "boris@shop.example", "admin")
    boris_id, token = await boris.own_id(), boris.cookie("access")

    answer = await anna.patch(people_of(project, boris_id), json={"role": "operator"})

    assert (answer.status_code, answer.json()["role"]) == (200, "operator")
    assert [str(cut) for cut in await accounts.cuts()] == [boris_id]
    stale = {"Authorization": f"Bearer {token}"}
    assert (await accounts.browser().get(f"{PREFIX}/session", headers=stale)).status_code == 401
    await boris.refresh()
    caller = await accounts.service.guard.caller(boris.cookie("access"))
    assert {str(known): role for known, role in caller.roles.items()} == {project: Role.OPERATOR}


async def test_the_same_role_again_cuts_nobody(accounts: Accounts, anna: Browser, project: str) -> None:
    boris = await accounts.colleague(anna, project, "boris@shop.example")

    answer = await anna.patch(people_of(project, await boris.own_id()), json={"role": "operator"})

    assert answer.status_code == 200
    assert await accounts.cuts() == []


async def test_a_removed_person_is_out_at_once(accounts: Accounts, anna: Browser, project: str) -> None:
    boris = await accounts.colleague(anna, project, "boris@shop.example", "admin")
    boris_id = await boris.own_id()

    assert (await anna.delete(people_of(project, boris_id))).status_code == 204

    assert (await boris.who_am_i()).status_code == 401
    assert (await boris.refresh()).json()["projects"] == []
    assert (await boris.get(people_of(project))).status_code == 404
    again = await anna.delete(people_of(project, boris_id))
    assert (again.status_code, again.json()["code"]) == (404, "person_not_found")


async def test_everybody_may_leave(accounts: Accounts, anna: Browser, project: str) -> None:
    boris = await accounts.colleague(anna, project, "boris@shop.example", "operator")

    assert (await boris.delete(people_of(project, await boris.own_id()))).status_code == 204


async def test_the_last_owner_stays(accounts: Accounts, anna: Browser, project: str) -> None:
    await anna.add(project, "invited@shop.example", "owner")  # has no password yet, so cannot stand in
    anna_id = await anna.own_id()

    removed = await anna.delete(people_of(project, anna_id))
    demoted = await anna.patch(people_of(project, anna_id), json={"role": "admin"})

    for answer in (removed, demoted):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")


GRANTS = [
    ("operator", "operator", 403),
    ("supervisor", "operator", 403),
    ("admin", "operator", 201),
    ("admin", "admin", 201),
    ("admin", "owner", 403),
    ("owner", "owner", 201),
]


async def test_nobody_gives_more_than_they_have(accounts: Accounts, anna: Browser, project: str) -> None:
    roles = ("operator", "supervisor", "admin", "owner")
    people = {role: await accounts.colleague(anna, project, f"{role}@shop.example", role) for role in roles}

    for number, (own, granted, status) in enumerate(GRANTS):
        answer = await people[own].add(project, f"new{number}@shop.example", granted)
        assert answer.status_code == status, (own, granted)


async def test_an_admin_does_not_touch_owners(accounts: Accounts, anna: Browser, project: str) -> None:
    boris = await accounts.colleague(anna, project, "boris@shop.example", "admin")
    anna_id, boris_id = await anna.own_id(), await boris.own_id()

    assert (await boris.delete(people_of(project, anna_id))).status_code == 403
    assert (await boris.patch(people_of(project, anna_id), json={"role": "operator"})).status_code == 403
    assert (await boris.patch(people_of(project, boris_id), json={"role": "owner"})).status_code == 403


async def test_people_of_another_project_are_not_found(
    accounts: Accounts, anna: Browser, project: str
) -> None:
    boris = await accounts.owner("boris@bank.example")

    for person in (str(uuid4()), await boris.own_id()):
        answers = [
            await anna.patch(people_of(project, person), json={"role": "admin"}),
            await anna.delete(people_of(project, person)),
            await anna.post(people_of(project, person) + "/enrolment"),
        ]
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (404, "person_not_found")


async def test_pages_neither_repeat_nor_skip(anna: Browser, project: str) -> None:
    for number in range(5):
        await anna.add(project, f"p{number}@shop.example")
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await anna.get(people_of(project), params=params)).json()
        seen += [person["email"] for person in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert sorted(seen) == sorted({"anna@shop.example", *(f"p{n}@shop.example" for n in range(5))})
    forged = await anna.get(people_of(project), params={"cursor": "forged"})
    assert (forged.status_code, forged.json()["code"]) == (422, "invalid_cursor")


async def test_what_happened_is_in_the_audit_log(accounts: Accounts, anna: Browser, project: str) -> None:
    boris = await accounts.colleague(anna, project, "boris@shop.example", "admin")
    boris_id = await boris.own_id()
    await anna.patch(people_of(project, boris_id), json={"role": "operator"})
    await anna.delete(people_of(project, boris_id))
    await accounts.browser().sign_in("anna@shop.example", "a wrong guess")
    await anna.delete(f"{PREFIX}/projects/{project}")

    async with accounts.service.database.read() as session:
        entries = (
            (await session.execute(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id))).scalars().all()
        )

    kinds = [entry.kind for entry in entries]
    for kind in (
        AuditKind.PROJECT_CREATED,
        AuditKind.PERSON_ADDED,
        AuditKind.ENROLLED,
        AuditKind.ROLE_CHANGED,
        AuditKind.PERSON_REMOVED,
        AuditKind.SIGN_IN_FAILED,
        AuditKind.PROJECT_DELETED,
    ):
        assert kind in kinds
    changed = next(entry for entry in entries if entry.kind == AuditKind.ROLE_CHANGED)
    assert str(changed.subject_id) == boris_id
    assert changed.details == {"former_role": "admin", "role": "operator"}
    failed = next(entry for entry in entries if entry.kind == AuditKind.SIGN_IN_FAILED)
    assert (failed.address, failed.details) == ("10.1.1.1", {})


@pytest.fixture(params=["sqlite", "postgresql"])
async def shared_accounts(request: pytest.FixtureRequest) -> AsyncIterator[Accounts]:
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_database"
    async with opened(request.getfixturevalue(fixture)) as running:
        yield running


async def test_two_owners_cannot_remove_each_other_at_once(shared_accounts: Accounts) -> None:
    anna = await shared_accounts.owner()
    for number in range(2):
        project = await anna.make_project(f"Проект {number}")
        boris = await shared_accounts.colleague(anna, project, f"boris{number}@shop.example", "owner")
        anna_id, boris_id = await anna.own_id(), await boris.own_id()

        answers = await asyncio.gather(
            anna.delete(people_of(project, boris_id)), boris.delete(people_of(project, anna_id))
        )

        winner, loser = sorted(answer.status_code for answer in answers)
        assert winner == 204
        assert loser in {401, 404}
        await anna.refresh()


async def test_a_refresh_during_a_change_of_role_never_keeps_the_old_role(shared_accounts: Accounts) -> None:
    anna = await shared_accounts.owner()
    project = await anna.make_project()
    boris = await shared_accounts.colleague(anna, project, "boris@shop.example", "admin")
    boris_id = await boris.own_id()
    roles = ["operator", "admin"] * 2

    for role in roles:
        change = anna.patch(people_of(project, boris_id), json={"role": role})
        answers = await asyncio.gather(boris.refresh(), change, boris.refresh(), boris.refresh())
        assert [answer.status_code for answer in answers] == [200] * 4
        for answer in (answers[0], *answers[2:]):
            token = answer.cookies["otklik_access"]
            bearer = {"Authorization": f"Bearer {token}"}
            alive = await shared_accounts.browser().get(f"{PREFIX}/session", headers=bearer)
            if alive.status_code == 200:
                caller = await shared_accounts.service.guard.caller(token)
                assert [str(known) for known in caller.roles.values()] == [role]


async def test_who_works_in_a_project_and_as_what_is_told(
    accounts: Accounts, anna: Browser, project: str
) -> None:
    person = (await anna.add(project, "boris@shop.example", "operator")).json()["id"]
    assert (await anna.patch(people_of(project, person), json={"role": "supervisor"})).status_code == 200
    assert (await anna.patch(people_of(project, person), json={"role": "supervisor"})).status_code == 200
    accounts.clock.forward(seconds=1)
    assert (await anna.delete(people_of(project, person))).status_code == 204

    joined = await accounts.announced("accounts.person_joined.v1")
    assert [(one["operator_id"], one["role"]) for one in joined if one["project_id"] == project] == [
        (await anna.own_id(), "owner"),
        (person, "operator"),
        (person, "supervisor"),
    ]
    (left,) = await accounts.announced("accounts.person_left.v1")
    assert (left["operator_id"], left["project_id"]) == (person, project)
    assert left["left_at"] > joined[-1]["joined_at"]
