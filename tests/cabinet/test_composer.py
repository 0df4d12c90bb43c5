"""Writing in the cabinet: replies, files, quick answers, notes, drafts, and two operators at one dialog."""

import base64
import io
import re
from collections.abc import Sequence
from typing import Any

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.cabinet.desk import DESKTOP, Desk, cookies_of
from tests.support.suite.people import Operator
from tests.support.waiting import wait_until

LOSE_ANSWERS = """() => {
    const ask = window.fetch;
    window.fetch = async (request) => {
        const answer = await ask(request);
        if (request.method === 'POST' && request.url.endsWith('/messages')) throw new TypeError('lost');
        return answer;
    };
}"""
NO_LETTERS = "() => !Object.keys(localStorage).some((key) => key.startsWith('otklik.letter.'))"
GIVE_FILE = """([kind, name, type, content]) => {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type }));
    const target = kind === 'paste' ? document.activeElement : document.body;
    const event = kind === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
}"""


async def _dialog(desk: Desk, text: str = "Здравствуйте!") -> tuple[int, dict[str, Any]]:
    """Let somebody write to the community, and open their dialog."""
    user = await desk.suite.vk.new_user()
    await desk.suite.vk.user_writes(desk.community, user, text)
    dialog = await desk.project.dialog_with(user)
    await desk.open(f"dialogs/{dialog['id']}")
    await expect(_text(desk.page)).to_be_visible()
    return user, dialog


def _text(page: Page, name: str = "Текст ответа") -> Any:
    return page.get_by_role("textbox", name=name)


async def _ours(desk: Desk, user: int, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Give what VK has of us in a dialog, once it is exactly these texts."""

    async def look() -> list[dict[str, Any]] | None:
        found = [one for one in await desk.suite.vk.ledger(desk.community, user) if one["out"]]
        return found if [one["text"] for one in found] == list(texts) else None

    found = await wait_until(look, describe=f"in VK: {texts}")
    assert found is not None
    return found


async def _colleague(desk: Desk, browser: Browser) -> tuple[Operator, BrowserContext, Page]:
    """Let an operator with a browser of their own join the project."""
    added = await desk.operator.post(
        f"/api/v1/accounts/projects/{desk.project.id}/people",
        {"email": f"olga-{desk.project.id}@example.test", "role": "operator"},
    )
    olga = desk.suite.visitor()
    token = added["enrolment"]["url"].rsplit("/", 1)[1]
    person = {"name": "Ольга", "password": "очень-длинный-пароль-Ольги"}
    await olga.post(f"/api/v1/accounts/enrolments/{token}", person)
    context = await browser.new_context(locale="ru-RU", viewport=DESKTOP)
    await context.add_cookies(cookies_of(olga, desk.suite.url))
    page = await context.new_page()
    desk.watch(page)
    return olga, context, page


async def test_a_reply_reaches_vk_with_pasted_and_dropped_files(desk: Desk) -> None:
    user, dialog = await _dialog(desk)
    page, drawn = desk.page, io.BytesIO()
    Image.new("RGB", (40, 30), "orange").save(drawn, "PNG")
    picture = base64.b64encode(drawn.getvalue()).decode()

    await _text(page).fill("Смотрите, что готово")
    await page.evaluate(GIVE_FILE, ["paste", "торт.png", "image/png", picture])
    await page.evaluate(GIVE_FILE, ["dragover", "смета.txt", "text/plain", picture])
    await expect(page.get_by_text("Отпустите, чтобы приложить к ответу")).to_be_visible()
    await page.evaluate(GIVE_FILE, ["drop", "смета.txt", "text/plain", picture])
    files = page.get_by_role("list", name="Приложенные файлы")
    await expect(files.get_by_role("button", name=re.compile("Убрать"))).to_have_count(2)
    await desk.axe()
    await _text(page).press("Enter")

    await expect(_text(page)).to_have_value("")
    (sent,) = await _ours(desk, user, ["Смотрите, что готово"])
    assert len(sent["attachments"]) == 2, sent
    reply = await desk.project.message(dialog["id"], "Смотрите, что готово", state="sent")
    assert reply["author"]["kind"] == "operator"


async def test_a_quick_answer_is_chosen_by_keyboard_and_a_note_stays_among_us(desk: Desk) -> None:
    user, dialog = await _dialog(desk)
    page, path = desk.page, "/api/v1/dialogs/quick-answers"
    for shortcut, text in (("адрес", "Мы на Лесной, 5"), ("привет", "{{first_name}}, это {{operator}}")):
        document = {"project_id": desk.project.id, "shortcut": shortcut, "title": "", "text": text}
        await desk.operator.post(path, document)

    await _text(page).press_sequentially("/")
    await expect(page.get_by_role("option")).to_have_count(2)
    await _text(page).press("ArrowDown")
    await expect(page.get_by_role("option", selected=True)).to_contain_text("/привет")
    await desk.axe()
    await _text(page).press("Enter")
    await expect(_text(page)).to_have_value("Мария, это Вера")
    await _text(page).press("Enter")
    await _ours(desk, user, ["Мария, это Вера"])

    await page.keyboard.press("Alt+KeyN")
    await expect(page.get_by_text("Клиент этого не увидит")).to_be_visible()
    await _text(page, "Текст заметки").fill("Постоянный клиент")
    await _text(page, "Текст заметки").press("Enter")
    details = page.get_by_role("complementary", name="О собеседнике")
    await expect(details.get_by_text("Постоянный клиент")).to_be_visible()
    await page.keyboard.press("Alt+KeyN")
    await _text(page).fill("Всё?")
    await _text(page).press("Enter")
    # What was written after the note is there, so the note would be, too.
    await _ours(desk, user, ["Мария, это Вера", "Всё?"])
    messages = await desk.project.messages(dialog["id"])
    assert "Постоянный клиент" not in [one["text"] for one in messages]


async def test_taking_over_is_asked_for_and_so_is_a_reply_behind_a_colleagues(
    desk: Desk, browser: Browser
) -> None:
    user, dialog = await _dialog(desk)
    page = desk.page
    olga, context, hers = await _colleague(desk, browser)
    await hers.goto(page.url)
    await expect(page.get_by_text("Ольга смотрит диалог")).to_be_visible()
    await _text(hers).press_sequentially("Доброе утро")
    await expect(page.get_by_text("Ольга печатает…")).to_be_visible()
    await _text(page).fill("Уже смотрю")
    await _text(hers).press("Enter")
    await _ours(desk, user, ["Доброе утро"])

    await _text(page).press("Enter")
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("Диалог ведёт Ольга. Перехватить?")
    await asked.get_by_role("button", name="Вернуться к тексту").last.click()
    await expect(_text(page)).to_have_value("Уже смотрю")
    await _text(page).press("Enter")
    await asked.get_by_role("button", name="Перехватить и отправить").click()
    await _ours(desk, user, ["Доброе утро", "Уже смотрю"])

    # The dialog goes back to Olga, who answers while the first operator writes.
    await _text(page).fill("Цена тысяча")
    her_id = (await olga.get("/api/v1/accounts/session"))["operator"]["id"]
    await desk.operator.put(f"/api/v1/dialogs/{dialog['id']}/operator", {"operator_id": her_id})
    await _text(hers).fill("Цена девятьсот")
    await _text(hers).press("Enter")
    await _ours(desk, user, ["Доброе утро", "Уже смотрю", "Цена девятьсот"])
    me = (await desk.operator.get("/api/v1/accounts/session"))["operator"]["id"]
    await desk.operator.put(f"/api/v1/dialogs/{dialog['id']}/operator", {"operator_id": me})
    await _text(page).press("Enter")
    await expect(asked).to_contain_text("Пока вы писали, ответил(а) Ольга. Отправить всё равно?")
    await expect(asked).to_contain_text("Цена девятьсот")
    await asked.get_by_role("button", name="Отправить всё равно").click()
    await _ours(desk, user, ["Доброе утро", "Уже смотрю", "Цена девятьсот", "Цена тысяча"])
    await context.close()


async def test_a_blocked_composer_is_off_with_the_reason_and_on_again_by_itself(desk: Desk) -> None:
    user, _ = await _dialog(desk)
    await _text(desk.page).fill("Начатый ответ")

    await desk.suite.vk.change(desk.community, f"users/{user}/deny")
    await expect(desk.page.get_by_text("Пользователь запретил сообществу писать ему.")).to_be_visible()
    await expect(_text(desk.page)).to_have_count(0)
    await desk.axe()
    await desk.suite.vk.change(desk.community, f"users/{user}/allow")

    await expect(_text(desk.page)).to_have_value("Начатый ответ")


async def test_what_is_written_survives_reloads_and_lost_answers_and_is_sent_once(desk: Desk) -> None:
    user, dialog = await _dialog(desk)
    page = desk.page
    unsent = page.get_by_role("list", name="Не отправлено")
    await _text(page).fill("Без связи")
    await page.reload()
    await expect(_text(page)).to_have_value("Без связи")
    await desk.context.set_offline(True)
    await _text(page).press("Enter")
    await expect(unsent).to_contain_text("Отправим, когда она вернётся")
    await desk.context.set_offline(False)
    await _ours(desk, user, ["Без связи"])
    await expect(unsent).to_have_count(0)

    await page.evaluate(LOSE_ANSWERS)
    await _text(page).fill("Без ответа")
    await _text(page).press("Enter")
    await expect(unsent).to_contain_text("Без ответа")
    # The tab is closed with the letter in it; the next one sends it once more under its name.
    await page.close()
    desk.page = await desk.new_tab()
    await desk.open(f"dialogs/{dialog['id']}")
    await expect(_text(desk.page)).to_have_value("")
    await desk.page.wait_for_function(NO_LETTERS)

    await _ours(desk, user, ["Без связи", "Без ответа"])
    texts = [one["text"] for one in await desk.project.messages(dialog["id"])]
    assert texts == ["Здравствуйте!", "Без связи", "Без ответа"]


async def test_a_dialog_is_taken_tagged_and_closed_from_its_page(desk: Desk) -> None:
    user, _ = await _dialog(desk)
    page, project = desk.page, desk.project

    await page.get_by_role("button", name="Взять").click()
    await expect(page.get_by_role("button", name="Взять")).to_have_count(0)
    await page.get_by_role("button", name="Добавить метку").click()
    await page.get_by_role("textbox", name="Найти метку").fill("опт")
    await page.get_by_role("menuitem", name="Создать «опт»").click()
    await expect(page.get_by_role("button", name="Снять метку опт")).to_be_visible()
    await expect(page.get_by_text("не передаётся в Яндекс.Метрику")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile(f"id{user}"))).to_have_attribute(
        "href", re.compile(rf"^https://vk\.(com|ru)/id{user}$")
    )
    await page.keyboard.press("Alt+KeyC")
    await expect(page.get_by_role("dialog")).to_contain_text("Закрыть без ответа?")
    await page.get_by_role("dialog").get_by_role("button", name="Закрыть").last.click()

    closed = await project.dialog_with(user, tab="closed")
    assert [tag["name"] for tag in closed["tags"]] == ["опт"]
    await page.get_by_role("button", name="Открыть снова").click()
    await project.dialog_with(user, tab="all")
