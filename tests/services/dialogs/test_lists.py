"""Tabs and pages: each dialog once, the latest activity first, whatever happens in between."""

import random
from typing import Any

from sqlalchemy import text

from shared.events.dialogs import CaseOpened
from tests.services.dialogs.cabinet import Cabinet, moment


async def _pages(cabinet: Cabinet, path: str, name: str, limit: int) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor = None
    while True:
        more = f"&{name}={cursor}" if cursor else ""
        page = await cabinet.call("GET", f"{path}limit={limit}{more}")
        pages.append(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return pages


async def test_every_tab_pages_through_each_dialog_once(cabinet: Cabinet) -> None:
    users = [str(number) for number in range(23)]
    # Many share a moment, so that only the id decides between them.
    await cabinet.hear(*(cabinet.wrote(1 + int(user) % 3, user=user) for user in users))
    dialogs = await cabinet.tab("new", params=None)
    for dialog in dialogs[:5]:
        await cabinet.call("PUT", f"/{dialog['id']}/operator", json={"operator_id": str(cabinet.anna)})
    boris = cabinet.headers(cabinet.boris, "Борис")
    for dialog in dialogs[5:8]:
        taken = {"operator_id": str(cabinet.boris)}
        await cabinet.call("PUT", f"/{dialog['id']}/operator", json=taken, headers=boris)
    for dialog in dialogs[8:12]:
        await cabinet.call("POST", f"/{dialog['id']}/close")

    sizes = {}
    for tab in ("new", "mine", "all", "closed"):
        pages = await _pages(cabinet, f"?project_id={cabinet.project}&tab={tab}&", "cursor", 3)
        items = [item for page in pages for item in page]
        keys = [(item["last_activity_at"], item["id"]) for item in items]
        assert keys == sorted(set(keys), reverse=True)
        sizes[tab] = len(items)

    assert sizes == {"new": 11, "mine": 5, "all": 19, "closed": 4}


async def test_a_cursor_fits_only_its_own_list(cabinet: Cabinet) -> None:
    await cabinet.hear(*(cabinet.wrote(1, user=str(user)) for user in range(3)))
    path = f"?project_id={cabinet.project}"
    page = await cabinet.call("GET", f"{path}&tab=new&limit=1")

    other = await cabinet.call("GET", f"{path}&tab=all&limit=1&cursor={page['next_cursor']}", status=422)

    assert other["code"] == "invalid_cursor"


async def test_a_thread_is_in_the_order_of_its_numbers_and_pages_back(cabinet: Cabinet) -> None:
    numbers = list(range(1, 31))
    random.Random(7).shuffle(numbers)
    await cabinet.hear(*(cabinet.wrote(number) for number in numbers), batch=False)
    dialog = await cabinet.only_dialog()
    for _ in range(3):
        await cabinet.reply(dialog["id"])

    pages = await _pages(cabinet, f"/{dialog['id']}/messages?", "before", 4)

    messages = [message for page in reversed(pages) for message in page]
    assert [m["conversation_message_id"] for m in messages] == [*range(1, 31), None, None, None]
    places = [m["place"] for m in messages]
    assert places == sorted(places)
    assert places[-3:] == [[30, 1], [30, 2], [30, 3]]


async def test_one_dialog_for_ever(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    await cabinet.call("POST", f"/{dialog['id']}/close")
    await cabinet.hear(cabinet.deleted(version=2), cabinet.created(epoch=2, version=3))

    await cabinet.hear(cabinet.wrote(2, epoch=2))

    after = await cabinet.only_dialog()
    assert (after["id"], after["state"]) == (dialog["id"], "new")
    assert after["last_activity_at"] == moment(2).isoformat().replace("+00:00", "Z")
    assert len(await cabinet.announced(CaseOpened)) == 2


async def test_each_tab_has_its_index(cabinet: Cabinet) -> None:
    states = {
        "new": "state IN ('new')",
        "mine": "state IN ('taken') AND operator_id = 'x'",
        "all": "state IN ('new', 'taken')",
        "closed": "state IN ('closed')",
    }
    async with cabinet.service.database.read() as session:
        for tab, condition in states.items():
            query = f"SELECT * FROM dialog WHERE project_id = 'p' AND {condition}"
            explained = text(f"EXPLAIN QUERY PLAN {query} ORDER BY last_activity_at DESC, id DESC LIMIT 50")
            plan = " ".join(row.detail for row in await session.execute(explained))
            assert f"ix_dialog_{tab}" in plan
            assert "TEMP B-TREE" not in plan
