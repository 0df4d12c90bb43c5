"""Letters that wait for another try: unknown types, deaths of the process, repeats meanwhile."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.events.accounts import ProjectCreated
from shared.events.envelope import Envelope
from shared.messaging.bus import Letter
from shared.messaging.consumer import RETRY_SECONDS, UNENDED_PAUSE
from shared.messaging.parking import list_parked, replay
from shared.messaging.tables import delivery_table
from tests.shared.mail import PROJECT, Post


def _letter(post: Post, name: str, *, kind: str = ProjectCreated.type) -> Letter:
    world = post.speaker.world
    payload: dict[str, Any] = {"project_id": str(PROJECT), "name": name}
    envelope = Envelope(id=world.new_id(), type=kind, occurred_at=world.now(), payload=payload)
    return Letter(envelope.id, kind, envelope.model_dump_json().encode())


async def _rows(post: Post) -> list[Any]:
    async with post.reader.read() as session:
        return list((await session.execute(select(delivery_table))).all())


async def _parked(post: Post) -> list[UUID]:
    async with post.reader.read() as session:
        return [row.event_id for row in await list_parked(session)]


async def test_a_type_of_a_newer_version_is_parked_and_its_neighbours_go_on(post: Post) -> None:
    strange = _letter(post, "strange", kind="accounts.planet_discovered.v9")

    await post.consumer.deliver(post.reader, [_letter(post, "one"), strange, _letter(post, "two")])
    await post.consumer.deliver(post.reader, [strange])

    await post.has_seen("one", "two")
    assert await _parked(post) == [strange.event_id]
    # Replayed too early it is parked again; after an upgrade it would be applied.
    async with post.reader.write() as session:
        assert await replay(session) == 1
    await post.consumer.retry(post.reader)
    assert await _parked(post) == [strange.event_id]
    post.consumer._handlers[strange.type] = post.consumer._handlers[ProjectCreated.type]
    async with post.reader.write() as session:
        await replay(session)
    await post.consumer.retry(post.reader)
    await post.has_seen("one", "strange", "two")


async def test_a_buried_letter_is_tried_alone_after_a_while(post: Post) -> None:
    neighbour = _letter(post, "innocent")

    await post.consumer.bury(post.reader, neighbour)

    (row,) = await _rows(post)
    assert row.next_attempt_at - row.first_failed_at == UNENDED_PAUSE
    assert (row.attempts, row.parked_at) == (0, None)
    await post.make_due()
    await post.consumer.retry(post.reader)
    await post.has_seen("innocent")
    assert await _rows(post) == []


async def test_a_letter_that_kills_the_process_at_every_try_is_parked_in_the_end(post: Post) -> None:
    post.deadly.add("poison")
    poison, neighbour = _letter(post, "poison"), _letter(post, "innocent")
    for letter in (poison, neighbour):
        await post.consumer.bury(post.reader, letter)

    for death in range(1, len(RETRY_SECONDS) + 2):
        await post.make_due()
        with pytest.raises(SystemExit):
            while True:
                await post.consumer.retry(post.reader)
        assert max(row.attempts for row in await _rows(post)) == death
    await post.make_due()
    await post.consumer.retry(post.reader)

    await post.has_seen("innocent")
    assert await _parked(post) == [poison.event_id]


async def test_a_letter_that_waits_is_not_tried_by_the_bus(post: Post) -> None:
    post.failing.add("bad")
    bad = _letter(post, "bad")

    for _ in range(3):
        await post.bus.publish([bad])
        await post.consumer.deliver(post.reader, [bad, _letter(post, "neighbour")])

    (row,) = await _rows(post)
    assert row.attempts == 1
    post.failing.clear()
    await post.consumer.deliver(post.reader, [bad])
    await post.has_seen("neighbour", "neighbour", "neighbour")
    await post.make_due()
    await post.consumer.retry(post.reader)
    await post.has_seen("bad", "neighbour", "neighbour", "neighbour")


async def test_two_processes_make_one_try(post: Post) -> None:
    post.failing.add("bad")
    await post.consumer.deliver(post.reader, [_letter(post, "bad")])
    await post.make_due()
    (row,) = await _rows(post)
    letter = Letter(row.event_id, row.type, row.body)

    # Both have read the row; the first one's try is counted, the second finds it taken.
    for _ in range(2):
        await post.consumer._retry_one(post.reader, letter, row.attempts)

    assert [row.attempts for row in await _rows(post)] == [2]
