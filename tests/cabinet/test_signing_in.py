"""The door: signing in, being sent back where one was going, and leaving."""

import re

from playwright.async_api import Browser, expect

from tests.cabinet.desk import DESKTOP, Desk
from tests.support.suite import Suite
from tests.support.suite.people import DEMO_EMAIL, DEMO_PASSWORD


async def test_a_person_signs_in_arrives_where_they_were_going_and_leaves(
    otklik: Suite, browser: Browser, desk: Desk
) -> None:
    context = await browser.new_context(locale="ru-RU", viewport=DESKTOP)
    page = await context.new_page()
    desk.watch(page)
    wanted = f"{otklik.url}/projects/{desk.project.id}/settings"

    await page.goto(wanted)
    await page.get_by_label("Почта").fill(DEMO_EMAIL)
    await page.get_by_role("textbox", name="Пароль").fill("не тот пароль")
    await page.get_by_role("button", name="Войти").click()
    await expect(page.get_by_role("alert")).to_contain_text("Неверная почта или пароль")
    await page.get_by_role("textbox", name="Пароль").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="Войти").click()

    await expect(page).to_have_url(wanted)
    await expect(page.get_by_role("heading", name="Настройки", level=1)).to_be_visible()
    await page.get_by_role("button", name="Меню: Демо").click()
    await page.get_by_role("menuitem", name="Выйти").click()
    await expect(page).to_have_url(f"{otklik.url}/sign-in")
    await context.close()


async def test_the_sign_in_page_helps_in_the_demo_and_speaks_both_languages(
    otklik: Suite, browser: Browser, desk: Desk
) -> None:
    context = await browser.new_context(locale="ru-RU", viewport=DESKTOP)
    page = await context.new_page()
    desk.watch(page)
    # Whoever is sent here from a bad link is not sent on to somebody else's site.
    await page.goto(f"{otklik.url}/sign-in?to=//evil.example/")
    await desk.axe(page)

    await page.get_by_role("button", name="English").click()
    await page.get_by_role("button", name="Fill in").click()
    await page.get_by_role("button", name="Sign in").click()

    await expect(page).to_have_url(re.compile(f"^{re.escape(otklik.url)}/projects/"))
    await expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
    await context.close()
