"""An operator's browser in front of the cabinet, and what must hold of every page in it."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, ViewportSize

from tests.support.process import ROOT
from tests.support.suite import Suite
from tests.support.suite.people import Operator, Project
from tests.support.suite.vk import Community

AXE = ROOT / "web" / "cabinet" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = frozenset({"serious", "critical"})
# The browser's own words about an answer that is not 2xx; what the page makes of it is the tests' business.
AN_ANSWER = "Failed to load resource"
PHONE: ViewportSize = {"width": 360, "height": 740}
OWNER = "Вера"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}


@dataclass
class Desk:
    """A signed-in browser on a project of its own; `community` is connected to it."""

    suite: Suite
    project: Project
    community: Community
    context: BrowserContext
    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @property
    def operator(self) -> Operator:
        """The same person through the API."""
        return self.project.operator

    async def open(self, path: str = "dialogs") -> Page:
        """Go to a page of the project, e.g. `integrations/new`."""
        await self.page.goto(f"{self.suite.url}/projects/{self.project.id}/{path}")
        return self.page

    async def new_tab(self) -> Page:
        """Open another tab of the same browser."""
        page = await self.context.new_page()
        self.watch(page)
        return page

    async def speak(self, language: str) -> None:
        """Choose `ru` or `en`, for the pages opened from now on."""
        await self.context.add_init_script(f"localStorage.setItem('otklik.language', '{language}')")

    async def axe(self, page: Page | None = None) -> None:
        """Assert that an accessibility checker finds nothing serious on the page as it is now."""
        looked_at = page or self.page
        # Evaluated and not loaded: the page's content policy lets no script in.
        await looked_at.evaluate(AXE.read_text("utf-8"))
        found = await looked_at.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        serious = [
            (one["id"], one["help"], [node["html"][:200] for node in one["nodes"]])
            for one in found["violations"]
            if one["impact"] in SERIOUS
        ]
        assert not serious, json.dumps(serious, indent=1, ensure_ascii=False)

    def watch(self, page: Page) -> None:
        """Note what a page complains about and whom it asks."""
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note_request)

    def assert_clean(self) -> None:
        """Assert that no page broke, asked a foreign host or met the content policy."""
        assert not self.complaints, self.complaints
        assert self.hosts <= {urlsplit(self.suite.url).netloc, urlsplit(self.suite.vk.url).netloc}, self.hosts

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and AN_ANSWER not in message.text:
            self.complaints.append(message.text)

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"}:
            self.hosts.add(address.netloc)


async def new_owner(suite: Suite) -> Project:
    """Make a project with an owner who has no other: what other tests leave behind is not theirs to see."""
    made = await suite.new_project()
    document = {"email": f"demo-{made.id[-12:]}@desk.example", "role": "owner"}
    added = await made.operator.post(f"/api/v1/accounts/projects/{made.id}/people", document)
    owner = suite.visitor()
    enrolled = {"name": OWNER, "password": "столкнулись-4-ёлки"}
    await owner.post(urlsplit(added["enrolment"]["url"]).path, enrolled)
    return Project(owner, made.id, made.name)


def cookies_of(operator: Operator, url: str) -> list[Any]:
    """Give the cookies of a signed-in operator, for a browser."""
    jar = operator.http.cookies.jar
    return [{"name": one.name, "value": one.value or "", "url": url} for one in jar]
