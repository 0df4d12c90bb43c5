"""Tabs and pages: each dialog once, the latest activity first, whatever happens in between."""

import asyncio
import random
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from shared.events.channel import WritingPermissionChanged
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


async def test_filters_hold_together_and_are_what_one_would_choose(cabinet: Cabinet) -> None:
    users = [str(number) for number in range(12)]
    await cabinet.hear(*(cabinet.wrote(1 + int(user), user=user) for user in users))
    dialogs = {one["contact"]["external_id"]: one["id"] for one in await cabinet.tab("new")}
    for user in users[:6]:
        await cabinet.call("PUT", f"/{dialogs[user]}/operator", json={"operator_id": str(cabinet.anna)})
    for user in users[2:4]:
        await cabinet.call("PUT", f"/{dialogs[user]}/important")
    await cabinet.call("POST", f"/{dialogs['3']}/close")
    await cabinet.call("POST", f"/{dialogs['5']}/seen", json={"through": 99})
    await cabinet.hear(cabinet.staff(99, user="6"))
    blocked: Any = {"external_id": "7", "allowed": False, "checked_at": moment(50)}
    await cabinet.hear(
        WritingPermissionChanged(**cabinet.about(), **blocked, reason="writing_not_allowed"),
        WritingPermissionChanged(**cabinet.about(), **blocked | {"external_id": "8"}),
        cabinet.wrote(60, user="8"),
    )
    everybody = set(users)
    period = {"active_from": moment(3).isoformat(), "active_to": moment(6).isoformat()}
    expected: list[tuple[dict[str, Any], set[str]]] = [
        ({"tab": "any"}, everybody),
        ({"tab": "any", "integration_id": [str(cabinet.integration), str(uuid4())]}, everybody),
        ({"tab": "any", "integration_id": str(uuid4())}, set()),
        ({"operator_id": str(cabinet.anna)}, {"0", "1", "2", "4", "5"}),
        ({"operator_id": "none"}, set(users[6:])),
        ({"operator_id": ["none", str(cabinet.anna)]}, everybody - {"3"}),
        ({"tab": "any", "important": "true"}, {"2", "3"}),
        ({"tab": "closed", "important": "true"}, {"3"}),
        ({"important": "false", "operator_id": str(cabinet.anna)}, {"0", "1", "4", "5"}),
        ({"tab": "any", "unread": "false"}, {"3", "5", "6"}),
        ({"tab": "any", "unanswered": "false"}, {"3", "6"}),
        ({"unread": "true", "unanswered": "true", "tab": "mine"}, {"0", "1", "2", "4"}),
        ({"tab": "any", "blocked": "true"}, {"7"}),
        ({"tab": "new", "blocked": "false"}, set(users[6:]) - {"7"}),
        ({"tab": "any", **period}, {"2", "3", "4"}),
        ({"tab": "any", "important": "true", "q": "message 3"}, {"2"}),
    ]
    for query, chosen in expected:
        options = {"project_id": str(cabinet.project), "limit": 2, **query}
        found, cursor = [], None
        while True:
            given = options | ({"cursor": cursor} if cursor else {})
            page = await cabinet.call("GET", "", params=given)
            found += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        people = [one["contact"]["external_id"] for one in found]
        assert sorted(people) == sorted(chosen), query
        activity = [one["last_activity_at"] for one in found]
        assert activity == sorted(activity, reverse=True)


async def test_a_cursor_that_was_changed_or_is_of_other_filters_is_refused(cabinet: Cabinet) -> None:
    await cabinet.hear(*(cabinet.wrote(1, user=str(user)) for user in range(3)))
    path = f"?project_id={cabinet.project}&limit=1"
    cursor = (await cabinet.call("GET", path))["next_cursor"]
    chance = random.Random(5)
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for _ in range(40):
        place = chance.randrange(len(cursor))
        other = chance.choice([sign for sign in signs if sign != cursor[place]])
        changed = cursor[:place] + other + cursor[place + 1 :]
        answer = await cabinet.client.get(
            f"/api/v1/dialogs{path}&cursor={changed}", headers=cabinet.headers()
        )
        # The last sign of base64 has bits that mean nothing.
        harmless = place == len(cursor) - 1 and answer.status_code == 200
        assert harmless or (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor"), changed
    for more in ("&unread=true", "&q=message", "&operator_id=none", "&tab=any", "&blocked=false"):
        refused = await cabinet.call("GET", f"{path}{more}&cursor={cursor}", status=422)
        assert refused["code"] == "invalid_cursor", more
    await cabinet.call("GET", f"{path}&cursor={cursor}")


async def test_a_walk_sees_each_dialog_that_does_not_move_exactly_once(cabinet: Cabinet) -> None:
    still = [str(number) for number in range(40)]
    await cabinet.hear(*(cabinet.wrote(1 + int(user) % 5, user=user) for user in still))
    chance = random.Random(11)

    async def write() -> None:
        for number in range(30):
            user = f"new{number}" if chance.random() < 0.5 else f"moving{number % 3}"
            await cabinet.hear(cabinet.wrote(10 + number, user=user))

    for question in ("", "&q=message"):
        writing = asyncio.create_task(write())
        pages = await _pages(cabinet, f"?project_id={cabinet.project}&tab=new{question}&", "cursor", 3)
        await writing
        seen = [item["contact"]["external_id"] for page in pages for item in page]
        assert sorted(user for user in seen if user in still) == sorted(still), question
