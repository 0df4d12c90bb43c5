"""A website of another origin with a widget, under a policy that allows nothing but the widget's host."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.async_api import BrowserContext, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

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
<meta name="viewport" content="width=device-width">
<script async src="{otklik}/w/widget.js" data-otklik="{key}"></script>
<script async src="{otklik}/w/widget.js" data-otklik="{key}"></script>
<h1>Shop</h1><button>Buy</button>{more}</html>"""


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
    more: str = ""
    more_policy: str = ""
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def app(self) -> Starlette:
        """Serve the page under a policy without a nonce, a hash or anything unsafe."""

        async def page(_request: Request) -> HTMLResponse:
            key = self.widget["public_key"]
            policy = (
                f"default-src 'none'; script-src {self.otklik}; connect-src {self.otklik}; "
                f"base-uri 'none'; require-trusted-types-for 'script'; {self.more_policy}"
            )
            text = PAGE.format(language=self.language, otklik=self.otklik, key=key, more=self.more)
            return HTMLResponse(text, headers={"Content-Security-Policy": policy})

        return Starlette(routes=[Route("/", page), Route("/tea", page)])

    async def open(self, path: str = "/") -> Page:
        """Open the page as a visitor whose browser keeps no HTTP cache, only what scripts store."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("dialog", lambda dialog: self.errors.append(dialog.message))
        page.on(
            "request", lambda request: self.asked.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url)))
        )
        devtools = await self.context.new_cdp_session(page)
        await devtools.send("Network.enable")
        await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await page.goto(self.url + path)
        return page

    def _hear(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            self.violations.append(message.text)


@asynccontextmanager
async def open_site(widgets: Widgets, chromium_path: Path) -> AsyncIterator[Site]:
    """Run a site with a widget that has an active community; at the end nothing may have gone wrong there."""
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
    assert (made.errors, made.violations) == ([], [])
    assert made.asked <= {made.url, otklik}
