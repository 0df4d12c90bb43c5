"""The page in a real browser: the user sends a file, edits, reacts, presses a button and reads."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

import vk_emulator
from tests.support.waiting import wait_until
from tests.vk_emulator.conftest import EmulatorProcess, Vk
from vk_emulator.faults import APP_KINDS, KINDS
from vk_emulator.model import ALL_RIGHTS
from vk_emulator.sample_files import png

USER = 73125540
KEYBOARD = {"inline": True, "buttons": [[{"action": {"type": "text", "label": "Оператор"}}]]}


@pytest.fixture
async def page(chromium_path: Path) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield await browser.new_page(viewport={"width": 360, "height": 800})
        await browser.close()


async def test_the_page_plays_a_user(vk: Vk, emulator_process: EmulatorProcess, page: Page) -> None:
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    await vk.user_writes(USER, "Здравствуйте!", sample=["photo", "audio_message", "doc", "unknown"])
    answer = {"peer_id": USER, "message": "Добрый день!", "keyboard": json.dumps(KEYBOARD)}
    await vk.response("messages.send", random_id=1, **answer)

    await page.goto(f"{emulator_process.url}/me/club{vk.id}?ref=mark-1&ref_source=widget")
    await expect(page.locator(".bubble")).to_have_count(2)
    await page.locator("#file").set_input_files(
        {"name": "кот.png", "mimeType": "image/png", "buffer": png(80, 60, 1)}
    )
    await page.locator("#write-text").fill("мой кот")
    await page.locator("#send").click()
    await expect(page.locator(".bubble")).to_have_count(3)
    written = (await vk.see(f"/users/{USER}/messages"))[2]
    assert (written["ref"], written["ref_source"]) == ("mark-1", "widget")
    await expect(page.get_by_text("mark-1")).to_be_hidden()
    await page.locator(".bubble [data-act=edit]").last.click()
    await page.locator("#write-text").fill("мой кот Барсик")
    await page.locator("#send").click()
    await page.locator(".bubble.out [data-act=react]").first.click()
    await page.locator(".bubble.out [data-act=press]").click()
    await page.locator("#read").click()

    async def done() -> bool:
        messages = await vk.see(f"/users/{USER}/messages")
        texts = [message["text"] for message in messages]
        wanted = ["Здравствуйте!", "Добрый день!", "мой кот Барсик", "Оператор"]
        return texts == wanted and "reactions" in messages[1] and bool(messages[2]["attachments"])

    await wait_until(done)
    await expect(page.locator(".bubble").nth(2)).to_contain_text("изменено")
    pictures = "[...document.images].every((image) => image.complete && image.naturalWidth)"
    await wait_until(lambda: page.evaluate(pictures))
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert errors == []


async def test_the_page_plays_the_administrator(
    vk: Vk, emulator_process: EmulatorProcess, page: Page
) -> None:
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    server = await vk.do("/callback-servers", {"url": "https://crm.example/vk", "title": "CRM"})
    await vk.do("/keys", {"rights": ["messages"]})
    await page.goto(emulator_process.url)
    await page.locator("#community").select_option(str(vk.id))
    await page.get_by_role("button", name="Изменить: CRM").click()
    await page.get_by_label("Адрес", exact=True).fill("https://other.example/vk")
    await page.get_by_label("Включённые события, через запятую").fill("message_new, message_edit")
    await page.get_by_role("button", name="Сохранить").click()
    await page.get_by_text("Ключи доступа").click()
    await page.get_by_role("button", name=f"Удалить ключ …{vk.key[-6:]}").click()
    await page.get_by_text("Руководители").click()
    await page.locator("#officer").select_option(str(USER))
    await page.get_by_role("button", name="Назначить", exact=True).click()
    await page.locator(f"select[data-officer='{vk.admin_id}']").select_option("1")
    await page.locator("#fault-kind").select_option("app:oauth_slow")
    await page.get_by_label("Секунды").fill("0")
    await page.get_by_role("button", name="Включить сбой").click()
    await page.get_by_role("button", name="Выключить: Вход отвечает медленно").click()
    await page.get_by_role("button", name="Заблокировать в VK").click()

    async def done() -> bool:
        now = (await vk.client.get(vk.path)).json()
        team = {one["user_id"]: one["level"] for one in now["team"]}
        is_managed = team == {USER: 3, vk.admin_id: 1} and now["state"] == "banned" and len(now["keys"]) == 1
        [changed] = now["callback_servers"]
        return is_managed and changed["id"] == server["id"] and changed["url"] == "https://other.example/vk"

    await wait_until(done)
    [changed] = (await vk.client.get(vk.path)).json()["callback_servers"]
    assert (changed["status"], changed["events"]) == ("ok", ["message_new", "message_edit"])
    assert (await vk.client.get("/emulator/v1/app/faults")).json()["items"] == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert errors == []


def test_every_trouble_and_its_options_have_words_in_both_languages() -> None:
    words = (Path(vk_emulator.__file__).parent / "page" / "texts.js").read_text("utf-8")
    kinds = {**KINDS, **APP_KINDS}
    options = {option.rstrip("!") for kind in kinds.values() for option in kind}
    wanted = {f"kind_{kind}" for kind in kinds} | {f"option_{option}" for option in options}
    wanted |= {f"right_{right}" for right in ALL_RIGHTS}
    assert {key for key in wanted if words.count(f" {key}: ") != 2} == set()
