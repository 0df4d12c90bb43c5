"""What is shown when nothing is heard any more, and how soon copies in memory follow."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from shared.http.registry import RegistryUnavailable
from shared.messaging.bus import InProcessBus
from shared.runtime.world import SystemClock, World
from tests.services.widget_config.opened import Community, Widgets, open_widgets
from widget_config.public.copies import Copies, Copy

SHOP = uuid4()


class MovedClock(SystemClock):
    """The machine's clock, put forward by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead.total_seconds()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


async def test_a_button_is_hidden_when_its_state_was_not_confirmed_for_an_hour(
    sqlite_url: str, clock: MovedClock
) -> None:
    async with open_widgets(sqlite_url, World(clock)) as widgets:
        widget, community = await widgets.with_community(SHOP)
        shown = ["https://vk.me/shop"]
        line = community.registered("active", 2)

        clock.ahead += timedelta(minutes=59)
        assert await widgets.links(widget) == shown
        widgets.registry.lines = [line]
        await widgets.reconcile()
        clock.ahead += timedelta(minutes=59)
        assert await widgets.links(widget) == shown

        widgets.registry.is_broken = True
        with pytest.raises(RegistryUnavailable):
            await widgets.reconcile()
        clock.ahead += timedelta(minutes=2)
        assert await widgets.links(widget) == []

        await widgets.tell(community.became("active", 2))
        clock.ahead += timedelta(seconds=3)
        assert await widgets.links(widget) == shown
        clock.ahead += timedelta(minutes=61)
        widgets.registry.is_broken = False
        await widgets.reconcile()
        assert await widgets.links(widget) == shown


async def test_every_event_of_a_kind_lost_the_registry_still_takes_the_button_away(
    each_widgets: Widgets,
) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)
    for version, state in enumerate(["unavailable", "active", "deactivated"], start=3):
        widgets.registry.lines = [community.registered(state, version)]
        await widgets.reconcile()
        assert bool(await widgets.links(widget)) == (state == "active")


async def test_another_replica_s_change_is_served_at_once_by_a_nudge_and_soon_without(
    postgres_database: str, clock: MovedClock
) -> None:
    async with (
        open_widgets(postgres_database, copy_seconds=3600) as one,
        open_widgets(postgres_database, World(clock), copy_seconds=5) as two,
    ):
        assert isinstance(one.bus, InProcessBus)
        widget, community = await one.with_community(SHOP)
        assert await two.links(widget) == ["https://vk.me/shop"]

        await one.tell(community.became("unavailable", 3))
        assert await one.links(widget) == []
        assert await two.links(widget) == ["https://vk.me/shop"]
        clock.ahead += timedelta(seconds=5)
        assert await two.links(widget) == []

        await one.tell(community.became("active", 4))
        await two.bus.nudge("widget-config.copies", widget["public_key"])
        assert await two.links(widget) == ["https://vk.me/shop"]


async def test_readers_and_writers_at_the_same_time_never_leave_an_old_copy(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)

    async def read() -> None:
        for _ in range(15):
            await widgets.public(widget)

    for version in range(3, 13):
        state = "unavailable" if version % 2 else "active"
        await asyncio.gather(read(), widgets.tell(community.became(state, version)), read())
        assert bool(await widgets.links(widget)) == (state == "active"), version


def test_while_one_fetches_others_get_the_old_copy_but_not_for_ever(clock: MovedClock) -> None:
    copies = Copies(World(clock), exact_seconds=2)
    copies.keep("k" * 24, Copy(b"{}"), copies.turn)
    clock.ahead += timedelta(seconds=2)

    assert copies.find("k" * 24) is None
    assert copies.find("k" * 24) is not None
    clock.ahead += timedelta(seconds=61)
    assert copies.find("k" * 24) is None
    assert copies.find("k" * 24) is None


async def test_a_community_of_another_project_changes_nothing_here(widgets: Widgets) -> None:
    widget, _ = await widgets.with_community(SHOP)
    stranger = Community(uuid4(), 8)

    await widgets.tell(stranger.created(), stranger.became("active"), stranger.deleted())

    assert await widgets.links(widget) == ["https://vk.me/shop"]


def test_what_was_read_before_a_change_is_not_kept_after_it(clock: MovedClock) -> None:
    copies = Copies(World(clock), exact_seconds=2)
    turn = copies.turn
    copies.take_down(["k" * 24])

    copies.keep("k" * 24, Copy(b"{}"), turn)

    assert copies.find("k" * 24) is None
