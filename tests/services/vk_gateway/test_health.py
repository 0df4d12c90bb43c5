"""An account's health: probed, told with its kind, and nothing burnt while it is ill."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.events.channel import AccountChecked, FailureKind, ReplyFailed, ReplySent
from shared.events.integrations import CheckRequested
from tests.services.vk_gateway.conftest import Emulator, Gateway, Linked, a_gateway, created
from tests.services.vk_gateway.test_bursts import calls
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.health.rules import problem_of_state
from vk_gateway.tables import Community

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


async def test_a_deleted_community_is_told_of_and_may_come_back(probed: Gateway) -> None:
    """B10: what VK says of the community decides, not the code of the error."""
    linked = await probed.connect()
    await probed.vk.call("POST", f"/communities/{linked.community_id}/delete")

    checked = await told(probed, "community_is_gone")
    assert (checked.kind, checked.is_probe) == (FailureKind.ACCOUNT, True)

    await probed.vk.call("POST", f"/communities/{linked.community_id}/restore")
    assert (await told(probed, None)).kind is None


def test_deleted_and_banned_are_told_apart() -> None:
    states = [None, "", "deleted", "banned", "something new"]
    assert [problem_of_state(state) for state in states] == [
        None,
        None,
        "community_is_gone",
        "community_banned",
        "community_is_gone",
    ]


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
