"""API keys: made, exchanged, revoked."""

from uuid import UUID

import httpx

from shared.http.access import EXCHANGED_SECONDS, Role
from tests.services.accounts.opened import PREFIX, Accounts, Browser

EXCHANGE = f"{PREFIX}/api-keys/token"


async def project_of(browser: Browser) -> str:
    return str((await browser.get(f"{PREFIX}/projects")).json()["items"][0]["id"])


async def make(
    browser: Browser, project_id: str, role: str = "operator", name: str = "Склад"
) -> httpx.Response:
    body = {"name": name, "role": role}
    return await browser.post(f"{PREFIX}/projects/{project_id}/api-keys", json=body)


def program(accounts: Accounts, key: str) -> httpx.AsyncClient:
    """A program: no cookies, no Origin, only its key."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=accounts.service.app),
        base_url=accounts.settings.public_url,
        headers={"Authorization": f"Bearer {key}"},
    )


async def test_a_key_opens_what_its_role_may(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    made = (await make(owner, project, "admin")).json()

    async with program(accounts, made["key"]) as client:
        renamed = await client.patch(f"{PREFIX}/projects/{project}", json={"name": "Лавка"})
        listed = await client.get(f"{PREFIX}/projects")

    assert renamed.status_code == 200, renamed.text
    assert listed.json()["items"] == [{"id": project, "name": "Лавка", "role": "admin"}]


async def test_a_key_is_shown_once_and_stored_as_a_hash(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    made = (await make(owner, project)).json()

    assert made["key"].startswith(f"{made['prefix']}.")
    assert made["prefix"].startswith("otk_")
    listed = await owner.get(f"{PREFIX}/projects/{project}/api-keys")
    assert made["key"] not in listed.text
    assert [item["id"] for item in listed.json()["items"]] == [made["id"]]
    async with accounts.service.database.read() as session:
        dump = str((await (await session.connection()).exec_driver_sql("SELECT * FROM api_key")).all())
    assert made["key"] not in dump
    assert made["key"].partition(".")[2] not in dump


async def test_an_exchange_tells_who_the_key_is(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    made = (await make(owner, project, "supervisor")).json()

    async with program(accounts, made["key"]) as client:
        answer = await client.post(EXCHANGE)
    caller = await accounts.service.guard.caller(answer.json()["access_token"])

    assert str(caller.operator_id) == made["id"]
    assert caller.name == "API: Склад"
    assert caller.roles == {UUID(project): Role.SUPERVISOR}
    keys = (await owner.get(f"{PREFIX}/projects/{project}/api-keys")).json()["items"]
    assert keys[0]["last_used_at"] is not None


async def test_what_is_no_key_opens_nothing(accounts: Accounts) -> None:
    owner = await accounts.owner()
    made = (await make(owner, await project_of(owner))).json()
    wrong = [
        "otk_",
        made["prefix"],
        f"{made['prefix']}.",
        f"{made['prefix']}.{'a' * 43}",
        f"{made['key']}x",
        f"otk_nobody.{made['key'].partition('.')[2]}",
        "otk_" + "a" * 4_000,
    ]
    for key in wrong:
        async with program(accounts, key) as client:
            for answer in (await client.post(EXCHANGE), await client.get(f"{PREFIX}/projects")):
                assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), key


async def test_a_revoked_key_and_its_tokens_open_nothing_at_once(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    made = (await make(owner, project)).json()
    async with program(accounts, made["key"]) as client:
        token = (await client.post(EXCHANGE)).json()["access_token"]
        assert (await client.get(f"{PREFIX}/projects/{project}")).status_code == 200

        gone = await owner.delete(f"{PREFIX}/projects/{project}/api-keys/{made['id']}")

        assert gone.status_code == 204, gone.text
        assert (await client.get(f"{PREFIX}/projects/{project}")).status_code == 401
        assert (await client.post(EXCHANGE)).status_code == 401
    async with program(accounts, token) as client:
        assert (await client.get(f"{PREFIX}/projects/{project}")).status_code == 401
    # The other services hear of it as of every cut.
    assert UUID(made["id"]) in await accounts.cuts()


async def test_a_key_is_asked_for_again_every_minute(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    made = (await make(owner, project)).json()

    async def last_used() -> str:
        listed = await owner.get(f"{PREFIX}/projects/{project}/api-keys")
        return str(listed.json()["items"][0]["last_used_at"])

    async with program(accounts, made["key"]) as client:
        await client.get(f"{PREFIX}/projects")
        first = await last_used()
        accounts.clock.forward(seconds=EXCHANGED_SECONDS - 1)
        await client.get(f"{PREFIX}/projects")
        assert await last_used() == first
        accounts.clock.forward(seconds=1)
        await client.get(f"{PREFIX}/projects")
        assert await last_used() > first


async def test_nobody_makes_a_key_that_may_more_than_they(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    admin = await accounts.colleague(owner, project, "admin@shop.example", "admin")
    supervisor = await accounts.colleague(owner, project, "super@shop.example", "supervisor")

    assert (await make(admin, project, "owner")).status_code == 403
    assert (await make(admin, project, "admin")).status_code == 201
    assert (await make(supervisor, project, "operator")).status_code == 403
    owners = (await make(owner, project, "owner")).json()
    refused = await admin.delete(f"{PREFIX}/projects/{project}/api-keys/{owners['id']}")
    assert refused.status_code == 403


async def test_programs_manage_no_people_no_keys_and_no_projects(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    made = (await make(owner, project, "owner")).json()
    of_project = f"{PREFIX}/projects/{project}"

    async with program(accounts, made["key"]) as client:
        refused = [
            await client.post(f"{of_project}/people", json={"email": "a@b.example", "role": "operator"}),
            await client.post(f"{of_project}/api-keys", json={"name": "Ещё", "role": "operator"}),
            await client.delete(f"{of_project}/api-keys/{made['id']}"),
            await client.delete(of_project),
            await client.post(f"{PREFIX}/projects", json={"name": "Ещё"}),
        ]
        people = await client.get(f"{of_project}/people")

    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert people.status_code == 200


async def test_a_deleted_project_takes_its_keys_along(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    made = (await make(owner, project)).json()

    assert (await owner.delete(f"{PREFIX}/projects/{project}")).status_code == 204

    async with program(accounts, made["key"]) as client:
        assert (await client.post(EXCHANGE)).status_code == 401
    assert UUID(made["id"]) in await accounts.cuts()


async def test_making_and_revoking_leave_audit_lines(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    accounts.clock.forward(seconds=1)
    made = (await make(owner, project)).json()
    accounts.clock.forward(seconds=1)
    await owner.delete(f"{PREFIX}/projects/{project}/api-keys/{made['id']}")

    lines = (await owner.get(f"{PREFIX}/projects/{project}/audit?limit=2")).json()["items"]

    assert [line["action"] for line in lines] == ["api_key_revoked", "api_key_made"]
    assert {line["subject_id"] for line in lines} == {made["id"]}
    assert all(line["details"] == {"name": "Склад", "role": "operator"} for line in lines)
    assert all(line["actor"]["name"] == "Анна" for line in lines)
