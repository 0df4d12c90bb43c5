"""Connecting through VK's consent pages, clicked in a real browser (M2, M3, M4): both shapes of VK's keys."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.vk import Community

# In the embedded shape the way back leads to the cabinet: tests/cabinet/test_connecting.py.
pytestmark = pytest.mark.parametrize("suite", ["distributed"], indirect=True)

ARGUMENTS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@dataclass
class Cabinet:
    """An operator's browser: signed in to Otklik, and with VK open beside it."""

    suite: Suite
    project: Project
    context: BrowserContext
    page: Page
    hosts: set[str] = field(default_factory=set)

    async def call(self, method: str, path: str, document: Any = None) -> Any:
        """What the cabinet's page does in this browser."""
        answer = await self.context.request.fetch(
            self.suite.url + path,
            method=method,
            data=document,
            headers={"X-Otklik-Request": "1", "Origin": self.suite.url},
        )
        assert answer.ok, await answer.text()
        return await answer.json()

    async def begin(self) -> str:
        """Press "connect through VK"; give the connection's id, with VK's page open."""
        document = {"project_id": self.project.id, "method": "oauth"}
        made = await self.call("POST", "/api/v1/vk/connections", document)
        await self.page.goto(made["authorize_url"])
        return str(made["id"])

    async def choose(self, connection_id: str, *communities: Community) -> None:
        """Choose communities, with VK's page for them open."""
        document = {"community_ids": [community.id for community in communities]}
        made = await self.call("POST", f"/api/v1/vk/connections/{connection_id}/communities", document)
        await self.page.goto(made["authorize_url"])

    async def be(self, person_id: int) -> None:
        """Say to VK who sits here."""
        await self.page.locator(f"button[name=person][value='{person_id}']").click()

    async def decide(self, decision: str) -> None:
        """Press VK's button, and come back to a page of ours: in words, without the code in its address."""
        await self.page.locator(f"button[name=decision][value={decision}]").last.click()
        await expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        address = urlsplit(self.page.url)
        assert f"{address.scheme}://{address.netloc}" == self.suite.url
        assert address.query == ""

    async def reads(self, title: str) -> None:
        """What the page of ours says."""
        await expect(self.page.get_by_role("heading", name=title)).to_be_visible()


@pytest.fixture
async def cabinet(suite: Suite, chromium_path: Path) -> AsyncIterator[Cabinet]:
    project = await suite.new_project()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, chromium_sandbox=False, args=ARGUMENTS
        )
        context = await browser.new_context(locale="ru-RU")
        jar = project.operator.http.cookies.jar
        await context.add_cookies(
            [{"name": one.name, "value": one.value or "", "url": suite.url} for one in jar]
        )
        made = Cabinet(suite, project, context, await context.new_page())
        context.on("request", lambda request: made.hosts.add(urlsplit(request.url).netloc))
        yield made
        await browser.close()
    assert made.hosts <= {urlsplit(suite.url).netloc, urlsplit(suite.vk.url).netloc}


@pytest.mark.parametrize("keys", ["groups", "named"])
async def test_several_communities_are_connected_by_one_consent(cabinet: Cabinet, keys: str) -> None:
    suite, project = cabinet.suite, cabinet.project
    await suite.vk.call("POST", "/app", {"token_shape": keys, "groups_scope": "granted"})
    bakery, cafe = await suite.vk.new_community("Пекарня «Колос»"), await suite.vk.new_community("Кафе «Юг»")
    await suite.vk.change(cafe, f"admins/{bakery.admin_id}/level", {"level": 3})

    connection_id = await cabinet.begin()
    await cabinet.be(bakery.admin_id)
    await cabinet.decide("allow")
    await cabinet.reads("Вы вошли через VK")
    offered = (await project.operator.get(f"/api/v1/vk/connections/{connection_id}"))["communities"]
    await cabinet.choose(connection_id, bakery, cafe)
    await cabinet.decide("allow")
    await cabinet.reads("Доступ к сообществам получен")

    assert {(one["name"], one["is_admin"]) for one in offered} == {(bakery.name, True), (cafe.name, True)}
    for community in (bakery, cafe):
        answer = await project.ask_to_integrate(connection_id, community.id)
        assert answer.status_code == 201, answer.text
        await project.integration_in_state(answer.json()["id"], "active")
        user = await suite.vk.new_user()
        await suite.vk.user_writes(community, user, f"Пишу в {community.name}")
        await project.message((await project.dialog_with(user))["id"], f"Пишу в {community.name}")


async def test_who_says_no_or_begins_elsewhere_connects_nothing(cabinet: Cabinet) -> None:
    suite, project = cabinet.suite, cabinet.project
    await suite.vk.call("POST", "/app", {"groups_scope": "granted"})
    community = await suite.vk.new_community()

    refused = await cabinet.begin()
    await cabinet.be(community.admin_id)
    await cabinet.decide("cancel")
    await cabinet.reads("Вы не дали доступ")
    document = {"project_id": project.id, "method": "oauth"}
    elsewhere = await project.operator.post("/api/v1/vk/connections", document)
    await cabinet.page.goto(elsewhere["authorize_url"])
    await cabinet.decide("allow")
    await cabinet.reads("Вы начали в другом браузере")

    states = [
        (await project.operator.get(f"/api/v1/vk/connections/{one}"))["state"]
        for one in (refused, elsewhere["id"])
    ]
    assert states == ["cancelled", "failed"]
    said = await project.operator.get(f"/api/v1/accounts/projects/{project.id}/audit")
    assert {"vk.consent_cancelled", "vk.consent_other_browser"} <= {one["action"] for one in said["items"]}


async def test_only_an_administrator_can_let_us_in(cabinet: Cabinet) -> None:
    """VK's page offers an editor nothing to press, and its refusal is told in words."""
    suite = cabinet.suite
    await suite.vk.call("POST", "/app", {"groups_scope": "dropped"})
    community = await suite.vk.new_community()
    editor = await suite.vk.new_user("Ольга", "Редактор")
    await suite.vk.change(community, f"admins/{editor}/level", {"level": 2})

    connection_id = await cabinet.begin()
    await cabinet.be(editor)
    await cabinet.decide("allow")
    path = f"/api/v1/vk/connections/{connection_id}/resolve"
    await cabinet.call("POST", path, {"link": f"https://vk.com/club{community.id}"})
    await cabinet.choose(connection_id, community)
    await expect(cabinet.page.locator("button[value=allow]")).to_be_disabled()
    await cabinet.decide("cancel")

    await cabinet.reads("Вы не дали доступ")


OUTCOMES = ("identified", "given", "cancelled", "other_browser", "exchange_unknown", "app_refused")


@pytest.mark.parametrize("width", [1440, 360])
async def test_the_pages_of_ours_fit_every_screen(cabinet: Cabinet, width: int) -> None:
    await cabinet.page.set_viewport_size({"width": width, "height": 740})
    for outcome in OUTCOMES:
        await cabinet.page.goto(f"{cabinet.suite.url}/api/v1/vk/authorizations/outcomes/{outcome}")
        card = await cabinet.page.locator("main").bounding_box()
        scroll = await cabinet.page.evaluate("document.documentElement.scrollWidth")
        assert card is not None
        assert card["width"] > 0.8 * min(width, 544)
        assert scroll <= width
