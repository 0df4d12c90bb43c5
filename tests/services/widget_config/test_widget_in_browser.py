"""The widget on somebody's page: another origin, a strict content security policy, our server up or down."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import BrowserContext, Page, Route, async_playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route as Path_

from tests.services.widget_config.opened import Community, Widgets
from tests.support.serving import serving

SHOP = uuid4()
BROWSER_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = """<!doctype html><html lang="{language}"><title>Shop</title>
<script async src="{otklik}/w/widget.js" data-otklik="{key}"></script>
<script async src="{otklik}/w/widget.js" data-otklik="{key}"></script>
<h1>Shop</h1><button>Buy</button></html>"""


@dataclass
class Site:
    """A shop's website that carries a widget, opened in a browser."""

    widgets: Widgets
    widget: dict[str, Any]
    community: Community
    context: BrowserContext
    otklik: str
    server: AsyncExitStack
    url: str = ""
    language: str = "ru"
    errors: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """Serve the page under a policy that allows nothing but the widget's own host."""

        async def page(_request: Request) -> HTMLResponse:
            key = self.widget["public_key"]
            policy = (
                f"default-src 'none'; script-src {self.otklik}; connect-src {self.otklik}; "
                "base-uri 'none'; require-trusted-types-for 'script'"
            )
            text = PAGE.format(language=self.language, otklik=self.otklik, key=key)
            return HTMLResponse(text, headers={"Content-Security-Policy": policy})

        return Starlette(routes=[Path_("/", page)])

    async def open(self) -> Page:
        """Open the page as a visitor whose browser keeps no HTTP cache, only what scripts store."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        devtools = await self.context.new_cdp_session(page)
        await devtools.send("Network.enable")
        await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await page.goto(self.url)
        return page


@pytest.fixture
async def site(widgets: Widgets, chromium_path: Path) -> AsyncIterator[Site]:
    widget, community = await widgets.with_community(SHOP)
    async with AsyncExitStack() as stack, async_playwright() as playwright:
        server = await stack.enter_async_context(AsyncExitStack())
        otklik = await server.enter_async_context(serving(widgets.service.app))
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, chromium_sandbox=False, args=BROWSER_ARGUMENTS
        )
        context = await browser.new_context()
        made = Site(widgets, widget, community, context, otklik, server)
        made.url = await stack.enter_async_context(serving(made.app()))
        yield made
        await browser.close()
    assert made.errors == []


async def test_a_visitor_finds_the_button_and_the_way_to_the_dialog(site: Site) -> None:
    page = await site.open()
    launcher = page.get_by_role("button", name="Написать нам")

    await expect(launcher).to_have_count(1)
    await launcher.click()

    link = page.get_by_role("link", name="Написать ВКонтакте: Магазин (откроется в новой вкладке)")
    await expect(link).to_be_focused()
    assert await link.get_attribute("href") == "https://vk.me/shop"
    assert await link.get_attribute("target") == "_blank"
    assert await link.get_attribute("rel") == "noopener noreferrer"
    await expect(page.get_by_role("dialog", name="Напишите нам")).to_be_visible()
    background = await page.locator("otklik-widget .head").evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    assert background == "rgb(31, 111, 208)"

    await page.keyboard.press("Escape")
    await expect(launcher).to_be_focused()
    await expect(link).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(link).to_be_visible()
    await page.get_by_role("button", name="Buy").click()
    await expect(link).to_be_hidden()


async def test_the_page_says_what_language_the_widget_speaks_and_text_stays_text(site: Site) -> None:
    site.language = "en-GB"
    evil = "<img src=x onerror=alert(1)>"
    look = {"title": evil, "corner": "left", "texts": {"en": {"greeting": evil, "vk_button": "Write"}}}
    path = f"/api/v1/widgets/{site.widget['id']}"
    headers = site.widgets.as_role(SHOP)
    assert (await site.widgets.http.patch(path, json={"look": look}, headers=headers)).status_code == 200

    page = await site.open()
    await page.get_by_role("button", name="Write to us").click()

    await expect(page.get_by_role("heading", name=evil)).to_be_visible()
    await expect(page.get_by_role("link", name="Write: Магазин (opens in a new tab)")).to_be_visible()
    box = await page.locator("otklik-widget .launcher").bounding_box()
    assert box is not None
    assert box["x"] < 100


async def test_the_button_is_gone_with_the_integration_and_stays_away_when_we_are_down(site: Site) -> None:
    await expect((await site.open()).locator("otklik-widget")).to_have_count(1)

    await site.widgets.tell(site.community.deleted(3))
    page = await site.open()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("otklik-widget")).to_have_count(0)
    stored = await page.evaluate("JSON.parse(localStorage.getItem(localStorage.key(0))).config.channels")
    assert stored == []

    await site.server.aclose()
    page = await site.open()
    await page.get_by_role("button", name="Buy").click()
    await expect(page.locator("otklik-widget")).to_have_count(0)


async def test_a_slow_or_broken_answer_leaves_the_last_good_one(site: Site) -> None:
    async def hang(_route: Route) -> None:
        return

    await expect((await site.open()).locator("otklik-widget")).to_have_count(1)

    await site.context.route("**/w/*.json", lambda route: route.fulfill(status=500))
    await expect((await site.open()).locator("otklik-widget")).to_have_count(1)
    await site.context.route("**/w/*.json", lambda route: route.fulfill(body="not json"))
    await expect((await site.open()).locator("otklik-widget")).to_have_count(1)
    await site.context.route("**/w/*.json", hang)
    await site.context.clock.install()
    page = await site.open()
    await page.wait_for_load_state("load")
    await expect(page.locator("otklik-widget")).to_have_count(0)
    await page.clock.fast_forward(3100)
    await expect(page.locator("otklik-widget")).to_have_count(1)


async def test_a_widget_that_was_deleted_is_forgotten_and_a_forged_copy_is_not_believed(site: Site) -> None:
    page = await site.open()
    await expect(page.locator("otklik-widget")).to_have_count(1)
    forged = """() => {
      const name = localStorage.key(0), kept = JSON.parse(localStorage.getItem(name));
      kept.config.channels[0].link = "javascript:alert(1)";
      localStorage.setItem(name, JSON.stringify(kept));
    }"""
    await page.evaluate(forged)
    await site.context.route("**/w/*.json", lambda route: route.abort())
    page = await site.open()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("otklik-widget")).to_have_count(0)
    await site.context.unroute("**/w/*.json")

    path = f"/api/v1/widgets/{site.widget['id']}"
    await site.widgets.http.delete(path, headers=site.widgets.as_role(SHOP))
    page = await site.open()
    await page.wait_for_load_state("networkidle")

    await expect(page.locator("otklik-widget")).to_have_count(0)
    assert await page.evaluate("localStorage.length") == 0
