"""What widgets make of the life of an integration, whatever order, however often, and if nothing arrives."""

from itertools import permutations
from uuid import uuid4

import pytest

from shared.events.integrations import IntegrationEvent
from shared.events.widgets import WidgetChanged
from shared.http.registry import RegistryUnavailable
from tests.services.widget_config.opened import Community, Widgets, open_widgets
from tests.support.waiting import wait_until
from widget_config.channels.rules import link_to

SHOP = uuid4()


async def test_the_button_follows_the_state(each_widgets: Widgets) -> None:
    widgets = each_widgets
    community = Community(SHOP)
    await widgets.tell(community.created())
    widget = await widgets.make(SHOP)
    await widgets.add(widget, community)
    shown: dict[str, bool] = {"connecting": bool(await widgets.links(widget))}

    states = ["active", "attention", "unavailable", "active", "deactivated", "strange"]
    for version, state in enumerate(states, start=2):
        await widgets.tell(community.became(state, version))
        shown[state] = bool(await widgets.links(widget))

    assert {state for state, is_shown in shown.items() if is_shown} == {"active", "attention"}


async def test_a_change_that_visitors_see_is_announced_and_no_other(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)
    before = len(await widgets.said())

    await widgets.tell(community.became("attention", 3))
    assert len(await widgets.said()) == before
    await widgets.tell(community.became("unavailable", 4))
    community.name = "Renamed"
    await widgets.tell(community.created(5, state="unavailable"), community.became("active", 6))

    events = (await widgets.said())[before:]
    assert [event.version for event in events if isinstance(event, WidgetChanged)] == [3, 4]
    assert (await widgets.public(widget)).json()["channels"][0]["name"] == "Renamed"


async def test_a_deleted_integration_leaves_every_widget_and_does_not_come_back(
    each_widgets: Widgets,
) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)
    second = await widgets.make(SHOP)
    await widgets.add(second, community)
    before = len(await widgets.said())

    await widgets.tell(community.deleted(3))
    assert await widgets.links(widget) == await widgets.links(second) == []
    told = {event.widget_id for event in (await widgets.said())[before:] if isinstance(event, WidgetChanged)}
    assert {str(widget_id) for widget_id in told} == {widget["id"], second["id"]}
    await widgets.tell(community.created(4, epoch=2), community.became("active", 5, epoch=2))
    assert await widgets.links(widget) == []

    await widgets.add(widget, community)
    assert await widgets.links(widget) == ["https://vk.me/shop"]


async def test_a_deletion_that_is_late_or_lost_is_seen_by_the_new_epoch(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)

    await widgets.tell(community.created(4, epoch=2), community.became("active", 5, epoch=2))
    assert await widgets.links(widget) == []
    await widgets.add(widget, community)
    await widgets.tell(community.deleted(3, epoch=1))

    assert await widgets.links(widget) == ["https://vk.me/shop"]


def _life(community: Community) -> list[IntegrationEvent]:
    return [
        community.deleted(3),
        community.created(4, epoch=2),
        community.became("active", 5, epoch=2),
    ]


async def test_every_order_of_events_ends_the_same(widgets: Widgets) -> None:
    widget = await widgets.make(SHOP)
    for order in permutations(range(3)):
        community = Community(SHOP)
        await widgets.tell(community.created(1), community.became("active", 2))
        assert (await widgets.add(widget, community)).status_code == 200
        life = _life(community)

        await widgets.tell(*(life[index] for index in order), life[order[0]])

        assert await widgets.links(widget) == [], order
        await widgets.add(widget, community)
        assert await widgets.links(widget) == ["https://vk.me/shop"], order
        await widgets.remove(widget, community)


async def test_before_its_creation_is_heard_of_an_integration_is_only_remembered(widgets: Widgets) -> None:
    widget, community = await widgets.make(SHOP), Community(SHOP)

    await widgets.tell(community.became("active", 2), community.created(1))

    assert (await widgets.add(widget, community)).status_code == 200
    assert await widgets.links(widget) == ["https://vk.me/shop"]


@pytest.mark.parametrize("heard", range(4))
async def test_reading_the_registry_heals_events_of_any_kind(widgets: Widgets, heard: int) -> None:
    widget, community = await widgets.with_community(SHOP)
    others = [Community(SHOP, number) for number in range(100, 105)]
    life = _life(community)
    await widgets.tell(*life[:heard])
    widgets.registry.lines = [other.registered("active", 9) for other in others]
    widgets.registry.lines.append(community.registered("active", 5, epoch=2))

    await widgets.reconcile()
    await widgets.tell(*life)

    assert await widgets.links(widget) == []
    for channel in (community, *others):
        assert (await widgets.add(widget, channel)).status_code == 200
    assert len(await widgets.links(widget)) == 6


async def test_a_lost_deletion_is_healed_by_itself(sqlite_url: str) -> None:
    async with open_widgets(sqlite_url, reconcile_seconds=0.05) as widgets:
        widget, community = await widgets.with_community(SHOP)

        widgets.registry.lines = [community.registered("deleted", 3)]

        async def gone() -> bool:
            return await widgets.links(widget) == []

        await wait_until(gone, describe="the button is gone")


async def test_an_older_line_of_the_registry_changes_nothing(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)
    widgets.registry.lines = [community.registered("connecting", 1)]

    await widgets.reconcile()

    assert await widgets.links(widget) == ["https://vk.me/shop"]


async def test_a_registry_that_is_away_or_talks_nonsense_hides_nothing(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)
    widgets.registry.lines = [community.registered("deleted", 3) | {"epoch": "?"}]
    with pytest.raises(RegistryUnavailable):
        await widgets.reconcile()
    widgets.registry.is_broken = True

    with pytest.raises(RegistryUnavailable):
        await widgets.reconcile()

    assert await widgets.links(widget) == ["https://vk.me/shop"]


@pytest.mark.parametrize(
    ("screen_name", "link"),
    [
        ("shop_1.ru", "https://vk.me/shop_1.ru"),
        ("", "https://vk.me/club7"),
        ("../evil", "https://vk.me/club7"),
        ("shop?x=1", "https://vk.me/club7"),
        ("магазин", "https://vk.me/club7"),
        ("shop\n", "https://vk.me/club7"),
    ],
)
def test_a_link_leads_to_vk_and_nowhere_else(screen_name: str, link: str) -> None:
    assert link_to(7, screen_name) == link
