"""The life of our callback server at VK: made once, mended when somebody's hand was there, moved, removed."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from shared.database.engine import Database
from shared.events.channel import AccountChecked, AccountLinked, MessageReceived
from tests.services.vk_gateway.conftest import Emulator, Gateway, Linked, a_gateway, deleted
from tests.services.vk_gateway.test_callback import Caller
from tests.services.vk_gateway.test_long_poll import all_are_told, api
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.communities.addresses import find_address
from vk_gateway.tables import Community, LinkState

WATCHED = {"watch_seconds": 0.3, "probe_seconds": 5.0, "sweep_seconds": 0.5}
ELSEWHERE = "http://127.0.0.1:9/of/somebody/else"


def opened(folder: Path, vk: Emulator, **options: Any) -> AbstractAsyncContextManager[Gateway]:
    url = f"sqlite+aiosqlite:///{folder}/vk-gateway.db"
    return a_gateway(url, vk, TestKeys(), **{**WATCHED, **options})


async def servers(vk: Emulator, linked: Linked | dict[str, Any]) -> list[dict[str, Any]]:
    community = linked["id"] if isinstance(linked, dict) else linked.community_id
    return (await vk.call("GET", f"/communities/{community}"))["callback_servers"]


async def add_server(vk: Emulator, community: dict[str, Any], url: str) -> int:
    call = {"group_id": community["id"], "url": url, "title": "theirs"}
    return (await api(vk, community["key"], method="groups.addCallbackServer", **call))["server_id"]


async def says_it_did(gateway: Gateway, code: str, seconds: float = 20) -> AccountChecked:
    async def did() -> AccountChecked | None:
        said = await gateway.said(AccountChecked)
        return next((each for each in said if code in each.actions), None)

    return await wait_until(did, seconds, describe=f"{code} is told")


async def test_an_answer_lost_when_adding_leaves_one_server_and_strangers_alone(
    emulator: Emulator, tmp_path: Path
) -> None:
    """D8: what was written down first is found again at VK; what lies at our address unknown is a stray."""
    async with opened(tmp_path, emulator) as gateway:
        community = await emulator.community()
        theirs = await add_server(emulator, community, ELSEWHERE)
        lost = {"method": "groups.addCallbackServer", "when": "after", "seconds": 0, "times": 1}
        await emulator.fault(community["id"], "api_timeout", **lost)

        linked = await gateway.connect(community)

        (other, mine) = await servers(emulator, linked)
        assert other["id"] == theirs
        await add_server(emulator, community, f"{gateway.url}/vk/callback/{'x' * 32}")
        await says_it_did(gateway, "stray_removed")
        assert [server["id"] for server in await servers(emulator, linked)] == [theirs, mine["id"]]
        await emulator.user_writes(linked.community_id, 600, "Здравствуйте")
        await all_are_told(gateway, 600, 1)


async def test_a_captcha_keeps_our_server_at_vk_for_a_moment_only(emulator: Emulator, tmp_path: Path) -> None:
    async with opened(tmp_path, emulator) as gateway:
        linked = await gateway.connect()
        captcha = {"method": "groups.deleteCallbackServer", "code": 14, "times": 1}
        await emulator.fault(linked.community_id, "api_error", **captcha)

        await gateway.hear(deleted(linked))

        async def is_removed() -> bool:
            return not await servers(emulator, linked)

        await wait_until(is_removed, describe="our server is removed at VK")


async def their_hand_switches_events_off(vk: Emulator, linked: Linked, server: dict[str, Any]) -> None:
    call = {"group_id": linked.community_id, "server_id": server["id"], "message_new": 0}
    await api(vk, linked.key, method="groups.setCallbackSettings", **call)


async def their_hand_changes_the_version(vk: Emulator, linked: Linked, server: dict[str, Any]) -> None:
    call = {"group_id": linked.community_id, "server_id": server["id"], "api_version": "5.90"}
    await api(vk, linked.key, method="groups.setCallbackSettings", **call)


async def their_hand_changes_the_secret(vk: Emulator, linked: Linked, server: dict[str, Any]) -> None:
    # The confirmation fails as well, for our address does not expect it.
    await edit(vk, linked, server, secret_key="changed by hand")


async def their_hand_changes_the_address(vk: Emulator, linked: Linked, server: dict[str, Any]) -> None:
    await edit(vk, linked, server, url=ELSEWHERE)


async def their_hand_removes_it(vk: Emulator, linked: Linked, server: dict[str, Any]) -> None:
    call = {"group_id": linked.community_id, "server_id": server["id"]}
    await api(vk, linked.key, method="groups.deleteCallbackServer", **call)


async def edit(vk: Emulator, linked: Linked, server: dict[str, Any], **changes: str) -> None:
    call = {"group_id": linked.community_id, "server_id": server["id"], "url": server["url"], "title": "x"}
    await api(vk, linked.key, method="groups.editCallbackServer", **{**call, **changes})


@pytest.mark.parametrize(
    ("hand", "code"),
    [
        (their_hand_switches_events_off, "events_switched_on"),
        (their_hand_changes_the_version, "api_version_restored"),
        (their_hand_changes_the_secret, "secret_restored"),
        (their_hand_changes_the_address, "callback_added"),
        (their_hand_removes_it, "callback_added"),
    ],
)
async def test_what_somebodys_hand_changed_is_mended_and_nothing_is_missing(
    emulator: Emulator,
    tmp_path: Path,
    hand: Callable[[Emulator, Linked, dict[str, Any]], Awaitable[None]],
    code: str,
) -> None:
    """A16, one change at a time: mended, told, and what was written meanwhile comes all the same."""
    async with opened(tmp_path, emulator) as gateway:
        linked = await gateway.connect()
        (server,) = await servers(emulator, linked)

        await hand(emulator, linked, server)
        await emulator.user_writes(linked.community_id, 610, "между")

        told = await says_it_did(gateway, code)
        assert (told.problem, told.warnings) == (None, ())
        await all_are_told(gateway, 610, 1)
        await emulator.user_writes(linked.community_id, 610, "потом")
        await all_are_told(gateway, 610, 2)


async def test_wrong_secrets_have_the_server_looked_at_at_once(emulator: Emulator, tmp_path: Path) -> None:
    """A15: updates with another secret are refused, and the next look comes long before its time."""
    async with opened(tmp_path, emulator, watch_seconds=60.0) as gateway:
        linked = await gateway.connect()
        (server,) = await servers(emulator, linked)
        call = {"group_id": linked.community_id, "server_id": server["id"], "message_new": 0}
        await api(emulator, linked.key, method="groups.setCallbackSettings", **call)
        caller = await caller_for(gateway, linked)

        answer = await caller.post(caller.update(secret="guessed"))

        assert answer.status_code == 403
        await says_it_did(gateway, "events_switched_on")
        assert await gateway.said(MessageReceived) == []


async def test_ten_servers_of_others_are_left_alone_and_long_poll_stands_in(
    emulator: Emulator, tmp_path: Path
) -> None:
    """D7: said in words; the callback comes as soon as there is room."""
    async with opened(tmp_path, emulator, poll_seconds=1.0) as gateway:
        community = await emulator.community()
        theirs = [await add_server(emulator, community, f"{ELSEWHERE}/{n}") for n in range(10)]
        linked = await gateway.connect(community)

        async def is_told() -> bool:
            said = await gateway.said(AccountChecked)
            return bool(said) and said[-1].warnings == ("callback_servers_full",)

        await wait_until(is_told, describe="the servers are full")
        assert [server["id"] for server in await servers(emulator, linked)] == theirs
        await emulator.user_writes(linked.community_id, 620, "Здравствуйте")
        await all_are_told(gateway, 620, 1)

        call = {"group_id": linked.community_id, "server_id": theirs[3]}
        await api(emulator, linked.key, method="groups.deleteCallbackServer", **call)
        await says_it_did(gateway, "callback_added")
        assert {server["id"] for server in await servers(emulator, linked)} > set(theirs[4:])


async def test_the_address_moves_now_and_then_and_both_are_accepted_meanwhile(
    emulator: Emulator, tmp_path: Path
) -> None:
    """What VK sent before it had the new path and secret comes to the old ones, or with the old secret."""
    async with opened(tmp_path, emulator, callback_address_days=1 / 86_400) as gateway:
        linked = await gateway.connect()
        before = await caller_for(gateway, linked)
        (server,) = await servers(emulator, linked)
        await emulator.user_writes(linked.community_id, 630, "до")

        await says_it_did(gateway, "callback_moved")

        (moved,) = await servers(emulator, linked)
        assert moved["id"] == server["id"]
        assert moved["url"] != server["url"]

    async with opened(tmp_path, emulator) as gateway:
        before.gateway = gateway
        assert (await before.post(before.update(event_id="late"))).content == b"ok"
        now = await caller_for(gateway, linked)
        assert (now.path, now.secret) != (before.path, before.secret)
        assert (await now.post(before.update(event_id="late, at the new path"))).content == b"ok"
        assert (await now.post(now.update(secret="x"))).status_code == 403
        await emulator.user_writes(linked.community_id, 630, "после")
        await all_are_told(gateway, 630, 2)


async def test_a_server_is_removed_whenever_vk_answers_again_and_only_ours(
    emulator: Emulator, tmp_path: Path
) -> None:
    """D11: deleted while VK is away, and connected elsewhere before it is back."""
    async with opened(tmp_path, emulator) as gateway:
        linked = await gateway.connect()
        await emulator.fault(linked.community_id, "api_down")
        await gateway.hear(deleted(linked))
        (mine,) = await servers(emulator, linked)
        caller = await caller_for(gateway, linked)

        async def is_refused() -> bool:
            return (await caller.post(caller.update())).status_code == 404

        await wait_until(is_refused, describe="nothing is accepted any more")
        await emulator.mend(linked.community_id)
        again = await gateway.connect({"id": linked.community_id, "key": linked.key})

        async def is_gone() -> bool:
            async with gateway.service.database.read() as session:
                community = await session.get_one(Community, linked.integration_id)
            return community.link_state is LinkState.GONE and community.key_sealed is None

        await wait_until(is_gone, 30, describe="the key is erased")
        (server,) = await servers(emulator, linked)
        assert server["id"] != mine["id"]
        await emulator.user_writes(again.community_id, 640, "Здравствуйте")
        (told,) = await gateway.says(MessageReceived)
        assert told.integration_id == again.integration_id
        assert len(await gateway.said(AccountLinked)) == 2


async def caller_for(gateway: Gateway, linked: Linked) -> Caller:
    """Learn what only VK knows of a community now."""
    database: Database = gateway.service.database
    async with database.read() as session:
        vault = gateway.service.api.state.vault
        address = await find_address(session, vault, linked.integration_id, linked.epoch)
    assert address is not None
    return Caller(gateway, linked, address.path, address.secret)
