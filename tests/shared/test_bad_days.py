"""Events when relays die, letters are strange or too large; over both buses and both databases."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from shared.events.accounts import ProjectCreated
from shared.events.envelope import PAYLOAD_BYTES_MAX, Envelope
from shared.messaging.bus import Bus, Letter
from shared.messaging.outbox import (
    EventTooLarge,
    Relay,
    count_waiting,
    publish_again_since,
    publish_on_commit,
)
from shared.messaging.parking import list_parked, replay
from shared.messaging.tables import delivery_table, inbox_table, outbox_table
from tests.shared.mail import PROJECT, Post
from tests.support.waiting import wait_until


class Counting:
    """A bus that counts what it carries, and can make its user die right after publishing."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.carried: list[UUID] = []
        self.deadly = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._bus, name)

    async def publish(self, letters: Sequence[Letter]) -> set[UUID]:
        self.carried += [letter.event_id for letter in letters]
        safe = await self._bus.publish(letters)
        if self.deadly:
            raise SystemExit("killed")
        return safe


def _relay(post: Post, bus: Counting, holder: str) -> Relay:
    handed_on: Any = bus
    return Relay("accounts", post.speaker, handed_on, holder=holder, behind_after=timedelta())


async def test_a_relay_that_dies_before_marking_loses_and_doubles_nothing(post: Post) -> None:
    bus = Counting(post.bus)
    bus.deadly = True
    await post.say("a", "b")
    with pytest.raises(SystemExit):
        await _relay(post, bus, "test").step()
    await post.has_seen("a", "b")
    async with post.speaker.read() as session:
        assert await count_waiting(session) == 2, "marked before it was known to be safe"

    bus.deadly = False
    await post.say("c")
    await _relay(post, bus, "test").step()

    await post.has_seen("a", "b", "c")
    assert [bus.carried.count(each) for each in dict.fromkeys(bus.carried)] == [2, 2, 1]


async def test_two_relays_do_the_work_of_one_in_order(post: Post) -> None:
    bus = Counting(post.bus)
    relays = [_relay(post, bus, holder) for holder in ("one", "other")]
    names = [f"{number:02}" for number in range(20)]
    for name in names:
        await post.say(name)
        await asyncio.gather(*(relay.step() for relay in relays))

    await post.has_seen(*names)
    async with post.speaker.read() as session:
        told = (
            await session.scalars(select(outbox_table.c.event_id).order_by(outbox_table.c.position))
        ).all()
    assert bus.carried == list(told)


async def test_a_reader_that_dies_between_commit_and_acknowledgement_has_one_effect(post: Post) -> None:
    await post.say("a")
    async with post.speaker.read() as session:
        row = (await session.execute(select(outbox_table))).one()
    letter = Letter(row.event_id, row.type, row.body)

    await post.consumer.deliver(post.reader, [letter])
    await post.consumer.deliver(post.reader, [letter, letter])
    await post.relay.step()

    await post.has_seen("a")


def _strange(post: Post, payload: dict[str, Any], *, kind: str = ProjectCreated.type) -> Letter:
    world = post.speaker.world
    envelope = Envelope(id=world.new_id(), type=kind, occurred_at=world.now(), payload=payload)
    return Letter(envelope.id, kind, envelope.model_dump_json().encode())


async def test_unknown_fields_are_ignored_and_missing_ones_park_the_event(post: Post) -> None:
    newer: dict[str, Any] = {
        "project_id": str(PROJECT),
        "name": "newer",
        "colour": "green",
        "nested": {"a": [1]},
    }
    broken = {"project_id": str(PROJECT), "title": "a required field has another name now"}
    letters = [_strange(post, newer), _strange(post, broken)]
    assert await post.bus.publish(letters) == {letter.event_id for letter in letters}
    await post.say("neighbour")
    await post.relay.step()

    await post.has_seen("neighbour", "newer")

    async def parked() -> list[UUID]:
        async with post.reader.read() as session:
            return [row.event_id for row in await list_parked(session)]

    assert await wait_until(parked, describe="the event is parked at once") == [letters[1].event_id]
    # After an upgrade that understands it, it can be replayed; before, it is parked again.
    async with post.reader.write() as session:
        assert await replay(session) == 1
    await post.consumer.retry(post.reader)
    assert await parked() == [letters[1].event_id]


async def test_a_type_that_nobody_listens_to_is_done(post: Post) -> None:
    letter = _strange(post, {}, kind="accounts.planet_discovered.v9")

    assert await post.bus.publish([letter]) == {letter.event_id}

    async with post.reader.read() as session:
        for table in (inbox_table, delivery_table):
            assert (await session.execute(select(func.count()).select_from(table))).scalar_one() == 0


async def test_an_event_that_is_too_large_is_refused_with_its_change(post: Post) -> None:
    with pytest.raises(EventTooLarge):
        await post.say("fits", "x" * PAYLOAD_BYTES_MAX)
    largest = "я" * (PAYLOAD_BYTES_MAX // 2 - 400)
    await post.say("small", largest)

    await post.relay.step()

    await post.has_seen("small", largest)


async def test_what_was_said_since_a_moment_is_published_again(post: Post) -> None:
    await post.say("early")
    await post.relay.step()
    since = post.speaker.world.now()
    await post.say("late", "later")
    await post.relay.step()
    await post.has_seen("early", "late", "later")

    async with post.speaker.write() as session:
        assert await publish_again_since(session, since) == 2
    bus = Counting(post.bus)
    await _relay(post, bus, "test").step()

    assert len(bus.carried) == 2
    await post.say("last")
    await post.relay.step()
    await post.has_seen("early", "last", "late", "later")


async def test_an_outbox_row_and_its_change_commit_together_or_not_at_all(post: Post) -> None:
    for disaster in (RuntimeError("by itself"), asyncio.CancelledError(), SystemExit("killed")):
        with pytest.raises(type(disaster)):
            async with post.speaker.write() as session:
                await publish_on_commit(session, ProjectCreated(project_id=PROJECT, name="ghost"))
                raise disaster
    async with post.speaker.read() as session:
        assert (await session.execute(select(func.count()).select_from(outbox_table))).scalar_one() == 0
