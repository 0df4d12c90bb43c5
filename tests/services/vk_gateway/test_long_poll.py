"""Bots Long Poll: the way of a laptop, and of every community whose callback fails."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exists, select

from shared.events.channel import AccountChecked, HistoryChecked, MessageReceived, ReplySent
from tests.services.vk_gateway.conftest import Emulator, Gateway, a_gateway, deleted
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.history.tables import History, Hole, Peer, Reception

LEFT = (Reception, History, Peer, Hole)
QUICK = {"watch_seconds": 0.3, "silence_seconds": 0.0, "sweep_seconds": 0.5}


def opened(folder: Path, vk: Emulator, **options: Any) -> AbstractAsyncContextManager[Gateway]:
    return a_gateway(f"sqlite+aiosqlite:///{folder}/vk-gateway.db", vk, TestKeys(), **options)


@pytest.fixture
async def laptop(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that nobody outside can reach."""
    async with opened(tmp_path, emulator, callback_url="", poll_seconds=5.0) as made:
        yield made


async def numbers_of(gateway: Gateway, user: int) -> list[int]:
    told = await gateway.said(MessageReceived)
    return sorted(event.conversation_message_id for event in told if event.external_id == str(user))


async def all_are_told(gateway: Gateway, user: int, count: int, seconds: float = 20) -> None:
    async def whole() -> bool:
        assert sorted(set(await numbers_of(gateway, user))) == list(range(1, count + 1))
        return True

    await wait_until(whole, seconds, describe=f"{count} messages of {user} are told")


async def transport_is(gateway: Gateway, transport: str, seconds: float = 20) -> HistoryChecked:
    async def told() -> HistoryChecked | None:
        words = await gateway.said(HistoryChecked)
        return words[-1] if words and words[-1].transport == transport else None

    return await wait_until(told, seconds, describe=f"the transport is {transport}")


async def written_until(gateway: Gateway, community: int, user: int, transport: str) -> int:
    """Write every half a second until events come that way; return how many were written."""
    for written in range(1, 60):
        await gateway.vk.user_writes(community, user, f"сообщение {written}")
        try:
            await transport_is(gateway, transport, seconds=0.5)
        except AssertionError:
            continue
        return written
    raise AssertionError(f"the transport never was {transport}")


async def test_without_a_public_address_messages_come_and_replies_go(laptop: Gateway) -> None:
    linked = await laptop.connect()

    await laptop.vk.user_writes(linked.community_id, 501, "Здравствуйте")
    await laptop.says(MessageReceived)
    # The next poll waits for five seconds; a reply does not.
    await laptop.reply(linked, 501, "Добрый день")
    await laptop.says(ReplySent, seconds=3)

    community = await laptop.vk.call("GET", f"/communities/{linked.community_id}")
    assert community["callback_servers"] == []
    assert (await transport_is(laptop, "long_poll")).gaps_open == 0
    assert await laptop.vk.sent(linked.community_id, 501) == ["Добрый день"]


@pytest.mark.parametrize("code", [1, 2, 3])
async def test_what_long_poll_lost_is_fetched(laptop: Gateway, code: int) -> None:
    """`failed` 1 jumps over events, 2 wants a new key, 3 a new beginning: every message is told."""
    linked = await laptop.connect()
    await laptop.vk.user_writes(linked.community_id, 510, "до")
    await all_are_told(laptop, 510, 1)

    await laptop.vk.fault(linked.community_id, "long_poll_failed", code=code, times=2)
    for text in ("раз", "два", "три"):
        await laptop.vk.user_writes(linked.community_id, 510, text)
        await laptop.vk.user_writes(linked.community_id, 511, text)

    await all_are_told(laptop, 510, 4)
    await all_are_told(laptop, 511, 3)
    await laptop.vk.mend(linked.community_id)
    await laptop.vk.user_writes(linked.community_id, 510, "после")
    await all_are_told(laptop, 510, 5)


async def test_a_long_poll_that_is_down_is_asked_ever_less_and_healed_after(laptop: Gateway) -> None:
    linked = await laptop.connect()
    await laptop.vk.user_writes(linked.community_id, 520, "до")
    await all_are_told(laptop, 520, 1)

    await laptop.vk.fault(linked.community_id, "long_poll_down")
    await laptop.vk.user_writes(linked.community_id, 520, "во время")
    await laptop.vk.mend(linked.community_id)

    await all_are_told(laptop, 520, 2)


async def test_a_restart_goes_on_from_the_stored_position(emulator: Emulator, tmp_path: Path) -> None:
    async with opened(tmp_path, emulator, callback_url="") as before:
        linked = await before.connect()
        await emulator.user_writes(linked.community_id, 530, "раз")
        await all_are_told(before, 530, 1)
    for text in ("два", "три"):
        await emulator.user_writes(linked.community_id, 530, text)

    async with opened(tmp_path, emulator, callback_url="") as after:
        await all_are_told(after, 530, 3)
        await emulator.user_writes(linked.community_id, 530, "четыре")
        await all_are_told(after, 530, 4)


async def test_deleting_stops_polling_and_leaves_vk_as_it_was(laptop: Gateway) -> None:
    linked = await laptop.connect()
    await laptop.vk.user_writes(linked.community_id, 540, "до")
    await all_are_told(laptop, 540, 1)

    await laptop.hear(deleted(linked))

    async def is_off() -> bool:
        method = "groups.getLongPollSettings"
        settings = await api(laptop.vk, linked.key, method=method, group_id=linked.community_id)
        return not settings["is_enabled"]

    await wait_until(is_off, describe="Long Poll is off, as it was")

    async def is_forgotten() -> bool:
        async with laptop.service.database.read() as session:
            kept = [await session.scalar(select(exists().select_from(table))) for table in LEFT]
        return not any(kept)

    await wait_until(is_forgotten, describe="nothing is kept of its dialogs at VK")
    await laptop.vk.user_writes(linked.community_id, 540, "после")
    assert await numbers_of(laptop, 540) == [1]


async def test_a_dead_key_is_told_of(laptop: Gateway) -> None:
    linked = await laptop.connect()
    await laptop.vk.call("POST", f"/communities/{linked.community_id}/keys/revoke", json={})
    await laptop.vk.fault(linked.community_id, "long_poll_failed", code=2, times=1)

    async def is_told() -> bool:
        return [event.problem for event in await laptop.said(AccountChecked)][-1] == "key_revoked"

    await wait_until(is_told, describe="the dead key is told of")


async def test_long_poll_takes_over_while_the_callback_is_silent_and_gives_back(
    emulator: Emulator, tmp_path: Path
) -> None:
    async with opened(tmp_path, emulator, **QUICK) as gateway:
        linked = await gateway.connect()
        await emulator.user_writes(linked.community_id, 550, "до")
        await transport_is(gateway, "callback")

        await emulator.fault(linked.community_id, "callback_down")
        written = await written_until(gateway, linked.community_id, 550, "long_poll")
        await all_are_told(gateway, 550, 1 + written)

        await emulator.mend(linked.community_id)
        written += await written_until(gateway, linked.community_id, 550, "callback")
        await emulator.user_writes(linked.community_id, 550, "снова")
        await all_are_told(gateway, 550, 2 + written)


async def test_a_callback_server_removed_by_hand_is_made_again(emulator: Emulator, tmp_path: Path) -> None:
    async with opened(tmp_path, emulator, **QUICK) as gateway:
        linked = await gateway.connect()
        await transport_is(gateway, "callback")
        community = await emulator.call("GET", f"/communities/{linked.community_id}")
        (server,) = community["callback_servers"]

        call = {"group_id": linked.community_id, "server_id": server["id"]}
        await api(emulator, linked.key, method="groups.deleteCallbackServer", **call)
        await emulator.user_writes(linked.community_id, 560, "между")

        await all_are_told(gateway, 560, 1)

        async def is_there() -> bool:
            now = await emulator.call("GET", f"/communities/{linked.community_id}")
            return [one["status"] for one in now["callback_servers"]] == ["ok"]

        await wait_until(is_there, describe="our callback server is there again")
        await transport_is(gateway, "callback")


async def api(vk: Emulator, key: str, *, method: str, **parameters: Any) -> Any:
    answer = await vk.http.post(
        f"{vk.url}/method/{method}", data={**parameters, "access_token": key, "v": "5.199"}
    )
    return answer.json()["response"]
