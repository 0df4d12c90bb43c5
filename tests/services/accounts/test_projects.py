"""Projects: the tenant boundary."""

from uuid import UUID, uuid4

from accounts.projects.actions import create_project
from tests.services.accounts.opened import PASSWORD, PREFIX, Accounts


async def test_a_new_project_is_usable_at_once(accounts: Accounts) -> None:
    browser = await accounts.owner()

    answer = await browser.post(f"{PREFIX}/projects", json={"name": " Магазин "})

    assert answer.status_code == 201
    project = answer.json()
    assert project == {"id": project["id"], "name": "Магазин", "role": "owner"}
    caller = await accounts.service.guard.caller(browser.cookie("access"))
    assert project["id"] in {str(known) for known in caller.roles}
    assert (await browser.get(f"{PREFIX}/projects/{project['id']}")).json() == project
    created = await accounts.announced("accounts.project_created.v1")
    assert created[-1] == {"project_id": project["id"], "name": "Магазин"}


async def test_projects_are_listed_by_name(accounts: Accounts) -> None:
    browser = await accounts.owner()
    for name in ("Б", "А"):
        await browser.make_project(name)

    answer = (await browser.get(f"{PREFIX}/projects")).json()

    assert [project["name"] for project in answer["items"]] == ["А", "Б", "Мой проект"]
    assert answer["next_cursor"] is None


FOREIGN_CALLS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "Чужой"}),
    ("DELETE", "", None),
    ("GET", "/people", None),
    ("POST", "/people", {"email": "x@y.example", "role": "owner"}),
    ("PATCH", "/people/{person}", {"role": "operator"}),
    ("DELETE", "/people/{person}", None),
    ("POST", "/people/{person}/enrolment", None),
]


async def test_a_foreign_project_looks_like_none(accounts: Accounts) -> None:
    anna = await accounts.owner()
    boris = await accounts.owner("boris@bank.example")
    project, person = await anna.make_project(), await anna.own_id()

    for method, path, body in FOREIGN_CALLS:
        for project_id in (project, str(uuid4())):
            there = f"{PREFIX}/projects/{project_id}{path.format(person=person)}"
            answer = await boris.request(method, there, json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found"), (method, path)

    assert (await anna.get(f"{PREFIX}/projects/{project}")).json()["name"] == "Магазин"


async def test_each_new_name_has_a_higher_version(accounts: Accounts) -> None:
    browser = await accounts.owner()
    project = await browser.make_project("Раз")

    for name in ("Два", "Два", "Три"):
        answer = await browser.patch(f"{PREFIX}/projects/{project}", json={"name": name})
        assert answer.json() == {"id": project, "name": name, "role": "owner"}

    renamed = await accounts.announced("accounts.project_renamed.v1")
    assert [(event["name"], event["version"]) for event in renamed] == [("Два", 2), ("Три", 3)]


async def test_deleting_a_project_cuts_everybody_in_it(accounts: Accounts) -> None:
    anna = await accounts.owner()
    project = await anna.make_project()
    boris = await accounts.colleague(anna, project, "boris@shop.example")
    people = {await anna.own_id(), await boris.own_id()}

    answer = await anna.delete(f"{PREFIX}/projects/{project}")

    assert answer.status_code == 204
    assert [event["project_id"] for event in await accounts.announced("accounts.project_deleted.v1")] == [
        project
    ]
    assert {str(cut) for cut in await accounts.cuts()} == people
    assert (await boris.who_am_i()).status_code == 401
    assert (await boris.refresh()).json()["projects"] == []
    await anna.refresh()
    assert (await anna.get(f"{PREFIX}/projects/{project}")).status_code == 404


async def test_roles_decide_what_one_may_do(accounts: Accounts) -> None:
    anna = await accounts.owner()
    project = await anna.make_project()

    for role, renames in (("operator", 403), ("supervisor", 403), ("admin", 200)):
        boris = await accounts.colleague(anna, project, f"{role}@shop.example", role)
        assert (await boris.get(f"{PREFIX}/projects/{project}")).json()["role"] == role
        renamed = await boris.patch(f"{PREFIX}/projects/{project}", json={"name": "Новый"})
        assert renamed.status_code == renames
        assert (await boris.delete(f"{PREFIX}/projects/{project}")).status_code == 403


async def test_a_hundred_projects_fit_into_a_cookie_and_no_more_are_made(accounts: Accounts) -> None:
    browser = accounts.browser()
    body = {"email": "long@shop.example", "name": "Ы" * 80, "password": PASSWORD}
    await browser.post(await accounts.first_link(), json=body)
    owner_id = UUID(await browser.own_id())
    async with accounts.service.database.write() as session:
        for number in range(99):
            await create_project(session, owner_id, name=f"Проект {number}")

    refused = await browser.post(f"{PREFIX}/projects", json={"name": "Лишний"})

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_projects")
    await browser.refresh()
    assert len("__Host-otklik_access=" + browser.cookie("access")) <= 4096
    assert len((await accounts.service.guard.caller(browser.cookie("access"))).roles) == 100


async def test_a_malformed_project_is_refused(accounts: Accounts) -> None:
    browser = await accounts.owner()
    bodies = [{}, {"name": " "}, {"name": "x" * 81}, {"name": "a\u0000b"}, {"name": "a", "id": 1}]

    for body in bodies:
        answer = await browser.post(f"{PREFIX}/projects", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body


async def test_nobody_makes_a_project_without_signing_in(accounts: Accounts) -> None:
    answer = await accounts.browser().post(f"{PREFIX}/projects", json={"name": "Магазин"})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
