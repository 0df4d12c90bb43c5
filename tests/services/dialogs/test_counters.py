"""Unread, unanswered, important: what is kept is what one would count, whatever happens side by side."""

import asyncio
import json
import random
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dialogs.states import Author, DialogState
from dialogs.tables import Change, Dialog, Message
from shared.events.channel import ReplyFailed
from shared.events.dialogs import MessagesSeen
from tests.services.dialogs.cabinet import Cabinet, open_cabinet

ACTIONS = ["customer", "customer", "staff", "reply", "fail", "seen", "take", "close"]
ACTIONS += ["reopen", "important", "back"]
USERS = [str(number) for number in range(4)]
EXAMPLES = 6
AT_ONCE = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=6)


async def _counters(cabinet: Cabinet, operator: UUID) -> Any:
    path = f"/counters?project_ids={cabinet.project}"
    return (await cabinet.call("GET", path, headers=cabinet.headers(operator)))["items"][0]


async def _counted(cabinet: Cabinet) -> tuple[dict[UUID, Any], dict[str, int]]:
    """Count everything anew, for each operator, and each dialog's unread messages by its person."""
    async with cabinet.service.database.read() as session:
        dialogs = (await session.scalars(select(Dialog))).all()
        messages = (await session.scalars(select(Message))).all()
    unread = {}
    for dialog in dialogs:
        read = max(dialog.seen_through, dialog.answered_through)
        unread[dialog.id] = sum(
            message.dialog_id == dialog.id
            and message.author is Author.CUSTOMER
            and (message.conversation_message_id or 0) > read
            for message in messages
        )
        assert dialog.unread_count == unread[dialog.id]
    states = Counter(dialog.state for dialog in dialogs)
    whole: dict[str, Any] = {
        "new": states[DialogState.NEW],
        "all": states[DialogState.NEW] + states[DialogState.TAKEN],
        "closed": states[DialogState.CLOSED],
        **_marks(dialogs, unread),
    }
    whole["dot"] = "red" if whole["important"] else "blue" if whole["new"] or whole["unanswered"] else None
    counted = {}
    for operator in (cabinet.anna, cabinet.boris):
        own = [one for one in dialogs if one.state is DialogState.TAKEN and one.operator_id == operator]
        counted[operator] = {**whole, "mine": {"all": len(own), **_marks(own, unread)}}
    return counted, {str(dialog.id): unread[dialog.id] for dialog in dialogs}


def _marks(dialogs: Any, unread: dict[UUID, int]) -> dict[str, int]:
    return {
        "unread": sum(unread[dialog.id] > 0 for dialog in dialogs),
        "unanswered": sum(dialog.unanswered_since is not None for dialog in dialogs),
        "important": sum(dialog.important and dialog.state is not DialogState.CLOSED for dialog in dialogs),
    }


class Play:
    """Does random things to a cabinet, many at once."""

    def __init__(self, cabinet: Cabinet, chance: random.Random) -> None:
        self.cabinet = cabinet
        self.chance = chance
        self.numbers = dict.fromkeys(USERS, 1)
        self.dialogs: dict[str, str] = {}
        self.replies: list[tuple[str, str]] = []

    async def begin(self) -> None:
        await self.cabinet.hear(*(self.cabinet.wrote(1, user=user) for user in USERS))
        found = await self.cabinet.tab("new")
        self.dialogs = {one["contact"]["external_id"]: one["id"] for one in found}

    async def act(self, action: str) -> None:
        cabinet, user = self.cabinet, self.chance.choice(USERS)
        operator = self.chance.choice([cabinet.anna, cabinet.boris])
        dialog, headers = self.dialogs[user], cabinet.headers(operator)
        if action in {"customer", "staff"}:
            self.numbers[user] += self.chance.randint(1, 3)
            number = self.numbers[user] - self.chance.randint(0, 2)
            tell = cabinet.wrote if action == "customer" else cabinet.staff
            await cabinet.hear(tell(number, user=user))
        elif action == "reply":
            reply = await cabinet.reply(dialog, headers=headers, more={"take_over": True})
            self.replies.append((user, reply["id"]))
        elif action == "fail" and self.replies:
            user, reply_id = self.chance.choice(self.replies)
            about = cabinet.about()
            await cabinet.hear(ReplyFailed(**about, external_id=user, reply_id=UUID(reply_id), reason="no"))
        else:
            await self._mark(action, dialog, user, operator, headers)

    async def _mark(self, action: str, dialog: str, user: str, operator: UUID, headers: Any) -> None:
        through = self.chance.randint(0, self.numbers[user] + 1)
        calls: dict[str, tuple[str, str, Any]] = {
            "seen": ("POST", "seen", {"through": through}),
            "take": ("PUT", "operator", {"operator_id": str(operator)}),
            "close": ("POST", "close", None),
            "reopen": ("POST", "reopen", None),
            "important": (self.chance.choice(["PUT", "DELETE"]), "important", None),
            "back": ("DELETE", "operator", None),
        }
        if action in calls:
            method, name, body = calls[action]
            path = f"/api/v1/dialogs/{dialog}/{name}"
            answer = await self.cabinet.client.request(method, path, json=body, headers=headers)
            assert answer.status_code in {200, 409}, answer.text


@pytest.mark.parametrize("fixture", ["ready_url", "postgres_database"])
def test_counters_are_what_one_counts_whatever_happens_at_once(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(fixture)
    with asyncio.Runner() as runner:
        opening = open_cabinet(url, None, changes_burst=10**9, reads_burst=10**9)
        cabinet = runner.run(opening.__aenter__())
        runner.run(cabinet.connect())
        play = Play(cabinet, random.Random(1))
        runner.run(play.begin())

        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
        @given(st.lists(AT_ONCE, max_size=5), st.integers())
        def holds(rounds: list[list[str]], seed: int) -> None:
            play.chance.seed(seed)
            runner.run(check(rounds))

        async def check(rounds: list[list[str]]) -> None:
            for actions in rounds:
                await asyncio.gather(*(play.act(action) for action in actions))
            counted, unread = await _counted(cabinet)
            for operator, expected in counted.items():
                kept = await _counters(cabinet, operator)
                assert {name: kept[name] for name in expected} == expected
            shown = await cabinet.call("GET", f"?project_id={cabinet.project}&tab=any")
            assert {one["id"]: one["unread_count"] for one in shown["items"]} == unread
            told, anna = await _told(cabinet), counted[cabinet.anna]
            assert told.pop("taken") == anna["all"] - anna["new"]
            assert told == {name: anna[name] for name in told}

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def _told(cabinet: Cabinet) -> Any:
    """Return the last counters that the live feed has told."""
    async with cabinet.service.database.read() as session:
        bodies = (await session.scalars(select(Change.body).order_by(Change.number))).all()
    told = [document["counters"] for document in map(json.loads, bodies) if "counters" in document]
    return {name: value for name, value in told[-1].items() if name != "operators"}


async def test_seen_is_a_high_water_mark_that_the_gateway_hears_of(cabinet: Cabinet) -> None:
    await cabinet.hear(*(cabinet.wrote(number) for number in (1, 2, 3)))
    dialog = await cabinet.only_dialog()
    assert (dialog["unread_count"], dialog["seen_through"], dialog["important"]) == (3, 0, False)

    unread = []
    for through in (2, 1, 2, 99):
        seen = await cabinet.call("POST", f"/{dialog['id']}/seen", json={"through": through})
        unread.append((seen["unread_count"], seen["seen_through"]))
    await cabinet.hear(cabinet.wrote(4))
    await cabinet.reply(dialog["id"])

    assert unread == [(1, 2), (1, 2), (1, 2), (0, 3)]
    assert (await cabinet.only_dialog())["unread_count"] == 0
    told = await cabinet.announced(MessagesSeen)
    assert [event.conversation_message_id for event in told] == [2, 3, 4]
    assert {(event.external_id, event.epoch) for event in told} == {("501", 1)}


async def test_an_answer_in_the_messenger_is_seen_and_later_messages_are_not(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(5), cabinet.staff(4), cabinet.wrote(3), cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    assert dialog["unread_count"] == 1

    await cabinet.call("POST", f"/{dialog['id']}/close")
    await cabinet.hear(cabinet.wrote(2))

    assert (await cabinet.only_dialog())["unread_count"] == 0
    assert await cabinet.announced(MessagesSeen) == []
