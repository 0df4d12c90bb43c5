"""What the registry makes of other services' events."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.events.accounts import AccessChanged, ProjectDeleted
from shared.events.channel import AccountChecked, Gap, HistoryChecked
from shared.events.integrations import IntegrationDeleted
from shared.http.access import Role
from tests.services.integrations.opened import REGISTRY, Registry

SHOP, RIVAL = uuid4(), uuid4()
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def checked(integration: dict[str, Any], problem: str | None, minute: int, epoch: int = 1) -> AccountChecked:
    return AccountChecked(
        project_id=UUID(integration["project_id"]),
        integration_id=UUID(integration["id"]),
        epoch=epoch,
        problem=problem,
        checked_at=NOON + timedelta(minutes=minute),
    )


async def test_a_linked_integration_is_active_once(each_registry: Registry) -> None:
    registry = each_registry
    made = (await registry.connect(SHOP, 7)).json()

    await registry.link(made)
    await registry.link(made)

    now = await registry.read(SHOP, made["id"])
    assert (now["state"], now["version"]) == ("active", 2)
    assert len(await registry.said()) == 2


async def test_a_link_of_an_earlier_epoch_activates_nothing(registry: Registry) -> None:
    made = (await registry.connect(SHOP, 7)).json()
    await registry.delete(SHOP, made["id"])
    await registry.link(made)
    assert (await registry.read(SHOP, made["id"]))["state"] == "deleted"
    await registry.connect(SHOP, 7)

    await registry.link(made, epoch=1)

    assert (await registry.read(SHOP, made["id"]))["state"] == "connecting"
    await registry.link(made, epoch=2)
    assert (await registry.read(SHOP, made["id"]))["state"] == "active"


async def test_the_newest_check_wins_and_each_change_is_on_the_timeline(registry: Registry) -> None:
    made = (await registry.connect(SHOP, 7)).json()
    for problem, minute in [(None, 1), ("key_revoked", 3), (None, 2), ("key_revoked", 4)]:
        await registry.tell(checked(made, problem, minute))

    broken = await registry.read(SHOP, made["id"])
    await registry.tell(checked(made, None, 5))
    well = await registry.read(SHOP, made["id"])

    assert (broken["problem"], well["problem"]) == ("key_revoked", None)
    assert well["version"] == 1
    lines = await registry.timeline(SHOP, made["id"])
    assert [(line["kind"], line["cause"], line["cure"]) for line in lines[:2]] == [
        ("problem_gone", "key_revoked", None),
        ("problem_found", "key_revoked", "reconnect"),
    ]
    assert len(lines) == 3


async def test_a_deleted_project_gives_its_communities_back_for_ever(each_registry: Registry) -> None:
    registry = each_registry
    made = (await registry.connect(SHOP, 7)).json()
    await registry.connect(SHOP, 8)

    await registry.tell(ProjectDeleted(project_id=SHOP))

    assert (await registry.read(SHOP, made["id"]))["state"] == "deleted"
    deleted = [event for event in await registry.said() if isinstance(event, IntegrationDeleted)]
    assert {event.community_id for event in deleted} == {7, 8}
    late = await registry.connect(SHOP, 7)
    assert (late.status_code, late.json()["code"]) == (404, "project_not_found")
    assert (await registry.connect(RIVAL, 7)).status_code == 201


async def test_a_cut_token_counts_no_more(registry: Registry) -> None:
    operator = uuid4()
    headers = registry.keys.bearer(operator, {SHOP: Role.OWNER})
    assert (await registry.http.get(f"{REGISTRY}?project_id={SHOP}", headers=headers)).status_code == 200

    later = datetime.now(UTC) + timedelta(seconds=1)
    await registry.tell(AccessChanged(operator_id=operator, not_before=later))

    assert (await registry.http.get(f"{REGISTRY}?project_id={SHOP}", headers=headers)).status_code == 401


def history(made: dict[str, Any], minute: int, *, epoch: int = 1, gaps_open: int = 0) -> HistoryChecked:
    gone = Gap(external_id="101", first_number=4, last_number=6, confirmed_at=NOON)
    return HistoryChecked(
        project_id=UUID(made["project_id"]),
        integration_id=UUID(made["id"]),
        epoch=epoch,
        checked_until=NOON + timedelta(minutes=minute),
        transport="long_poll",
        gaps_open=gaps_open,
        gaps_confirmed=1,
        gaps=(gone,),
        checked_at=NOON + timedelta(minutes=minute),
    )


async def test_the_newest_word_on_the_history_is_shown_and_ends_with_its_epoch(
    each_registry: Registry,
) -> None:
    registry = each_registry
    made = (await registry.connect(SHOP, 7)).json()
    assert (made["transport"], made["checked_until"], made["gaps_open"]) == (None, None, None)

    for minute, gaps_open in [(2, 3), (1, 9)]:
        await registry.tell(history(made, minute, gaps_open=gaps_open))
    await registry.tell(history(made, 5, epoch=2))

    now = await registry.read(SHOP, made["id"])
    assert (now["transport"], now["gaps_open"], now["gaps_confirmed"]) == ("long_poll", 3, 1)
    assert now["checked_until"] == "2026-01-05T12:02:00Z"
    assert [(gap["external_id"], gap["first_number"], gap["last_number"]) for gap in now["gaps"]] == [
        ("101", 4, 6)
    ]
    await registry.delete(SHOP, made["id"])
    again = (await registry.connect(SHOP, 7)).json()
    assert (again["transport"], again["checked_until"], again["gaps_open"]) == (None, None, None)
