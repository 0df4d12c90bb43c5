"""How an integration is, through the doors: what gateways say comes in, states and the timeline come out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from integrations.health.rules import Limits
from integrations.health.watch import Watch
from shared.events.channel import AccountChecked, FailureKind
from shared.events.integrations import CheckRequested, IntegrationCreated, IntegrationStateChanged
from tests.services.integrations.opened import REGISTRY, Registry, open_registry
from tests.support.waiting import wait_until

SHOP = uuid4()
# Long enough ago to be no answer about a key before this one.
BEGAN = datetime.now(UTC) - timedelta(hours=3)
CODES = {
    FailureKind.TRANSIENT: "vk_unavailable",
    FailureKind.ACCOUNT: "key_revoked",
    FailureKind.SETTING: "messages_disabled",
}


def checked(
    made: dict[str, Any], seconds: float, kind: FailureKind | None = None, **more: Any
) -> AccountChecked:
    facts: dict[str, Any] = {
        "problem": CODES[kind] if kind else None,
        "checked_at": BEGAN + timedelta(seconds=seconds),
        "kind": kind,
        "is_probe": kind is not None,
        "epoch": made["epoch"],
        **more,
    }
    return AccountChecked(project_id=UUID(made["project_id"]), integration_id=UUID(made["id"]), **facts)


async def connected(registry: Registry) -> dict[str, Any]:
    made: dict[str, Any] = (await registry.connect(SHOP, 7)).json()
    await registry.link(made)
    return made


async def given_up(registry: Registry) -> dict[str, Any]:
    made = await connected(registry)
    for second in range(0, 601, 30):
        await registry.tell(checked(made, second, FailureKind.ACCOUNT))
    assert (await registry.read(SHOP, made["id"]))["state"] == "deactivated"
    return made


async def changes(registry: Registry) -> list[tuple[str, str | None]]:
    said = [event for event in await registry.said() if isinstance(event, IntegrationStateChanged)]
    assert [event.version for event in said] == sorted({event.version for event in said})
    return [(event.state, event.reason) for event in said]


async def test_a_lost_key_is_told_with_its_reason_what_we_do_and_its_cure(each_registry: Registry) -> None:
    registry = each_registry
    made = await connected(registry)
    await registry.tell(checked(made, 0, last_event_at=BEGAN, replies_queued=0))

    await registry.tell(checked(made, 10, FailureKind.ACCOUNT, replies_queued=3))

    now = await registry.read(SHOP, made["id"])
    assert (now["state"], now["reason"], now["reason_kind"]) == ("unavailable", "key_revoked", "account")
    assert (now["problem"], now["cure"], now["replies_queued"]) == ("key_revoked", "reconnect", 3)
    assert datetime.fromisoformat(now["last_event_at"]) == BEGAN
    assert datetime.fromisoformat(now["last_checked_at"]) == BEGAN + timedelta(seconds=10)
    assert datetime.fromisoformat(now["since"]) > BEGAN
    assert await changes(registry) == [("active", None), ("unavailable", "key_revoked")]
    lines = await registry.timeline(SHOP, made["id"])
    assert [(line["kind"], line["cause"], line["action"], line["cure"]) for line in lines[:2]] == [
        ("state_changed", "key_revoked", "replies_parked", "reconnect"),
        ("problem_found", "key_revoked", None, "reconnect"),
    ]
    listed = await registry.http.get(f"{REGISTRY}/registry", headers=registry.as_service())
    assert [item["reason"] for item in listed.json()["items"]] == ["key_revoked"]


async def test_checks_that_repeat_or_come_late_tell_nothing_new(registry: Registry) -> None:
    made = await connected(registry)
    for second in (30, 30, 20, 10):
        await registry.tell(checked(made, second, FailureKind.SETTING if second == 30 else None))
    await registry.tell(checked(made, 60, FailureKind.SETTING, epoch=2))

    assert await changes(registry) == [("active", None), ("unavailable", "messages_disabled")]
    now = await registry.read(SHOP, made["id"])
    assert datetime.fromisoformat(now["last_checked_at"]) == BEGAN + timedelta(seconds=30)


async def test_warnings_and_what_the_gateway_did_are_shown_with_cures(registry: Registry) -> None:
    made = await connected(registry)
    warnings = ("rights_missing:photos", "callback_failed")
    await registry.tell(checked(made, 0, warnings=warnings, actions=("long_poll_took_over",)))

    now = await registry.read(SHOP, made["id"])
    assert (now["state"], now["reason"]) == ("attention", "callback_failed")
    assert now["warnings"] == [
        {"code": "callback_failed", "cure": "check_public_address"},
        {"code": "rights_missing:photos", "cure": "reconnect_as_administrator"},
    ]
    timeline = await registry.timeline(SHOP, made["id"])
    lines = {(line["kind"], line["cause"], line["action"]) for line in timeline}
    assert {
        ("warning_found", "rights_missing:photos", None),
        ("action_taken", "callback_failed", "long_poll_took_over"),
        ("state_changed", "callback_failed", None),
    } <= lines


@pytest.fixture(params=["sqlite_url", "postgres_database"])
async def hasty(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    """A registry that holds nothing back, for hours told within a moment."""
    async with open_registry(request.getfixturevalue(request.param), hold_seconds=0) as opened:
        yield opened


async def test_an_integration_given_up_comes_back_by_an_administrators_check(hasty: Registry) -> None:
    registry = hasty
    made = await given_up(registry)
    await registry.tell(checked(made, 700))
    mended = await registry.read(SHOP, made["id"])
    assert (mended["state"], mended["problem"], mended["cure"]) == ("deactivated", None, "check_again")

    asked = await registry.call("POST", made, "checks")
    again = await registry.call("POST", made, "checks")

    assert (asked.status_code, again.json()) == (202, asked.json())
    assert (await registry.read(SHOP, made["id"]))["checking_since"] == asked.json()["requested_at"]
    [request] = [event for event in await registry.said() if isinstance(event, CheckRequested)]
    assert str(request.request_id) == asked.json()["request_id"]
    await registry.tell(checked(made, 710, request_id=uuid4()))
    assert (await registry.read(SHOP, made["id"]))["state"] == "deactivated"
    await registry.tell(checked(made, 720, request_id=request.request_id))
    now = await registry.read(SHOP, made["id"])
    assert (now["state"], now["reason"], now["checking_since"]) == ("active", None, None)
    kinds = [line["kind"] for line in await registry.timeline(SHOP, made["id"])]
    assert kinds[:3] == ["state_changed", "checked", "check_requested"]


async def test_an_integration_given_up_comes_back_by_a_reconnect_in_place(hasty: Registry) -> None:
    registry = hasty
    made = await given_up(registry)

    again = (await registry.connect(SHOP, 7)).json()
    of_the_old_key = datetime.now(UTC) - timedelta(minutes=1)
    await registry.tell(checked(made, 720, FailureKind.ACCOUNT, checked_at=of_the_old_key))

    assert (again["id"], again["epoch"], again["state"]) == (made["id"], 1, "connecting")
    assert (again["reason"], again["problem"], again["connected_by"]["name"]) == (None, None, "Анна")
    assert (await registry.read(SHOP, made["id"]))["state"] == "connecting"
    await registry.link(made)
    assert (await registry.read(SHOP, made["id"]))["state"] == "active"
    assert await changes(registry) == [
        ("active", None),
        ("unavailable", "key_revoked"),
        ("deactivated", "key_revoked"),
        ("active", None),
    ]


async def test_the_same_connection_again_mends_what_is_not_well(registry: Registry) -> None:
    connection_id = registry.gateway.lists(SHOP, 7)
    made = (await registry.connect(SHOP, 7, connection_id)).json()
    await registry.link(made)
    await registry.tell(checked(made, 0, warnings=("callback_failed",)))

    await registry.connect(SHOP, 7, connection_id)

    said = [event for event in await registry.said() if isinstance(event, IntegrationCreated)]
    assert [event.version for event in said] == [1, 4]


async def test_what_is_deleted_is_not_checked(registry: Registry) -> None:
    made = await connected(registry)
    await registry.delete(SHOP, made["id"])

    refused = await registry.call("POST", made, "checks")

    assert (refused.status_code, refused.json()["code"]) == (409, "integration_deleted")


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_a_recovery_held_back_is_carried_out_once_by_whoever_looks_first(
    database: str, request: pytest.FixtureRequest
) -> None:
    async with open_registry(request.getfixturevalue(database), hold_seconds=0.5) as registry:
        made = await connected(registry)
        await registry.tell(checked(made, 0, FailureKind.ACCOUNT))
        await registry.tell(checked(made, 30))
        assert await changes(registry) == [("active", None), ("unavailable", "key_revoked")]
        watches = [Watch(registry.service.database, Limits(hold_seconds=0.5)) for _ in range(5)]

        async def recovered() -> bool:
            await asyncio.gather(*(watch.step() for watch in watches))
            return len(await changes(registry)) > 2

        await wait_until(recovered)

        await asyncio.gather(*(watch.step() for watch in watches))
        assert (await changes(registry))[2:] == [("active", None)]
        now = await registry.read(SHOP, made["id"])
        assert (now["state"], now["version"]) == ("active", 4)
