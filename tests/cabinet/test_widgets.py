"""The widget's editor: what is tried out, published and undone, and what a site gets of it (M10)."""

from typing import Any

from playwright.async_api import expect

from tests.cabinet.desk import PHONE, Desk
from tests.support.waiting import wait_until


async def test_a_community_joins_a_widget_is_tried_out_published_and_undone(desk: Desk) -> None:
    page = await desk.open("widgets")
    await page.get_by_role("button", name="Создать виджет").click()
    await page.get_by_role("textbox", name="Название виджета").fill("Витрина")
    await page.get_by_role("button", name="Создать", exact=True).click()
    await expect(page.get_by_role("heading", name="Витрина", level=1)).to_be_visible()
    preview = page.get_by_role("region", name="Предпросмотр")
    await expect(preview).to_contain_text("В этом состоянии виджета на сайте нет")

    await page.get_by_role("button", name="Добавить сообщество").click()
    await page.get_by_role("menuitem", name=desk.community.name).click()
    await page.get_by_role("textbox", name=f"Подпись кнопки: {desk.community.name}").fill("Спросить нас")
    await page.get_by_role("textbox", name="Заголовок").fill("Поможем выбрать")
    await expect(preview).to_contain_text("Спросить нас")
    await expect(preview).to_contain_text("Поможем выбрать")
    await desk.axe()
    before = await _what_a_site_gets(desk)
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(page.get_by_text("Опубликовано. На сайте обновится")).to_be_visible()

    async def site_follows() -> dict[str, Any]:
        shown = await _what_a_site_gets(desk)
        assert [channel["label"].get("ru") for channel in shown["channels"]] == ["Спросить нас"]
        return shown

    shown = await wait_until(site_follows, describe="the site with the button")
    assert shown is not None
    assert before["channels"] == []
    assert shown["title"] == "Поможем выбрать"
    await page.get_by_role("button", name="Вернуть эту: Версия 1").click()

    async def site_is_as_before() -> bool:
        return (await _what_a_site_gets(desk))["channels"] == []

    await wait_until(site_is_as_before, describe="the site without the button")


async def test_the_editor_fits_a_phone_and_speaks_english(desk: Desk) -> None:
    document = {"project_id": desk.project.id, "name": "Очень" + "длинное" * 8}
    widget = await desk.operator.post("/api/v1/widgets", document)
    await desk.speak("en")
    await desk.page.set_viewport_size(PHONE)

    page = await desk.open(f"widgets/{widget['id']}")

    await expect(page.get_by_role("button", name="Copy the code")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await desk.axe()


async def _what_a_site_gets(desk: Desk) -> dict[str, Any]:
    widgets = await desk.operator.get("/api/v1/widgets", project_id=desk.project.id)
    answer = await desk.suite.outsider().get(f"/w/{widgets['items'][0]['public_key']}.json")
    shown: dict[str, Any] = answer.json()
    return shown
