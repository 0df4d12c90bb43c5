"""An account's health: probed, told with its kind, and nothing burnt while it is ill."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from shared.database.vault import new_vault_key
from shared.events.channel import AccountChecked, AccountLinked, FailureKind, ReplyFailed, ReplySent
from shared.events.integrations import CheckRequested
from tests.services.vk_gateway.conftest import ENCRYPTION_KEY, Emulator, Gateway, Linked, a_gateway, created
from tests.services.vk_gateway.consenting import Browser, says
from tests.services.vk_gateway.test_bursts import calls
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.communities.resealing import SealingKeyMissing
from vk_gateway.tables import Community, Health, Reception

PROBED = {"probe_seconds": 0.4}


def opened(url: str, vk: Emulator, **options: Any) -> AbstractAsyncContextManager[Gateway]:
    return a_gateway(url, vk, TestKeys(), **{**PROBED, **options})


@pytest.fixture
async def probed(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that looks at its communities all the time."""
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db", emulator) as made:
        yield made


async def told(gateway: Gateway, problem: str | None, times: int = 1, seconds: float = 20) -> AccountChecked:
    """Wait until this was the last that was told of the account, so many times."""

    async def is_told() -> AccountChecked | None:
        said = await gateway.said(AccountChecked)
        last = said[-times:]
        return said[-1] if len(last) == times and {each.problem for each in last} == {problem} else None

    return await wait_until(is_told, seconds, describe=f"the account's problem is {problem}")


async def a_new_key(gateway: Gateway, linked: Linked, version: int = 5) -> Linked:
    """An administrator makes a new key and connects with it again, in place."""
    made = await gateway.vk.call("POST", f"/communities/{linked.community_id}/keys", json={})
    async with gateway.client(linked.project_id) as client:
        body = {"project_id": str(linked.project_id), "method": "key", "key": made["key"]}
        answer = await client.post("/api/v1/vk/connections", json=body)
    again = replace(linked, key=made["key"], connection_id=UUID(answer.json()["id"]))
    await gateway.hear(created(again, version=version))
    return again


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_a_dead_key_parks_the_queue_and_a_new_one_resumes_it_in_order(
    emulator: Emulator, database: str, request: pytest.FixtureRequest
) -> None:
    """B9: one probe confirms; no call is burnt and no reply fails."""
    async with opened(request.getfixturevalue(database), emulator) as gateway:
        linked = await gateway.connect()
        await emulator.user_writes(linked.community_id, 4100, "Здравствуйте")
        await emulator.call("POST", f"/communities/{linked.community_id}/keys/revoke", json={})
        await gateway.hear(*[gateway.request(linked, 4100, str(number)) for number in range(8)])

        checked = await told(gateway, "key_revoked", times=3)

        assert (checked.kind, checked.is_probe) == (FailureKind.ACCOUNT, True)
        assert checked.replies_queued == 8
        assert (await calls(gateway, linked)).get("messages.send", 0) <= 1
        linked = await a_new_key(gateway, linked)
        await gateway.says(ReplySent, 8)
        assert await emulator.sent(linked.community_id, 4100) == [str(number) for number in range(8)]
        assert await gateway.said(ReplyFailed) == []
        await told(gateway, None)


async def test_a_new_key_that_may_not_send_is_not_tried_on_and_on_while_it_is_linked(probed: Gateway) -> None:
    linked = await probed.connect()
    await probed.vk.user_writes(linked.community_id, 4150, "Здравствуйте")
    await probed.vk.fault(linked.community_id, "api_error", method="groups.getCallbackServers", code=10)
    await probed.vk.fault(linked.community_id, "api_error", method="messages.send", code=14)
    looked = (await calls(probed, linked))["groups.getCallbackServers"]
    await a_new_key(probed, linked)
    await probed.reply(linked, 4150, "ответ")

    async def linked_twice() -> bool:
        made = await calls(probed, linked)
        return made.get("messages.send", 0) > 0 and made["groups.getCallbackServers"] > looked + 1

    await wait_until(linked_twice, describe="it was tried to link it again")

    assert (await calls(probed, linked))["messages.send"] == 1
    await probed.vk.mend(linked.community_id)
    await probed.says(AccountLinked, 2)


@pytest.mark.parametrize(("fate", "problem"), [("delete", "community_is_gone"), ("ban", "community_banned")])
async def test_a_community_that_is_gone_is_told_of_and_may_come_back(
    probed: Gateway, fate: str, problem: str
) -> None:
    """B10: what VK says of the community decides, not the code of the error."""
    linked = await probed.connect()
    await probed.vk.call("POST", f"/communities/{linked.community_id}/{fate}")

    checked = await told(probed, problem)
    assert (checked.kind, checked.is_probe) == (FailureKind.ACCOUNT, True)

    await probed.vk.call("POST", f"/communities/{linked.community_id}/restore")
    assert (await told(probed, None)).kind is None


async def test_messages_switched_off_are_a_setting_and_fail_nothing(probed: Gateway) -> None:
    linked = await probed.connect()
    community = f"/communities/{linked.community_id}"
    await probed.vk.user_writes(linked.community_id, 4200, "Здравствуйте")
    await probed.vk.call("POST", f"{community}/settings", json={"messages_enabled": False})

    checked = await told(probed, "messages_disabled")
    assert checked.kind is FailureKind.SETTING
    await probed.reply(linked, 4200, "ответ")
    await told(probed, "messages_disabled", times=3)
    assert await probed.said(ReplyFailed) == []

    await probed.vk.call("POST", f"{community}/settings", json={"messages_enabled": True})
    await probed.says(ReplySent)
    await told(probed, None)


async def test_vk_in_trouble_is_no_problem_of_the_account(probed: Gateway) -> None:
    """D13: what may pass by itself is told as such, each probe, and ends by itself."""
    linked = await probed.connect()
    await probed.vk.fault(linked.community_id, "api_down")

    checked = await told(probed, "vk_unavailable", times=3)
    assert (checked.kind, checked.is_probe) == (FailureKind.TRANSIENT, True)
    async with probed.service.database.read() as session:
        assert not await session.scalar(select(Community.is_parked))

    await probed.vk.mend(linked.community_id)
    await told(probed, None)


async def test_one_refusal_in_passing_is_looked_into_and_told_to_nobody(probed: Gateway) -> None:
    linked = await probed.connect()
    await probed.vk.fault(linked.community_id, "api_error", method="users.get", code=5, times=1)
    await probed.vk.fault(linked.community_id, "api_error", method="groups.getById", code=15, times=1)

    await probed.vk.user_writes(linked.community_id, 4300, "Здравствуйте")
    await probed.reply(linked, 4300, "ответ")

    await probed.says(ReplySent)
    assert await probed.said(AccountChecked) == []


async def test_what_the_key_may_not_do_is_a_warning_or_a_problem(probed: Gateway) -> None:
    """D10: without photos replies go on; without messages nothing does."""
    community = await probed.vk.community()
    few = {"rights": ["messages", "manage"]}
    key = await probed.vk.call("POST", f"/communities/{community['id']}/keys", json=few)
    linked = await probed.connect({**community, "key": key["key"]})

    checked = await told(probed, None)
    assert checked.warnings == ("rights_missing:docs", "rights_missing:photos")

    await probed.vk.fault(linked.community_id, "api_error", method="groups.getTokenPermissions", code=15)
    assert (await told(probed, "rights_missing")).kind is FailureKind.ACCOUNT


async def test_a_check_is_answered_at_once(emulator: Emulator, tmp_path: Path) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/g.db", emulator, probe_seconds=600) as gateway:
        linked = await gateway.connect()
        await emulator.user_writes(linked.community_id, 4400, "Здравствуйте")
        requests = [
            CheckRequested(
                project_id=linked.project_id,
                integration_id=linked.integration_id,
                epoch=linked.epoch,
                request_id=gateway.world.new_id(),
            )
            for _ in range(2)
        ]
        await gateway.hear(*requests)

        answers = await gateway.says(AccountChecked, 2)

        assert {each.request_id for each in answers} == {each.request_id for each in requests}
        assert all(each.problem is None and not each.is_probe for each in answers)


async def test_the_event_alone_is_enough_when_nobody_has_written_yet(probed: Gateway) -> None:
    linked = await probed.connect()
    settings = f"/communities/{linked.community_id}/settings"

    await probed.vk.call("POST", settings, json={"messages_enabled": False})
    await told(probed, "messages_disabled")

    await probed.vk.call("POST", settings, json={"messages_enabled": True})
    await told(probed, None)


async def test_who_connected_and_lost_the_role_is_warned_of(probed: Gateway) -> None:
    """D9: the key still works, and may end any day."""
    community = await probed.vk.community()
    owner, browser = community["admin_id"], Browser(probed, probed.world.new_id())
    connection_id, page = await browser.begin()
    await browser.land(await says(page, person=owner))
    if not (await browser.shown(connection_id))["communities"]:
        link = {"link": f"https://vk.com/{community['screen_name']}"}
        await browser.good("POST", f"/{connection_id}/resolve", link)
    consent = await browser.choose(connection_id, community["id"])
    await browser.land(await says(consent, person=owner))
    linked = Linked(
        community["id"], "", probed.world.new_id(), browser.project_id, connection_id=UUID(connection_id)
    )
    await probed.hear(created(linked))
    await probed.says(AccountLinked)

    level = f"/communities/{community['id']}/admins/{owner}/level"
    await probed.vk.call("POST", level, json={"level": 2})

    async def warnings_are(*expected: str) -> None:
        async def are() -> bool:
            said = await probed.said(AccountChecked)
            return bool(said) and said[-1].warnings == expected and said[-1].problem is None

        await wait_until(are, describe=f"the warnings are {expected}")

    await warnings_are("connector_lost_admin")
    await probed.vk.call("POST", level, json={"level": 3})
    await warnings_are()


async def test_a_clock_that_was_wrong_puts_no_look_off(emulator: Emulator, tmp_path: Path) -> None:
    """D15: planned while the clock was ten years ahead; then it was set right."""
    async with opened(
        f"sqlite+aiosqlite:///{tmp_path}/g.db", emulator, probe_seconds=30, watch_seconds=0.3
    ) as gateway:
        linked = await gateway.connect()
        async with gateway.service.database.write() as session:
            far = session.now + timedelta(days=3650)
            await session.execute(update(Health).values(next_probe_at=far))
            await session.execute(update(Reception).values(next_watch_at=far))
        await emulator.call("POST", f"/communities/{linked.community_id}/keys/revoke", json={})

        assert (await told(gateway, "key_revoked")).kind is FailureKind.ACCOUNT


async def test_a_missing_sealing_key_starts_nothing_and_gives_nothing_up(
    emulator: Emulator, tmp_path: Path
) -> None:
    """D16: an operator's mistake; with the old key behind the new one all goes on."""
    url = f"sqlite+aiosqlite:///{tmp_path}/g.db"
    async with opened(url, emulator) as gateway:
        linked = await gateway.connect()
        await emulator.user_writes(linked.community_id, 4500, "Здравствуйте")
    new = new_vault_key()

    with pytest.raises(SealingKeyMissing, match="VK_GATEWAY_ENCRYPTION_KEYS"):
        async with opened(url, emulator, encryption_keys=new):
            pass

    async with opened(url, emulator, encryption_keys=f"{new},{ENCRYPTION_KEY}") as gateway:
        await gateway.reply(linked, 4500, "ответ")
        await gateway.says(ReplySent)
        async with gateway.service.database.write() as session:
            await session.execute(update(Community).values(key_sealed="sealed elsewhere"))
        await gateway.reply(linked, 4500, "ещё")
        checked = await told(gateway, "key_unreadable")
        assert (checked.kind, checked.replies_queued) == (FailureKind.TRANSIENT, 1)


async def test_who_does_not_reach_vk_leaves_the_community_to_another(
    emulator: Emulator, postgres_database: str
) -> None:
    """D17: of two processes one is cut off from VK, and had the community."""
    nowhere = "http://127.0.0.1:9/method"
    async with opened(postgres_database, emulator) as gateway:
        linked = await gateway.connect()
    async with opened(postgres_database, emulator, vk_api_url=nowhere) as cut_off:
        await told(cut_off, "vk_unavailable")
        async with opened(postgres_database, emulator):
            await told(cut_off, None, seconds=60)
            await emulator.user_writes(linked.community_id, 4600, "Здравствуйте")
            await cut_off.reply(linked, 4600, "ответ")
            await cut_off.says(ReplySent, seconds=60)
