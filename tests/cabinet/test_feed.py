"""Never stale: what a person sees follows the server, through closed tabs."""

import re

from playwright.async_api import Page, Request, expect

from tests.cabinet.desk import Desk

CHANGES = "/api/v1/dialogs/changes"


async def write(desk: Desk, text: str) -> None:
    """Let somebody who never wrote before write."""
    await desk.suite.vk.user_writes(desk.community, await desk.suite.vk.new_user(), text)


async def expect_waiting(page: Page, count: int) -> None:
    """Wait until the page's title says how many dialogs wait: every one of them, and each once."""
    await expect(page).to_have_title(re.compile(rf"^\({count}\) "))


async def test_one_tab_keeps_the_connection_and_another_takes_it_over(desk: Desk) -> None:
    streams: list[Page] = []

    def note(request: Request) -> None:
        if CHANGES in request.url:
            streams.append(request.frame.page)

    desk.context.on("request", note)
    async with desk.page.expect_response(lambda answer: CHANGES in answer.url):
        first = await desk.open()
    second = await desk.new_tab()
    await second.goto(first.url)
    await expect(second.get_by_role("navigation", name="Разделы")).to_be_visible()

    await write(desk, "раз")
    await expect_waiting(first, 1)
    await expect_waiting(second, 1)
    assert streams == [first]
    await first.close()
    await write(desk, "два")

    await expect_waiting(second, 2)
    assert streams == [first, second]
