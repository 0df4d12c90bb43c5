"""A browser signed in to a running Otklik in the embedded shape, which serves the cabinet as it was built.

To start a browser takes longer than most of these tests, so there is one, and these tests share its loop: an
asynchronous fixture of theirs is a `pytest_asyncio.fixture(loop_scope="session")`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.cabinet.desk import DESKTOP, Desk, cookies_of, new_owner
from tests.support.suite import Suite
from tests.support.suite.fixtures import NewDeployment
from tests.support.suite.shapes import Deployment

ARGUMENTS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SHAPE = "embedded"
# A condition is waited for: how long, says only how soon a broken test is told.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of this folder share a loop."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def otklik(
    new_deployment: NewDeployment, kept_deployments: dict[str, Deployment]
) -> AsyncIterator[Suite]:
    """A running Otklik, shared with the journeys."""
    if SHAPE not in kept_deployments:
        kept_deployments[SHAPE] = new_deployment(SHAPE)
    suite = Suite(kept_deployments[SHAPE])
    yield suite
    await suite.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium_path: Path) -> AsyncIterator[Browser]:
    """The browser of all these tests; whoever needs a clean one makes a context."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, chromium_sandbox=False, args=ARGUMENTS
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(otklik: Suite, browser: Browser) -> AsyncIterator[Desk]:
    """A signed-in browser on a project of its own with one connected community."""
    project = await new_owner(otklik)
    community = await otklik.vk.new_community()
    await project.connect_by_key(community)
    context = await browser.new_context(locale="ru-RU", viewport=DESKTOP)
    await context.add_cookies(cookies_of(project.operator, otklik.url))
    made = Desk(otklik, project, community, context, await context.new_page())
    made.watch(made.page)
    yield made
    await context.close()
    made.assert_clean()
