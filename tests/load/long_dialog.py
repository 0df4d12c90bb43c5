"""`cabinet_long_dialog`: 50,000 messages in Chromium, how soon they are seen and what scrolling costs."""

import asyncio
import sqlite3
import statistics
import tempfile
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from playwright.async_api import CDPSession, Locator, Page, async_playwright, expect

from tests.load.demo import ACCOUNT, Demo, embedded_demo
from tests.load.figures import Figure
from tests.support.servers.packages import find_chromium
from tests.support.waiting import wait_until

NAMES = ("cabinet_long_dialog", "cabinet_long_dialog_memory", "cabinet_long_dialog_nodes")
MESSAGES = 50_000
USER_ID = 800_001
ROUNDS, ROUNDS_FULL = 7, 21
PAGES, PAGES_FULL = 60, 900
FULL_WINDOW = 12
FIRST_PAINT_MS = 200.0
GROWTH_MB = 6.0
GROWTH_NODES = 1.2
# From the last byte of the answer with the messages until the frame after they stand on the page.
PAINTED = """() => new Promise(done => {
  const look = () => document.querySelector('[data-kind=message]')
    ? requestAnimationFrame(() => setTimeout(() => {
        const now = performance.now();
        const read = performance.getEntriesByType('resource').filter(one => one.name.includes('/messages?'));
        done(now - read.at(-1).responseEnd);
      }))
    : requestAnimationFrame(look);
  look();
})"""


def measure(*, full: bool) -> list[Figure]:
    """Open the dialog several times, then scroll up through it."""
    return asyncio.run(_measure(full=full))


async def _measure(*, full: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            embedded_demo(env={"OTKLIK_DATA": folder}) as demo,
            async_playwright() as playwright,
            await playwright.chromium.launch(
                executable_path=find_chromium(), chromium_sandbox=False, args=["--disable-gpu"]
            ) as browser,
        ):
            dialog_id = await _long_dialog(demo, Path(folder) / "dialogs.db")
            context = await browser.new_context(locale="ru-RU", viewport={"width": 1440, "height": 900})
            # A session of its own, which is renewed when the short token ends.
            await context.request.post(f"{demo.door.url}/api/v1/accounts/session", data=ACCOUNT)
            page = await context.new_page()
            address = f"{demo.door.url}/projects/{demo.project_id}/dialogs/{dialog_id}"
            paints = [await _first_paint(page, address) for _ in range(ROUNDS_FULL if full else ROUNDS)]
            session = await context.new_cdp_session(page)
            memory, nodes = await _scroll(page, session, PAGES_FULL if full else PAGES)
    spread = round((max(paints) - min(paints)) / 2, 1)
    return [
        Figure(
            NAMES[0], round(statistics.median(paints), 1), "ms", FIRST_PAINT_MS, spread=spread, at_most=True
        ),
        Figure(NAMES[1], round(memory, 2), "MB", GROWTH_MB, at_most=True),
        Figure(NAMES[2], round(nodes, 2), "x", GROWTH_NODES, at_most=True),
    ]


async def _long_dialog(demo: Demo, database: Path) -> str:
    """Let somebody write once, and put their message into the database again and again."""
    async with httpx.AsyncClient(trust_env=False) as http:
        community = f"{demo.emulator_url}/emulator/v1/communities/{demo.door.group_id}"
        await http.post(f"{community}/users/{USER_ID}/messages", json={"text": "первое"})

        async def stored() -> str | None:
            with closing(sqlite3.connect(database, timeout=30)) as connection:
                found = connection.execute("SELECT dialog_id FROM message WHERE text = 'первое'").fetchone()
            return str(found[0]) if found else None

        await wait_until(stored, 30, "the first message is stored")
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        first = dict(connection.execute("SELECT * FROM message WHERE text = 'первое'").fetchone())
        names = list(first)
        rows = [_another(first, number) for number in range(2, MESSAGES + 1)]
        values = ", ".join("?" for _ in names)
        with connection:
            connection.executemany(
                f"INSERT INTO message ({', '.join(names)}) VALUES ({values})",
                [tuple(row[name] for name in names) for row in rows],
            )
    return str(UUID(str(first["dialog_id"])))


def _another(first: dict[str, object], number: int) -> dict[str, object]:
    fresh = uuid4()
    message_id = fresh.hex if len(str(first["id"])) == len(fresh.hex) else str(fresh)
    place = {"anchor": number, "conversation_message_id": number}
    text = f"Сообщение {number}: " + "когда привезут заказ? " * (number % 7)
    return first | place | {"id": message_id, "text": text}


async def _first_paint(page: Page, address: str) -> float:
    await page.goto("about:blank")
    await page.goto(address, wait_until="commit")
    return float(await page.evaluate(PAINTED))


async def _scroll(page: Page, session: CDPSession, pages: int) -> tuple[float, float]:
    """Read page after page; give what memory (MB) and nodes (times) grew by since the window was full."""
    box = page.get_by_role("region", name="Сообщения")
    full_window = (0.0, 0.0)
    for at in range(pages):
        if at == FULL_WINDOW:
            full_window = await _weight(session)
        await _earlier(box)
    memory, nodes = await _weight(session)
    return (memory - full_window[0]) / 1e6, nodes / full_window[1]


async def _earlier(box: Locator) -> None:
    first = box.locator("li[data-kind=message]").first
    key = await first.get_attribute("data-key")
    await box.evaluate("box => { box.scrollTop = 0 }")
    await expect(first).not_to_have_attribute("data-key", key or "")


async def _weight(session: CDPSession) -> tuple[float, float]:
    await session.send("HeapProfiler.collectGarbage")
    heap = await session.send("Runtime.getHeapUsage")
    counted = await session.send("Memory.getDOMCounters")
    return float(heap["usedSize"]), float(counted["nodes"])
