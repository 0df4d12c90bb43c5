"""Whatever people and administrators write in VK is text here: on no screen does any of it run."""

from typing import Any

from playwright.async_api import Page, expect

from tests.cabinet.desk import Desk

CORPUS = [
    "<img src=x onerror=window.__xss=1>",
    "<script>window.__xss=1</script>",
    '"><svg onload=window.__xss=1>',
    "'-alert(1)-'",
    "javascript:window.__xss=1",
    "{{constructor.constructor('window.__xss=1')()}}",
    "</textarea><iframe srcdoc='<script>parent.__xss=1</script>'>",
    "[url=javascript:window.__xss=1]x[/url]",
    'https://vk.com/"onmouseover="window.__xss=1',
    "\u202egnp.exe <b>x</b>",
]
PAGES = ("integrations/new", "widgets", "reports", "settings")


def everywhere(text: str) -> list[dict[str, Any]]:
    """Give attachments with the text in every field that a person in VK can fill."""
    link = {"url": text, "title": text, "caption": text, "description": text}
    bad_link = {"url": "javascript:window.__xss=1", "title": text, "caption": text, "description": text}
    document = {"id": 1, "owner_id": 1, "title": text, "size": 10, "ext": "html", "url": text, "type": 1}
    product = {"id": 1, "owner_id": 1, "title": text, "description": text, "price": {"text": text}}
    answers = [{"id": 1, "text": text, "votes": 0, "rate": 0}]
    bodies = {
        "link": link,
        "doc": document,
        "market": product,
        "poll": {"id": 1, "owner_id": 1, "question": text, "answers": answers},
        "wall": {"id": 1, "from_id": 1, "to_id": 1, "date": 1, "text": text},
        "audio": {"id": 1, "owner_id": 1, "artist": text, "title": text, "duration": 1, "url": text},
        "video": {"id": 1, "owner_id": 1, "title": text, "description": text, "duration": 1, "image": []},
        text[:20]: {"anything": text},
    }
    found = [{"type": kind, kind: body} for kind, body in bodies.items()]
    return [*found, {"type": "link", "link": bad_link}]


async def test_nothing_of_what_vk_says_runs(desk: Desk) -> None:
    vk = desk.suite.vk
    dialogs_open: list[str] = []
    desk.page.on("dialog", lambda shown: dialogs_open.append(shown.message))
    user = await vk.new_user(CORPUS[0], CORPUS[2])
    await vk.change(desk.community, "settings", {"name": CORPUS[1]})
    writes = f"users/{user}/messages"
    for text in CORPUS:
        document = {"text": text, "attachments": everywhere(text), "ref": text, "ref_source": text}
        written = await vk.change(desk.community, writes, document)
    number = written["conversation_message_id"]
    await vk.change(desk.community, writes, {"text": "цитаты", "reply_to": number, "forward": [number]})
    await vk.change(desk.community, f"users/{user}/messages/{number}/edit", {"text": CORPUS[4]})
    dialog = await desk.project.dialog_with(user)
    await desk.project.message(dialog["id"], "цитаты")

    page = await desk.open("dialogs")
    await expect(page.get_by_text(CORPUS[0]).first).to_be_visible()
    await assert_quiet(page, dialogs_open)
    for path in PAGES:
        await desk.open(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await assert_quiet(page, dialogs_open)
    await desk.open(f"dialogs/{dialog['id']}")
    await expect(page.get_by_role("article").filter(has_text=CORPUS[9]).first).to_be_attached()
    await page.get_by_role("button", name="Изменено. Показать прежние версии").click()
    await expect(page.get_by_role("dialog", name="История изменений")).to_be_visible()
    await assert_quiet(page, dialogs_open)
    hrefs = await page.eval_on_selector_all("a[href]", "links => links.map(link => link.protocol)")
    assert set(hrefs) <= {"http:", "https:"}


async def assert_quiet(page: Page, dialogs_open: list[str]) -> None:
    """Assert that no script of others has run and nothing of theirs became a part of the page."""
    assert await page.evaluate("window.__xss") is None
    assert await page.locator("iframe, img[src='x'], svg[onload]").count() == 0
    assert dialogs_open == []
