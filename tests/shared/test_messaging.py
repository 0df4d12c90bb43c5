"""Outbox, relay, bus, inbox, retries and parking, over both buses and both databases."""

import asyncio
from functools import partial

import pytest

from shared.database.leases import hold_lease, still_held
from shared.events.accounts import ProjectCreated
from shared.messaging.outbox import count_waiting, publish_on_commit
from shared.messaging.parking import list_parked, replay
from shared.messaging.tables import delivery_table, outbox_table
from shared.runtime.loops import Loop
from shared.runtime.world import World
from tests.shared.mail import PROJECT, Post
from tests.support.waiting import wait_until


async def test_committed_events_arrive_once_however_often_they_are_published(post: Post) -> None:
    await post.say("a", "b")
    await post.relay.step()
    await post.has_seen("a", "b")
    async with post.speaker.write() as session:
        assert await count_waiting(session) == 0
        await session.execute(outbox_table.update().values(published_at=None))

    await post.relay.step()
    await post.say("c")
    await post.relay.step()

    await post.has_seen("a", "b", "c")


async def test_a_rolled_back_event_is_never_published(post: Post) -> None:
    with pytest.raises(RuntimeError):
        async with post.speaker.write() as session:
            await publish_on_commit(session, ProjectCreated(project_id=PROJECT, name="ghost"))
            raise RuntimeError("changed my mind")
    await post.say("real")

    await post.relay.step()

    await post.has_seen("real")


async def test_a_failed_event_is_tried_again_in_time_where_nothing_else_happens(post: Post) -> None:
    step, state = partial(post.consumer.retry, post.reader), partial(post.consumer.state, post.reader)
    loop = Loop("retries", step, interval_seconds=0.1, world=World(), state=state)
    loop.start()
    post.failing.add("bad")
    await post.say("bad")
    await post.relay.step()

    async def failed() -> bool:
        async with post.reader.read() as session:
            return bool((await session.execute(delivery_table.select())).all())

    await wait_until(failed, describe="the first try has failed")
    post.failing.clear()

    await wait_until(post.seen, describe="the second try, after a second")

    await loop.stop()


async def test_a_bad_event_leaves_its_neighbours_alone_and_is_parked_and_replayed(post: Post) -> None:
    post.failing.add("bad")
    await post.say("one", "bad", "two")
    await post.relay.step()
    await post.has_seen("one", "two")

    async def parked() -> bool:
        async with post.reader.write() as session:
            await session.execute(delivery_table.update().values(next_attempt_at=session.now))
        await post.consumer.retry(post.reader)
        async with post.reader.read() as session:
            return bool(await list_parked(session))

    await wait_until(parked, describe="the bad event is parked")
    post.failing.clear()
    async with post.reader.write() as session:
        assert await replay(session) == 1
    await post.consumer.retry(post.reader)

    await post.has_seen("one", "two", "bad")


async def test_a_lease_has_one_holder_and_a_growing_fence(post: Post) -> None:
    async with post.speaker.write() as session:
        first = await hold_lease(session, "community", holder="a", seconds=0.05)
    assert first is not None
    async with post.speaker.write() as session:
        assert await hold_lease(session, "community", holder="b", seconds=5) is None

    async def taken() -> bool:
        async with post.speaker.write() as session:
            return await hold_lease(session, "community", holder="b", seconds=5) is not None

    await wait_until(taken, describe="the lease ended")
    async with post.speaker.write() as session:
        assert not await still_held(session, first)


async def test_sixteen_writers_with_slow_transactions_lose_no_event(post: Post) -> None:
    names = [f"{writer}-{turn}" for writer in range(16) for turn in range(5)]

    async def write(writer: int) -> None:
        for turn in range(5):
            async with post.speaker.write() as session:
                event = ProjectCreated(project_id=PROJECT, name=f"{writer}-{turn}")
                await publish_on_commit(session, event)
                await asyncio.sleep(0.001 * (writer % 4))

    writing = asyncio.gather(*(write(writer) for writer in range(16)))
    while not writing.done():
        await post.relay.step()
    await writing
    await post.relay.step()

    await post.has_seen(*names)
