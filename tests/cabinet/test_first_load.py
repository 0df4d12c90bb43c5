"""What the first visit costs: everything fetched until the list of dialogs can be used."""

from urllib.parse import urlsplit

from playwright.async_api import expect

from tests.cabinet.desk import Desk
from tests.cabinet.test_list import rows, writes

KILOBYTES_MAX = 190
CODE = frozenset({"Script", "Stylesheet"})


async def test_the_first_load_is_small_and_asks_nobody_else(desk: Desk) -> None:
    await writes(desk, "Здравствуйте", "Мария", "Орлова")
    session = await desk.context.new_cdp_session(desk.page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: dict[str, tuple[str, str]] = {}
    sizes: dict[str, float] = {}
    session.on(
        "Network.responseReceived",
        lambda event: asked.update({event["requestId"]: (event["type"], event["response"]["url"])}),
    )
    session.on(
        "Network.dataReceived",
        lambda event: sizes.update(
            {event["requestId"]: sizes.get(event["requestId"], 0) + event["encodedDataLength"]}
        ),
    )

    page = await desk.open()
    await expect(rows(page)).to_have_count(1)

    code = {url: sizes[key] for key, (kind, url) in asked.items() if kind in CODE and key in sizes}
    assert code
    assert sum(code.values()) <= KILOBYTES_MAX * 1000, sorted(code.items(), key=lambda one: -one[1])
    ours = urlsplit(desk.suite.url).netloc
    assert {urlsplit(url).netloc for _, url in asked.values()} == {ours}
