"""The reports page: its figures are the API's, its table is a file, and everybody can read it."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.cabinet.desk import PHONE, Desk

LONG_NAME = "Очень-длинное-имя-сообщества-без-единого-пробела-" * 2


async def _let_work_happen(desk: Desk) -> None:
    """Three people write; one is answered here, one in VK and closed, one waits."""
    people = [await desk.suite.vk.new_user(f"Гость{number}") for number in range(3)]
    for user in people:
        await desk.suite.vk.user_writes(desk.community, user, "Есть ли ржаной?")
    dialogs = [await desk.project.dialog_with(user) for user in people]
    await desk.project.reply(dialogs[0]["id"], "Есть")
    await desk.project.message(dialogs[0]["id"], "Есть", state="sent")
    await desk.suite.vk.admin_replies(desk.community, people[1], "Будет к обеду")
    await desk.project.message(dialogs[1]["id"], "Будет к обеду", state="sent")
    await desk.operator.post(f"/api/v1/dialogs/{dialogs[1]['id']}/close")


async def _report(desk: Desk, page: Page) -> Any:
    """What the API says of the period that the page shows."""
    zone = await page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    days = await page.evaluate(
        """[6, 0].map((ago) => new Date(Date.now() - ago * 86_400_000).toLocaleDateString('en-CA'))"""
    )
    query = {"project_id": desk.project.id, "from": days[0], "to": days[1], "timezone": zone}
    return await desk.operator.get("/api/v1/dialogs/reports", **query)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_page_shows_what_the_api_counts(desk: Desk, language: str, tmp_path: Path) -> None:
    await _let_work_happen(desk)
    await desk.speak(language)
    page = await desk.open("reports")
    words = {
        "ru": ("Обращения", "Сообщения", "Обращения по дням", "По операторам", "Скачать CSV", "Диалог"),
        "en": ("Cases", "Messages", "Cases by day", "By operator", "Download CSV", "Dialog"),
    }[language]

    report = await _report(desk, page)
    assert report["cases"] == {"opened": 3, "closed": 1, "unanswered": 1}
    assert report["messages"] == {"received": 3, "sent": 2}
    cases, messages = (page.get_by_role("region", name=name, exact=True) for name in words[:2])
    await expect(cases.get_by_role("definition")).to_have_text(["3", "1", "1"])
    await expect(messages.get_by_role("definition")).to_have_text(["3", "2"])
    chart = page.get_by_role("table", name=words[2])
    await expect(chart.get_by_role("row")).to_have_count(8)
    await expect(chart.get_by_role("row").last.get_by_role("cell")).to_have_text(["3", "1"])
    operators = page.get_by_role("table", name=words[3])
    await expect(operators.get_by_role("row")).to_have_count(len(report["by_operator"]) + 1)
    await expect(operators).to_contain_text("Вера")
    await desk.axe(page)

    async with page.expect_download() as downloading:
        await page.get_by_role("button", name=words[4]).click()
    download = await downloading.value
    assert re.fullmatch(r"otklik-[\d-]+\.csv", download.suggested_filename)
    await download.save_as(tmp_path / "table.csv")
    text = (tmp_path / "table.csv").read_text("utf-8-sig")
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert (table[0][0], len(table)) == (words[5], 4)
    assert sum(int(row[5]) for row in table[1:]) == report["cases"]["opened"]


async def test_a_period_of_ones_own_and_filters_stand_in_the_address(desk: Desk) -> None:
    await _let_work_happen(desk)
    await desk.page.set_viewport_size(PHONE)
    page = await desk.open("reports")

    await page.get_by_label("Оператор").select_option(label="Вера")
    cases = page.get_by_role("region", name="Обращения", exact=True)
    await expect(cases.get_by_role("definition")).to_have_text(["1", "0", "0"])
    await page.reload()
    await expect(cases.get_by_role("definition")).to_have_text(["1", "0", "0"])
    await page.get_by_text("Свой", exact=True).click()
    await page.get_by_label("По", exact=True).fill("2020-01-01")
    await expect(page.get_by_role("alert")).to_contain_text("не больше 366 дней")
    await expect(page.get_by_role("button", name="Скачать CSV")).to_be_disabled()
    await page.get_by_label("С", exact=True).fill("2020-01-01")

    await expect(page.get_by_text("За эти дни ничего не было")).to_be_visible()
    await expect(page).to_have_url(re.compile("from=2020-01-01&to=2020-01-01"))
    width = await page.evaluate("document.querySelector('main').scrollWidth")
    assert width <= PHONE["width"]
    await desk.axe(page)
