"""`cabinet_first_load`: how long a slow machine takes from an address to a list that can be used."""

import asyncio
import statistics

import httpx
from playwright.async_api import Browser, async_playwright

from tests.load.demo import ACCOUNT, Demo, embedded_demo
from tests.load.figures import Figure
from tests.support.servers.packages import find_chromium
from tests.support.waiting import wait_until

SLOWER = 4
SECONDS_MAX = 2.5
PEOPLE = 60
FIRST_PERSON = 100_000
ROUNDS = 5

# A row is there, its frame is painted, and the page is free to answer a key.
WHEN_USABLE = """() => new Promise((tell) => {
    const look = () => {
        if (!document.querySelector('[role=feed] article a')) return setTimeout(look, 5);
        requestAnimationFrame(() => setTimeout(() => tell(performance.now())));
    };
    look();
})"""


def measure(*, full: bool) -> list[Figure]:
    """Measure with nothing cached and the processor four times slower than it is."""
    return asyncio.run(_measure(ROUNDS * 3 if full else ROUNDS))


async def _measure(rounds: int) -> list[Figure]:
    async with embedded_demo() as demo, async_playwright() as playwright:
        await _fill(demo)
        browser = await playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False)
        try:
            seconds = [await _load(browser, demo) for _ in range(rounds)]
        finally:
            await browser.close()
    return [
        Figure(
            "cabinet_first_load",
            round(statistics.median(seconds), 2),
            "s",
            SECONDS_MAX,
            spread=round((max(seconds) - min(seconds)) / 2, 2),
            at_most=True,
        )
    ]


async def _fill(demo: Demo) -> None:
    """Let people write, so that the list is as long as a screen and more."""
    messages = f"{demo.emulator_url}/emulator/v1/communities/{demo.door.group_id}/users"
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        for person in range(FIRST_PERSON, FIRST_PERSON + PEOPLE):
            answer = await http.post(f"{messages}/{person}/messages", json={"text": "Когда привезут заказ?"})
            answer.raise_for_status()

        async def arrived() -> bool:
            found = await http.get(
                f"{demo.door.url}/api/v1/dialogs/counters",
                params={"project_ids": demo.project_id},
                headers={"Authorization": f"Bearer {demo.token}"},
            )
            return bool(found.json()["items"][0]["all"] >= PEOPLE)

        await wait_until(arrived, 60, "everybody's message is there")


async def _load(browser: Browser, demo: Demo) -> float:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    answer = await context.request.post(f"{demo.door.url}/api/v1/accounts/session", data=ACCOUNT)
    assert answer.ok, await answer.text()
    session = await context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(f"{demo.door.url}/projects/{demo.project_id}/dialogs", wait_until="commit")
    usable = await page.evaluate(WHEN_USABLE)
    await context.close()
    return float(usable) / 1000
