"""What was committed is published from memory; whatever fails between, the table brings it."""

import random
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from shared.messaging.bus import BusUnavailable, InProcessBus, Letter
from shared.messaging.outbox import BATCH, BEHIND_AFTER, TAKE_LETTERS, TAKEN_BYTES_MAX, Relay, count_waiting
from shared.messaging.tables import outbox_table
from shared.runtime.world import World
from tests.shared.mail import Post, opened_post


class MoodyBus:
    """A bus that remembers what it has carried, and takes everything, nothing or a part."""

    publish_seconds_max = 6.0

    def __init__(self, whims: random.Random | None = None) -> None:
        self.carried: list[UUID] = []
        self.is_away = False
        self._whims = whims
        self.is_moody = whims is not None

    async def publish(self, letters: Sequence[Letter]) -> set[UUID]:
        assert len(letters) <= BATCH
        if self.is_away:
            raise BusUnavailable("away")
        taken = [letter.event_id for letter in letters]
        if self._whims and self.is_moody:
            taken = taken[: self._whims.choice([0, 1, len(taken), len(taken), len(taken)])]
        self.carried += taken
        return set(taken)


def _relay(post: Post, bus: MoodyBus) -> Relay:
    relay = Relay("accounts", post.speaker, bus, holder="test")  # type: ignore[arg-type]  # it only publishes
    post.speaker.info[TAKE_LETTERS] = relay.take
    return relay


async def _said(post: Post) -> list[UUID]:
    async with post.speaker.read() as session:
        query = select(outbox_table.c.event_id).order_by(outbox_table.c.position)
        return list((await session.scalars(query)).all())


async def _waiting(post: Post) -> int:
    async with post.speaker.read() as session:
        return await count_waiting(session)


async def test_what_was_committed_is_published_without_being_read_back(post: Post) -> None:
    bus = MoodyBus()
    relay = _relay(post, bus)
    await relay.step()
    await post.say("a", "b")
    async with post.speaker.write() as session:
        # Now the table says that there is nothing to publish.
        await session.execute(update(outbox_table).values(published_at=session.now))

    assert not await relay.step()

    assert bus.carried == await _said(post)


async def test_what_the_bus_refused_goes_by_the_table_and_before_what_came_later(post: Post) -> None:
    bus = MoodyBus()
    relay = _relay(post, bus)
    await relay.step()
    bus.is_away = True
    await post.say("a", "b")
    with pytest.raises(BusUnavailable):
        await relay.step()
    await post.say("c")
    with pytest.raises(BusUnavailable):
        await relay.step()
    assert await _waiting(post) == 3

    bus.is_away = False
    await post.say("d")
    while await relay.step():
        pass

    assert bus.carried == await _said(post)
    assert await _waiting(post) == 0


async def test_what_another_process_is_about_to_publish_is_left_to_it_for_a_moment(post: Post) -> None:
    bus = MoodyBus()
    relay, other = _relay(post, bus), _relay(post, bus)
    await relay.step()
    await other.step()
    await post.say("a", "b")

    await relay.step()
    assert bus.carried == []
    await other.step()
    assert bus.carried == await _said(post)

    post.speaker.info.clear()
    await post.say("c")
    async with post.speaker.write() as session:
        await session.execute(update(outbox_table).values(created_at=session.now - BEHIND_AFTER))
    await relay.step()
    assert bus.carried == await _said(post)


async def test_more_than_memory_is_meant_for_waits_in_the_table(post: Post) -> None:
    bus = MoodyBus()
    relay = _relay(post, bus)
    await relay.step()
    large = Letter(UUID(int=1), "too.much.v1", b"x" * (TAKEN_BYTES_MAX + 1))
    await post.say("a")

    relay.take({10**9: large})
    while await relay.step():
        pass

    assert bus.carried == await _said(post)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_fails_between_every_letter_is_carried(tmp_path: Path, seed: int) -> None:
    """Processes that die with what they were handed, and a bus that takes what it likes."""
    whims, world = random.Random(seed), World()
    urls = [f"sqlite+aiosqlite:///{tmp_path}/both.db"] * 2
    async with opened_post(urls, InProcessBus(), world) as post:
        bus = MoodyBus(whims)
        relay = _relay(post, bus)
        for number in range(60):
            match whims.choice(["say", "say", "step", "step", "die"]):
                case "say":
                    await post.say(*(f"{number}-{each}" for each in range(whims.choice([1, 3]))))
                case "die":
                    relay = _relay(post, bus)
                case _:
                    await _tried(relay)
        bus.is_moody = False
        while await _relay(post, bus).step():
            pass

        said = await _said(post)
        assert set(bus.carried) == set(said)
        assert await _waiting(post) == 0


async def _tried(relay: Relay) -> None:
    try:
        await relay.step()
    except BusUnavailable:
        return
