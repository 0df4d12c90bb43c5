"""Who may do what: signing in and the ways it fails."""

from tests.support.suite import Suite
from tests.support.suite.people import DEMO_EMAIL, DEMO_PASSWORD

SESSION = "/api/v1/accounts/session"


async def test_a_wrong_password_and_an_unknown_person_look_the_same(suite: Suite) -> None:
    visitor = suite.visitor()

    wrong = await visitor.http.post(SESSION, json={"email": DEMO_EMAIL, "password": "not this one"})
    unknown = await visitor.http.post(SESSION, json={"email": "no@otklik.local", "password": "not this one"})

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json()["code"] == unknown.json()["code"]
    assert wrong.headers["content-type"] == "application/problem+json"
    assert "set-cookie" not in wrong.headers


async def test_nobody_sees_anything_without_signing_in(suite: Suite) -> None:
    project = await suite.new_project()
    stranger = suite.outsider()

    for path in (
        f"/api/v1/dialogs?project_id={project.id}",
        f"/api/v1/dialogs/changes?project_id={project.id}",
        f"/api/v1/integrations?project_id={project.id}",
        f"/api/v1/widgets?project_id={project.id}",
    ):
        answer = await stranger.get(path)
        assert (path, answer.status_code) == (path, 401)
    answer = await stranger.post("/api/v1/vk/connections", json={"project_id": project.id, "method": "oauth"})
    assert answer.status_code == 401


async def test_a_changing_call_from_a_foreign_page_is_refused(suite: Suite) -> None:
    operator = await suite.operator()
    document = {"name": "Чужой"}

    foreign = await operator.http.post(
        "/api/v1/accounts/projects", json=document, headers={"Origin": "https://foreign.example"}
    )
    bare = await operator.http.post(
        "/api/v1/accounts/projects", json=document, headers={"X-Otklik-Request": "0"}
    )

    assert (foreign.status_code, bare.status_code) == (403, 403)
    assert foreign.json()["code"] == "foreign_origin"


async def test_a_project_one_has_no_role_in_looks_like_none(suite: Suite) -> None:
    operator = await suite.operator()
    unknown = "01938f00-0000-7000-8000-000000000000"

    answer = await operator.request("GET", "/api/v1/dialogs", project_id=unknown)

    assert answer.status_code == 404
    assert answer.json()["code"] == "project_not_found"


async def test_after_signing_out_the_cookies_are_worth_nothing(suite: Suite) -> None:
    operator = await suite.operator()
    await operator.delete(SESSION)

    again = await operator.http.post(f"{SESSION}/refresh")

    assert again.status_code == 401
    assert (await operator.http.get("/api/v1/accounts/projects")).status_code == 401


async def test_the_demo_account_signs_in_with_its_projects(suite: Suite) -> None:
    visitor = suite.visitor()

    who = await visitor.sign_in(DEMO_EMAIL, DEMO_PASSWORD)

    assert who["projects"]
    assert {"id", "name", "role"} <= who["projects"][0].keys()
