"""The widget on somebody's page: another origin, a strict content security policy, our server up or down."""

import re
from functools import partial
from typing import Any

from playwright.async_api import Route, expect

from shared.events.widgets import VisitMarked
from tests.services.widget_config.opened import Community
from tests.services.widget_config.site import SHOP, Site
from tests.support.waiting import wait_until


async def test_a_visitor_finds_the_button_and_the_way_to_the_dialog(site: Site) -> None:
    page = await site.open()
    launcher = page.get_by_role("button", name="Написать нам")

    await expect(launcher).to_have_count(1)
    await launcher.click()

    link = page.get_by_role("link", name="Написать ВКонтакте: Магазин (откроется в новой вкладке)")
    await expect(link).to_be_focused()
    assert str(await link.get_attribute("href")).partition("?")[0] == "https://vk.me/shop"
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


async def test_a_click_takes_a_mark_along_and_tells_where_the_visitor_was(site: Site) -> None:
    page = await site.open("/tea?utm_source=autumn&email=a@b.example")
    gone: list[str] = []

    async def at_vk(route: Route) -> None:
        gone.append(route.request.url)
        await route.fulfill(body="VK")

    await site.context.route("https://vk.me/**", at_vk)
    await page.get_by_role("button", name="Написать нам").click()
    link = page.locator("otklik-widget a")
    for visit in range(2):
        await expect(link).to_have_attribute("href", re.compile(r"\?ref=[A-Za-z0-9_-]{43}$"))
        async with site.context.expect_page():
            await link.click()
        await wait_until(partial(is_told, site, visit + 1), describe="the click is told")

    assert len(set(gone)) == 2
    visits = [event for event in await site.widgets.said() if isinstance(event, VisitMarked)]
    assert {f"https://vk.me/shop?ref={event.mark}" for event in visits} == set(gone)
    event = visits[0]
    assert (event.page_url, event.page_title) == (f"{site.url}/tea", "Shop")
    assert event.campaign == {"utm_source": "autumn"}


async def is_told(site: Site, expected: int) -> bool:
    return len([one for one in await site.widgets.said() if isinstance(one, VisitMarked)]) == expected


async def test_the_link_opens_vk_when_we_are_down(site: Site) -> None:
    page = await site.open()
    await expect(page.locator("otklik-widget")).to_have_count(1)
    await site.server.aclose()
    gone: list[str] = []

    async def at_vk(route: Route) -> None:
        gone.append(route.request.url)
        await route.fulfill(body="VK")

    await site.context.route("https://vk.me/**", at_vk)
    await page.get_by_role("button", name="Написать нам").click()
    async with site.context.expect_page():
        await page.locator("otklik-widget a").click()

    await wait_until(lambda: is_there(gone), describe="VK is asked for the dialog")
    assert gone == ["https://vk.me/shop"]


async def is_there(found: list[str]) -> bool:
    return bool(found)


async def test_a_page_that_stays_open_offers_nothing_that_has_ended(site: Site) -> None:
    await site.context.clock.install()
    page = await site.open()
    launcher = page.get_by_role("button", name="Написать нам")
    await expect(launcher).to_have_count(1)

    site.community.name = "Чайная"
    await site.widgets.tell(site.community.created(3, state="active"))
    await page.clock.fast_forward(61_000)
    await launcher.click()
    await expect(page.get_by_role("link", name="Написать ВКонтакте: Чайная")).to_be_focused()
    await page.keyboard.press("Escape")

    await site.widgets.tell(site.community.deleted(4))
    await page.clock.fast_forward(61_000)
    await launcher.click()
    await expect(page.locator("otklik-widget")).to_have_count(0)


async def test_it_is_used_by_keyboard_alone_in_the_order_of_its_channels(site: Site) -> None:
    second = Community(SHOP, 8, "second", "Второй")
    await site.widgets.tell(second.created(), second.became("active"))
    label, tooltip = {"ru": "Спросить о доставке"}, {"ru": "Отвечаем до полуночи"}
    channels: list[dict[str, Any]] = [{"integration_id": str(second.id), "label": label, "tooltip": tooltip}]
    channels.append({"integration_id": str(site.community.id)})
    await site.widgets.change(site.widget, "PATCH", channels=channels)
    page = await site.open()
    await expect(page.locator("otklik-widget")).to_have_count(1)

    await page.get_by_role("button", name="Buy").focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Написать нам")).to_be_focused()
    await page.keyboard.press("Enter")

    first = page.get_by_role("link", name="Спросить о доставке: Второй (откроется в новой вкладке)")
    await expect(first).to_be_focused()
    await expect(first).to_have_accessible_description("Отвечаем до полуночи")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Написать ВКонтакте: Магазин")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Написать нам")).to_be_focused()
