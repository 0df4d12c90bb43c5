"""The authorize pages in a real browser: choose who one is, allow, cancel, and be told why it cannot be."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from tests.vk_emulator.conftest import EmulatorProcess, Vk
from tests.vk_emulator.test_consent import REDIRECT, STATE, community_query, identity_query


@pytest.fixture
async def page(chromium_path: Path) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield await browser.new_page(viewport={"width": 360, "height": 800})
        await browser.close()


async def test_a_person_walks_through_both_consents(
    vk: Vk, emulator_process: EmulatorProcess, page: Page
) -> None:
    errors: list[Any] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

    async def application(route: Route) -> None:
        await route.fulfill(body="back at the application")

    for name in ("Аристарх", "Евдокия"):
        await vk.client.post("/emulator/v1/users", json={"first_name": name, "last_name": "Несравненных"})
    await page.route(f"{REDIRECT}**", application)
    await page.goto(f"{emulator_process.url}/id/authorize?{urlencode(identity_query())}")
    await page.get_by_label("Найти по имени или сообществу").fill("аристарх Несравненных")
    await expect(page.locator("#people li:visible")).to_have_count(1)
    await page.get_by_role("button", name="Аристарх Несравненных").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("«Отклик» хочет войти с вашим VK ID")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await page.get_by_role("button", name="Разрешить").click()
    await page.wait_for_url(f"{REDIRECT}**")
    back = dict(parse_qsl(urlsplit(page.url).query))
    assert back["state"] == STATE
    assert "code" in back

    # The browser remembers the person, who is nobody in this community.
    await page.goto(f"{emulator_process.url}/oauth/authorize?{urlencode(community_query(vk.id))}")
    await expect(page.get_by_role("alert")).to_contain_text("Тестовое сообщество")
    await expect(page.get_by_role("button", name="Разрешить")).to_be_disabled()
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("button", name="Allow")).to_be_disabled()
    await page.get_by_role("link", name="Русский").click()
    await page.get_by_role("button", name="Сменить").click()
    await page.locator(f'button[value="{vk.admin_id}"]').click()
    await expect(page.get_by_text("читать и отправлять сообщения")).to_be_visible()
    await page.get_by_role("button", name="Разрешить").click()
    await page.wait_for_url(f"{REDIRECT}**")
    assert "code" in dict(parse_qsl(urlsplit(page.url).query))

    await page.goto(f"{emulator_process.url}/oauth/authorize?{urlencode(community_query(vk.id))}")
    await page.get_by_role("button", name="Отмена").click()
    await page.wait_for_url(f"{REDIRECT}**")
    assert dict(parse_qsl(urlsplit(page.url).query))["error"] == "access_denied"
    assert errors == []
