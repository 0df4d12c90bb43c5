"""Holes: what no event told is fetched from VK's history, and what VK no longer gives is named."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from shared.events.channel import (
    HistoryChecked,
    MessageReceived,
    ReplySent,
    Source,
    StaffReplied,
)
from tests.services.vk_gateway.conftest import Emulator, Gateway, Linked, a_gateway
from tests.services.vk_gateway.test_long_poll import QUICK, all_are_told, numbers_of, opened
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.history.stretches import between, runs
from vk_gateway.settings import is_public
from vk_gateway.tables import Peer


@pytest.fixture
async def gateway(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that looks often."""
    async with opened(tmp_path, emulator, **(QUICK | {"gap_seconds": 0.5, "watch_seconds": 60.0})) as made:
        yield made


async def is_whole(gateway: Gateway, *, confirmed: int = 0) -> HistoryChecked:
    async def told() -> HistoryChecked | None:
        words = await gateway.said(HistoryChecked)
        last = words[-1] if words else None
        return last if last and (last.gaps_open, last.gaps_confirmed) == (0, confirmed) else None

    return await wait_until(told, 30, describe="the history is whole")


async def test_a_lost_event_is_noticed_by_the_next_and_fetched(gateway: Gateway) -> None:
    """A12: VK gave an event up; nobody but the numbers tells."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 601, "раз")
    await all_are_told(gateway, 601, 1)
    await gateway.vk.fault(linked.community_id, "callback_lost")
    await gateway.vk.user_writes(linked.community_id, 601, "два")
    await gateway.vk.mend(linked.community_id)

    await gateway.vk.user_writes(linked.community_id, 601, "три")
    await all_are_told(gateway, 601, 3)

    told = {event.text: event.source for event in await gateway.said(MessageReceived)}
    assert told == {"раз": Source.LIVE, "два": Source.BACKFILL, "три": Source.LIVE}


async def test_an_outage_is_healed_from_the_history(emulator: Emulator, tmp_path: Path) -> None:
    """A13: nobody was there when it was written, old and new people, more than a page of dialogs."""
    async with opened(tmp_path, emulator, **QUICK) as before:
        linked = await before.connect()
        await emulator.user_writes(linked.community_id, 610, "до")
        await all_are_told(before, 610, 1)
    await emulator.fault(linked.community_id, "callback_lost")
    for number in range(30):
        await emulator.user_writes(linked.community_id, 610, f"во время {number}")
    past = {"dialogs": 205, "messages_each": 1, "days": 1}
    made = await emulator.call("POST", f"/communities/{linked.community_id}/history", json=past)
    await emulator.mend(linked.community_id)

    async with opened(tmp_path, emulator, backfill_per_second=2000.0) as after:

        async def everybody_is_there() -> bool:
            told: list[MessageReceived | StaffReplied] = [*await after.said(MessageReceived)]
            told += await after.said(StaffReplied)
            assert len({event.external_id for event in told}) == 1 + len(made["user_ids"])
            assert await numbers_of(after, 610) == list(range(1, 32))
            return len(told) == 31 + made["messages"]

        await wait_until(everybody_is_there, 60, describe="everybody's messages are told, each once")
        assert (await is_whole(after)).gaps_confirmed == 0


async def test_what_was_there_before_the_connect_is_not_ours(emulator: Emulator, tmp_path: Path) -> None:
    community = await emulator.community()
    past = {"dialogs": 205, "messages_each": 30, "days": 90}
    made = await emulator.call("POST", f"/communities/{community['id']}/history", json=past)
    # The dialog that was silent longest is beyond what is looked at when linking.
    await emulator.user_writes(community["id"], 620, "давно")
    async with opened(tmp_path, emulator, **QUICK) as gateway:
        linked = await gateway.connect(community)
        oldest, newest = made["user_ids"][0], 620
        for user in (oldest, newest):
            await emulator.user_writes(linked.community_id, user, "снова")

        await gateway.says(MessageReceived, 2)
        await is_whole(gateway)
        # A second sweep has seen all of them again.
        await wait_until(lambda: floors_are_known(gateway, [oldest, newest]), describe="floors are known")

        assert sorted(event.text for event in await gateway.said(MessageReceived)) == ["снова", "снова"]
        assert await gateway.said(StaffReplied) == []


async def floors_are_known(gateway: Gateway, users: list[int]) -> bool:
    async with gateway.service.database.read() as session:
        query = select(Peer.peer_id).where(Peer.floor_number.is_not(None), Peer.peer_id.in_(users))
        return set((await session.scalars(query)).all()) == set(users)


async def test_what_vk_no_longer_gives_is_a_confirmed_gap(gateway: Gateway) -> None:
    linked = await gateway.connect()
    path = f"/communities/{linked.community_id}/users/630/messages"
    await gateway.vk.user_writes(linked.community_id, 630, "раз")
    await all_are_told(gateway, 630, 1)
    await gateway.vk.fault(linked.community_id, "callback_lost")
    for text in ("два", "три", "четыре"):
        await gateway.vk.user_writes(linked.community_id, 630, text)
    for number in (2, 3):
        await gateway.vk.call("POST", f"{path}/{number}/delete", json={})
    await gateway.vk.mend(linked.community_id)
    await gateway.vk.user_writes(linked.community_id, 630, "пять")

    word = await is_whole(gateway, confirmed=1)

    (gap,) = word.gaps
    assert (gap.external_id, gap.first_number, gap.last_number) == ("630", 2, 3)
    assert await numbers_of(gateway, 630) == [1, 4, 5]
    before = await asked_for_numbers(gateway, linked)
    await gateway.vk.user_writes(linked.community_id, 630, "шесть")

    async def told() -> bool:
        return await numbers_of(gateway, 630) == [1, 4, 5, 6]

    await wait_until(told, describe="the sixth is told")
    assert await asked_for_numbers(gateway, linked) == before


async def asked_for_numbers(gateway: Gateway, linked: Linked) -> int:
    """How often VK was asked for messages by their numbers."""
    made = await gateway.vk.call("GET", f"/communities/{linked.community_id}/calls")
    counts = {item["method"]: item["count"] for item in made["items"]}
    return int(counts.get("messages.getByConversationMessageId", 0))


async def test_a_reply_whose_answer_and_echo_were_lost_is_completed_from_the_history(
    emulator: Emulator, tmp_path: Path
) -> None:
    """It is one message, whoever tells of it: found by its `random_id`."""
    async with opened(tmp_path, emulator, **QUICK, settle_seconds=600.0) as gateway:
        linked = await gateway.connect()
        await emulator.user_writes(linked.community_id, 640, "Здравствуйте")
        await gateway.says(MessageReceived)
        await emulator.fault(linked.community_id, "callback_lost", type="message_reply")
        lost = {"method": "messages.send", "when": "after", "seconds": 0, "times": 1}
        await emulator.fault(linked.community_id, "api_timeout", **lost)

        await gateway.reply(linked, 640, "Добрый день")

        (sent,) = await gateway.says(ReplySent, seconds=30)
        assert sent.conversation_message_id == 2
        assert await gateway.said(StaffReplied) == []
        assert await emulator.sent(linked.community_id, 640) == ["Добрый день"]


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_whatever_is_lost_repeated_or_told_twice_each_message_is_told(
    database: str, emulator: Emulator, request: pytest.FixtureRequest
) -> None:
    """A1, A3, A12, A14: both transports at once, events lost, twice and out of order, echoes too."""
    url = request.getfixturevalue(database)
    async with a_gateway(url, emulator, TestKeys(), **QUICK, poll_seconds=2.0) as gateway:
        linked = await gateway.connect()
        await emulator.fault(linked.community_id, "callback_lost", type="message_reply")
        for kind in ("callback_drop", "callback_duplicate", "callback_reorder"):
            await emulator.fault(linked.community_id, kind, probability=0.3)
        await emulator.fault(linked.community_id, "long_poll_failed", code=1, probability=0.2)
        users = range(650, 655)
        for number in range(12):
            await asyncio.gather(*(_a_turn(gateway, linked, user, number) for user in users))

        await _same_as_vk(gateway, linked, users)
        await emulator.mend(linked.community_id)


async def _a_turn(gateway: Gateway, linked: Linked, user: int, number: int) -> None:
    await gateway.vk.user_writes(linked.community_id, user, f"вопрос {number}")
    if number % 3 == 0:
        reply = {"user_id": user, "text": f"ответ {number}"}
        await gateway.vk.call("POST", f"/communities/{linked.community_id}/admins/90412/replies", json=reply)


async def _same_as_vk(gateway: Gateway, linked: Linked, users: Sequence[int]) -> None:
    ledgers = [await gateway.vk.ledger(linked.community_id, user) for user in users]
    written = {
        (str(user), item["conversation_message_id"], item["text"])
        for user, items in zip(users, ledgers, strict=True)
        for item in items
    }

    async def same() -> bool:
        told: list[MessageReceived | StaffReplied] = [*await gateway.said(MessageReceived)]
        told += await gateway.said(StaffReplied)
        assert {(e.external_id, e.conversation_message_id, e.text) for e in told} == written
        return True

    await wait_until(same, 60, describe="what is told is what VK has")


numbers = st.integers(1, 60)


@given(numbers, numbers, st.sets(numbers))
def test_stretches_are_what_is_left(first: int, last: int, taken: set[int]) -> None:
    left = between(first, last, taken)

    inside = {number for stretch in left for number in range(stretch.first, stretch.last + 1)}
    assert inside == set(range(first, last + 1)) - taken
    assert left == list(runs(inside))
    assert all(len(stretch) > 0 for stretch in left)


def test_only_addresses_of_the_internet_are_called_by_vk() -> None:
    reachable = ["https://otklik.example.org", "http://93.184.216.34:8080"]
    unreachable = ["http://127.0.0.1:8080", "http://localhost", "http://192.168.1.5", "http://[::1]:8080"]
    unreachable += ["http://laptop", "https://box.local", "http://nginx:8080", "http://10.0.0.1"]
    assert [is_public(url) for url in reachable + unreachable] == [True] * 2 + [False] * 8
