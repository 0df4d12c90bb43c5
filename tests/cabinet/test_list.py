"""The list of dialogs: tabs, filters, search, several at once, several communities, and the keyboard."""

import re

from playwright.async_api import Locator, Page, expect

from tests.cabinet.desk import PHONE, Desk
from tests.support.suite.vk import Community

LISTED = "Диалоги"
TARGET = 44


def rows(page: Page) -> Locator:
    """The dialogs of the list."""
    return page.get_by_role("feed", name=LISTED).get_by_role("article")


def row(page: Page, name: str) -> Locator:
    """The dialog with a person."""
    return page.get_by_role("feed", name=LISTED).get_by_role("article", name=name, exact=True)


def tab(page: Page, name: str, count: int) -> Locator:
    """A tab with its counter."""
    tabs = page.get_by_role("navigation", name="Какие диалоги показать")
    return tabs.get_by_role("link", name=f"{name} {count}", exact=True)


async def writes(desk: Desk, text: str, *name: str, community: Community | None = None) -> int:
    """Somebody new writes to the community; wait until the service has it."""
    user = await desk.suite.vk.new_user(*name)
    await desk.suite.vk.user_writes(community or desk.community, user, text)
    await desk.project.dialog_with(user)
    return user


async def test_a_message_appears_by_itself_with_who_where_and_what(desk: Desk) -> None:
    other = await desk.suite.vk.new_community("Кофейня на углу")
    await desk.project.connect_by_key(other)
    page = await desk.open()
    await expect(page.get_by_text("Пока тихо")).to_be_visible()
    await desk.axe()

    await writes(desk, "Есть ли чёрный хлеб?", "Мария", "Орлова")
    first = row(page, "Мария Орлова")
    await expect(first).to_contain_text("Есть ли чёрный хлеб?")
    await expect(first.get_by_role("img", name="ВКонтакте")).to_be_visible()
    await expect(first).to_contain_text(desk.community.name)
    await expect(first.get_by_role("img", name="1 непрочитанное")).to_be_visible()
    await expect(first.get_by_role("img", name="Ждёт ответа")).to_be_visible()
    await expect(tab(page, "Новые", 1)).to_be_visible()

    user = await writes(desk, "А кофе с собой?", "Пётр", "Иванов", community=other)
    await expect(rows(page)).to_have_count(2)
    await expect(row(page, "Пётр Иванов")).to_contain_text(other.name)
    await expect(tab(page, "Новые", 2)).to_be_visible()

    await desk.suite.vk.admin_replies(other, user, "Да, конечно")
    await expect(row(page, "Пётр Иванов")).to_contain_text("Из ВКонтакте: Да, конечно")
    await expect(row(page, "Пётр Иванов").get_by_role("img", name="Ждёт ответа")).to_have_count(0)
    await desk.axe()


async def test_several_dialogs_that_nobody_has_taken_are_closed_at_once(desk: Desk) -> None:
    for name in ("Анна", "Борис", "Вера"):
        await writes(desk, f"Пишет {name}", name, "Ким")
    page = await desk.open("dialogs?tab=new")
    await expect(tab(page, "Новые", 3)).to_be_visible()

    for name in ("Анна Ким", "Вера Ким"):
        box = page.get_by_role("checkbox", name=f"Выбрать: {name}")
        # By the keyboard: rows move while dialogs arrive, and a click may meet another one.
        await box.press("Space")
        await expect(box).to_be_checked()
    chosen = page.get_by_role("group", name="Действия с выбранными")
    await expect(chosen).to_contain_text("Выбрано: 2")
    await desk.axe()
    await chosen.get_by_role("button", name="Закрыть").click()

    await expect(page.get_by_text("Закрыто диалогов: 2")).to_be_visible()
    await expect(tab(page, "Новые", 1)).to_be_visible()
    await expect(tab(page, "Закрытые", 2)).to_be_visible()
    await expect(rows(page)).to_have_count(1)
    await tab(page, "Закрытые", 2).click()
    await expect(row(page, "Вера Ким")).to_contain_text("Закрыт")
    closed = await desk.project.dialogs("closed")
    assert {one["contact"]["name"] for one in closed} == {"Анна Ким", "Вера Ким"}
    assert all(one["operator"] is None for one in closed)


async def test_filters_stand_in_the_address_survive_a_reload_and_make_a_view(desk: Desk) -> None:
    await writes(desk, "Обычное дело", "Олег", "Обычный")
    user = await writes(desk, "Срочно!", "Ирина", "Важная")
    dialog = await desk.project.dialog_with(user)
    await desk.operator.put(f"/api/v1/dialogs/{dialog['id']}/important")
    page = await desk.open()
    await expect(rows(page)).to_have_count(2)

    await page.get_by_role("button", name="Фильтры").click()
    await page.get_by_role("checkbox", name="Важные").check()
    await page.get_by_role("checkbox", name=desk.community.name).check()
    await page.get_by_label("Название вида").fill("Горит")
    await page.get_by_role("button", name="Сохранить").click()
    await desk.axe()
    await page.get_by_role("button", name="Показать", exact=True).click()
    await expect(rows(page)).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"only=important"))

    await page.reload()
    await expect(row(page, "Ирина Важная").get_by_role("img", name="Важный")).to_be_visible()
    await expect(rows(page)).to_have_count(1)
    await page.get_by_role("button", name=f"Убрать фильтр: {desk.community.name}").click()
    await page.get_by_role("button", name="Убрать фильтр: Важные").click()
    await expect(rows(page)).to_have_count(2)

    await page.get_by_role("navigation", name="Сохранённые виды").get_by_role("link", name="Горит").click()
    await expect(rows(page)).to_have_count(1)
    await desk.open("dialogs?only=blocked")
    await expect(page.get_by_text("По этим условиям ничего нет")).to_be_visible()
    await page.get_by_role("button", name="Сбросить фильтры").last.click()
    await expect(rows(page)).to_have_count(2)


async def test_the_list_by_keyboard_and_its_search(desk: Desk) -> None:
    await writes(desk, "Где мой самовар?", "Яков", "Первый")
    await writes(desk, "Добрый день", "Юлия", "Вторая")
    page = await desk.open()
    await expect(rows(page)).to_have_count(2)

    await page.keyboard.press("j")
    await expect(row(page, "Юлия Вторая").get_by_role("link")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(row(page, "Яков Первый").get_by_role("link")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="Переписка: Яков Первый")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile(r"/dialogs$"))

    await page.keyboard.press("/")
    await page.keyboard.type("самовар")
    await expect(rows(page)).to_have_count(1)
    await page.get_by_role("link", name="Сообщения", exact=True).click()
    hit = page.get_by_role("list", name="Сообщения").get_by_role("link")
    await expect(hit.locator("mark")).to_have_text("самовар")
    await desk.axe()
    await hit.click()
    await expect(page).to_have_url(re.compile(r"message=[0-9a-f-]{36}"))

    await page.get_by_role("link", name="Интеграции").focus()
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Клавиши")
    await expect(keys).to_contain_text("Следующий и предыдущий диалог")
    await page.keyboard.press("Escape")
    await expect(keys).to_have_count(0)


async def test_rows_stay_where_they_are_while_somebody_chooses_among_them(desk: Desk) -> None:
    await writes(desk, "Я писал раньше", "Старый", "Знакомый")
    page = await desk.open()
    box = page.get_by_role("checkbox", name="Выбрать: Старый Знакомый")
    await box.press("Space")
    await expect(box).to_be_checked()
    await writes(desk, "А я только что", "Новый", "Человек")

    newer = page.get_by_role("button", name="Показать новое")
    await expect(newer).to_be_visible()
    await expect(rows(page)).to_have_count(1)
    await newer.click()
    await expect(rows(page)).to_have_count(2)
    await expect(rows(page).first).to_have_accessible_name("Новый Человек")
    await expect(newer).to_have_count(0)


async def test_the_list_on_a_phone(desk: Desk) -> None:
    await writes(desk, "Очень " * 40 + "длинное_слово_" * 12, "Константин", "Константинопольский" * 3)
    await desk.page.set_viewport_size(PHONE)
    page = await desk.open()
    first = rows(page).get_by_role("link")
    await expect(first).to_be_visible()

    async def fits() -> None:
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    await fits()
    small = await page.evaluate(
        """(least) => [...document.querySelectorAll('a, button, input')]
            .map((one) => [one.textContent || one.ariaLabel,
                (one.closest('label') ?? one).getBoundingClientRect()])
            .filter(([, box]) => box.width > 2 && box.bottom > 0)
            .filter(([name, box]) => Math.min(box.width, box.height) < least)
            .map(([name]) => name)""",
        TARGET - 2,
    )
    assert small == []
    await desk.axe()
    await first.click()
    await expect(page).to_have_url(re.compile(r"/dialogs/[0-9a-f-]{36}"))
    await expect(page.get_by_role("feed", name=LISTED)).to_be_hidden()
    await fits()
    await page.get_by_role("link", name="К списку диалогов").click()
    await expect(first).to_be_visible()
