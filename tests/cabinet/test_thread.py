"""The thread of a dialog: what people write in VK as it is there, live, and held in place while one reads."""

import re

from playwright.async_api import Locator, Page, expect

from tests.cabinet.desk import Desk

KINDS = (
    "doc audio_message sticker video link wall market graffiti gift poll story call audio wall_reply unknown"
)


async def opened(desk: Desk, user_id: int, query: str = "") -> tuple[Page, str]:
    """Open the dialog with a person; give the page and the dialog's id."""
    dialog = await desk.project.dialog_with(user_id)
    page = await desk.open(f"dialogs/{dialog['id']}{query}")
    return page, dialog["id"]


def bubble(page: Page, text: str) -> Locator:
    """The message that says this."""
    thread = page.get_by_role("region", name="Сообщения")
    return thread.get_by_role("article").filter(has_text=text)


async def test_a_thread_shows_whatever_people_send(desk: Desk) -> None:
    vk, user = desk.suite.vk, await desk.suite.vk.new_user()
    writes = f"users/{user}/messages"
    photos = await vk.change(desk.community, writes, {"sample": ["photo", "photo"]})
    for kind in KINDS.split():
        await vk.change(desk.community, writes, {"sample": kind})
    number = photos["conversation_message_id"]
    await vk.change(desk.community, writes, {"text": "о чём речь", "reply_to": number, "forward": [number]})
    await vk.change(desk.community, writes, {"text": "я тут", "geo": {"latitude": 55.7, "longitude": 37.6}})
    page, _ = await opened(desk, user)

    await expect(bubble(page, "я тут").get_by_role("link", name="Открыть на карте")).to_be_visible()
    await expect(page.get_by_role("link", name="накладная.pdf")).to_be_attached()
    await expect(page.get_by_text("подскажите когда доставка")).to_be_attached()
    await expect(page.get_by_text("Этот вид вложения пока не показываем")).to_be_attached()
    for said in ("Распаковка", "1 490 ₽", "Какой цвет?", "Вальс", "Новая коллекция"):
        await expect(page.get_by_text(said).first).to_be_attached()
    await expect(bubble(page, "о чём речь").get_by_text("Пересланные сообщения")).to_be_visible()
    await desk.axe()

    voice = page.get_by_role("button", name="Прослушать")
    await voice.scroll_into_view_if_needed()
    await page.get_by_role("button", name="Скорость: 1×").click()
    await expect(page.get_by_role("button", name="Скорость: 1.5×")).to_be_visible()
    await page.get_by_role("button", name="Открыть фото 1 из 2").first.click()
    gallery = page.get_by_role("dialog")
    await expect(gallery.get_by_role("img", name="Фото 1 из 2")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(gallery.get_by_role("img", name="Фото 2 из 2")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(gallery).to_have_count(0)


async def test_what_happens_in_vk_happens_in_the_open_thread(desk: Desk) -> None:
    vk, user = desk.suite.vk, await desk.suite.vk.new_user("Мария", "Орлова")
    first = await vk.user_writes(desk.community, user, "сколько стоит тарт")
    page, dialog_id = await opened(desk, user)
    await expect(bubble(page, "сколько стоит тарт")).to_be_visible()

    await vk.admin_replies(desk.community, user, "ответ из самого VK")
    answered = bubble(page, "ответ из самого VK")
    await expect(answered).to_contain_text(f"Ответ отправлен из ВКонтакте: {desk.community.admin_name}")
    about = f"users/{user}/messages/{first['conversation_message_id']}"
    await vk.change(desk.community, f"{about}/edit", {"text": "сколько стоит торт"})
    edited = bubble(page, "сколько стоит торт")
    await edited.get_by_role("button", name="Изменено. Показать прежние версии").click()
    versions = page.get_by_role("dialog", name="История изменений")
    await expect(versions.get_by_text("сколько стоит тарт")).to_be_visible()
    await page.keyboard.press("Escape")

    sent = await desk.project.reply(dialog_id, "шестьсот рублей")
    ours = bubble(page, "шестьсот рублей")
    await expect(ours).to_contain_text("Отправлено")
    told = await desk.project.message(dialog_id, "шестьсот рублей", state="sent")
    reacted = f"users/{user}/messages/{told['conversation_message_id']}/reaction"
    await vk.change(desk.community, reacted, {"reaction_id": 1})
    await expect(ours.get_by_text("Реакция:")).to_be_attached()
    await vk.change(desk.community, f"users/{user}/read")
    await expect(ours).to_contain_text("Прочитано")
    await desk.operator.delete(f"/api/v1/dialogs/{dialog_id}/messages/{sent['id']}")
    await expect(ours).to_contain_text("Удалено во ВКонтакте")
    await desk.operator.post(
        f"/api/v1/dialogs/{dialog_id}/notes", {"client_id": "note", "text": "любит со скидкой"}
    )
    await expect(page.get_by_role("article", name="Заметка, Вы")).to_contain_text("любит со скидкой")
    await desk.operator.post(f"/api/v1/dialogs/{dialog_id}/close")
    await expect(page.get_by_text(re.compile("Обращение 1, закрыл"))).to_be_visible()


async def test_what_is_read_stays_in_its_place(desk: Desk) -> None:
    vk, user = desk.suite.vk, await desk.suite.vk.new_user()
    for number in range(1, 106):
        await vk.user_writes(desk.community, user, f"сообщение {number:03}")
    dialog = await desk.project.dialog_with(user)
    await desk.project.message(dialog["id"], "сообщение 105")
    await desk.operator.post(f"/api/v1/dialogs/{dialog['id']}/seen", {"through": 105})
    page, _ = await opened(desk, user)
    thread = page.get_by_role("region", name="Сообщения")
    await expect(bubble(page, "сообщение 105")).to_be_in_viewport()

    # The page before is read from here on; what is seen must not move when it comes.
    held = bubble(page, "сообщение 065")
    await held.scroll_into_view_if_needed()
    top = await top_of(held)
    await expect(bubble(page, "сообщение 010")).to_be_attached()
    assert abs(await top_of(held) - top) <= 1
    await thread.evaluate("box => { box.scrollTop = 0 }")
    await expect(bubble(page, "сообщение 001")).to_be_attached()

    held = bubble(page, "сообщение 020")
    await held.scroll_into_view_if_needed()
    top = await top_of(held)
    await vk.user_writes(desk.community, user, "пока вы читали")
    await expect(page.get_by_role("button", name="1 новое сообщение")).to_be_visible()
    assert abs(await top_of(held) - top) <= 1
    await page.get_by_role("button", name="1 новое сообщение").click()
    await expect(bubble(page, "пока вы читали")).to_be_in_viewport()

    earliest = (await desk.operator.get(f"/api/v1/dialogs/{dialog['id']}/messages", limit=100))["items"][0]
    await opened(desk, user, f"?message={earliest['id']}")
    await expect(bubble(page, earliest["text"])).to_be_in_viewport()


async def top_of(line: Locator) -> float:
    """Where a line stands on the screen."""
    box = await line.bounding_box()
    assert box is not None
    return box["y"]
