"""Administrators invite people by a link, and set what the team works with."""

from playwright.async_api import Browser, expect

from tests.cabinet.desk import DESKTOP, PHONE, Desk

PASSWORD = "столкнулись-4-ёлки"


async def test_a_person_is_invited_by_a_link_and_works_in_the_project(desk: Desk, browser: Browser) -> None:
    page = await desk.open("settings/people")
    await page.get_by_role("button", name="Пригласить").click()
    await page.get_by_role("textbox", name="Почта").fill(f"olga-{desk.project.id[-8:]}@team.example")
    await page.get_by_role("radio", name="Старший").check()
    await page.get_by_role("dialog").get_by_role("button", name="Пригласить").click()
    link = await page.get_by_role("dialog").locator("pre").inner_text()
    await desk.axe()

    context = await browser.new_context(locale="ru-RU", viewport=DESKTOP)
    guest = await context.new_page()
    desk.watch(guest)
    # The link that the API gives leads a browser to the same page.
    await guest.goto(link.replace("/enrolments/", "/api/v1/accounts/enrolments/"))
    await expect(guest).to_have_url(link)
    await expect(guest.get_by_text(f"Вас пригласили в проект «{desk.project.name}»")).to_be_visible()
    await desk.axe(guest)
    await guest.get_by_role("textbox", name="Ваше имя").fill("Ольга")
    await guest.get_by_role("textbox", name="Придумайте пароль").fill("коротко")
    await guest.get_by_role("button", name="Принять приглашение").click()
    await expect(guest.get_by_role("alert")).to_contain_text("Слишком простой пароль")
    await guest.get_by_role("textbox", name="Придумайте пароль").fill(PASSWORD)
    await guest.get_by_role("button", name="Принять приглашение").click()
    await expect(guest.get_by_role("button", name=f"Проект: {desk.project.name}")).to_be_visible()
    await guest.goto(link)
    await expect(guest.get_by_text("Приглашение не действует")).to_be_visible()
    await context.close()

    await page.reload()
    await page.get_by_role("combobox", name="Роль: Ольга").select_option("operator")
    await expect(page.get_by_text("Сохранено.")).to_be_visible()


async def test_quick_answers_tags_and_keys_are_made_changed_and_taken_away_on_a_phone(desk: Desk) -> None:
    await desk.page.set_viewport_size(PHONE)
    page = await desk.open("settings/quick-answers")
    await page.get_by_role("button", name="Добавить ответ").click()
    editor = page.get_by_role("dialog")
    await editor.get_by_role("textbox", name="Сокращение").fill("адрес магазина")
    await editor.get_by_role("textbox", name="Текст").fill("{{first_name}}, мы на Ленина, 1")
    await editor.get_by_role("button", name="Сохранить").click()
    await expect(page.get_by_role("article", name="/адресмагазина")).to_contain_text("мы на Ленина, 1")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await desk.axe()

    await page.get_by_role("combobox", name="Разделы настроек").select_option("tags")
    await page.get_by_role("button", name="Добавить метку").click()
    await page.get_by_role("dialog").get_by_role("textbox", name="Название").fill("возврат")
    await page.get_by_role("dialog").get_by_role("button", name="Сохранить").click()
    await page.get_by_role("button", name="Удалить: возврат").click()
    await page.get_by_role("dialog").get_by_role("button", name="Удалить").click()
    await expect(page.get_by_text("Пока нет меток")).to_be_visible()

    await page.get_by_role("combobox", name="Разделы настроек").select_option("api-keys")
    await page.get_by_role("button", name="Создать ключ").click()
    await page.get_by_role("dialog").get_by_role("textbox", name="Название").fill("Склад")
    await page.get_by_role("dialog").get_by_role("button", name="Создать ключ").click()
    await expect(page.get_by_role("dialog")).to_contain_text("больше мы его не покажем")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Отозвать: Склад").click()
    await page.get_by_role("dialog").get_by_role("button", name="Отозвать").click()
    await expect(page.get_by_text("Пока нет ключей")).to_be_visible()

    for section in ("audit", "sessions", "browser", "project", "people"):
        await page.get_by_role("combobox", name="Разделы настроек").select_option(section)
        await expect(page.get_by_role("status", name="Загрузка…")).to_have_count(0)
        await desk.axe()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), section
