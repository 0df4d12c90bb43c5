"""The first five minutes: what a newcomer does after `./run`, step by step."""

import pytest

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.vk import Community

SERVICES = {
    "accounts": "accounts",
    "vk": "vk-gateway",
    "integrations": "integrations",
    "dialogs": "dialogs",
    "widgets": "widget-config",
}


@pytest.mark.parametrize("suite", ["embedded"], indirect=True)
async def test_a_newcomer_plays_a_user_and_answers_as_an_operator(suite: Suite) -> None:
    visitor = suite.visitor()
    cabinet = await visitor.http.get("/")
    assert "<title>Отклик</title>" in cabinet.text
    told = (await visitor.http.get("/cabinet.json")).json()["demo"]
    assert (told["email"], told["emulator_url"]) == ("demo@otklik.local", suite.vk.url)
    page = await visitor.http.get("/front-page")
    assert "Отклик" in page.text
    assert "Otklik" in page.text
    assert suite.vk.url in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert (await visitor.http.get(suite.vk.url)).status_code == 200

    who = await visitor.sign_in()
    project = Project(visitor, who["projects"][0]["id"], who["projects"][0]["name"])
    listed = await visitor.get("/api/v1/integrations", project_id=project.id)
    (integration,) = listed["items"]
    assert integration["state"] == "active"
    widgets = await visitor.get("/api/v1/widgets", project_id=project.id)
    assert len(widgets["items"]) == 1

    communities = (await suite.vk.call("GET", "/communities"))["items"]
    (ours,) = [one for one in communities if one["id"] == integration["community_id"]]
    free = [one for one in communities if not one["callback_servers"]]
    assert len(free) >= 2

    community = Community(ours["id"], ours["name"], ours["key"], ours["admin_id"], ours["admin_name"])
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Добрый день!")
    dialog = await project.dialog_with(user)
    await project.reply(dialog["id"], "Здравствуйте, чем помочь?")
    await project.message(dialog["id"], "Здравствуйте, чем помочь?", state="sent")
    ledger = await suite.vk.ledger(community, user)
    assert [message["text"] for message in ledger] == ["Добрый день!", "Здравствуйте, чем помочь?"]

    second = Community(*(free[0][name] for name in ("id", "name", "key", "admin_id", "admin_name")))
    connected = await project.connect_by_key(second)
    async with project.following() as feed:
        await suite.vk.user_writes(second, user, "И сюда тоже")
        await feed.wait_for(lambda event: "И сюда тоже" in str(event.data), "the second community's message")
    await visitor.delete(f"/api/v1/integrations/{connected['id']}")


async def test_every_service_describes_its_api_offline(suite: Suite) -> None:
    outsider = suite.outsider()

    for prefix in SERVICES:
        document = await outsider.get(f"/api/v1/{prefix}/openapi.json")
        page = await outsider.get(f"/api/v1/{prefix}/docs")
        assert (prefix, document.status_code, page.status_code) == (prefix, 200, 200)
        assert document.json()["paths"]
        assert "http://" not in page.text
        assert "https://" not in page.text


async def test_an_unknown_address_is_a_problem_in_the_usual_form(suite: Suite) -> None:
    outsider = suite.outsider()

    for path in ("/api/nothing", "/api/v1/nothing", "/api/v1/dialogs-and-more", "/assets/nothing.js"):
        answer = await outsider.get(path)
        assert (path, answer.status_code) == (path, 404)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "not_found"
