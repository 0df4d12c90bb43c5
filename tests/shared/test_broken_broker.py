"""RabbitMQ and the network to it on bad days: silence, lost queues, poison, a wiped broker, no database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import pytest
from sqlalchemy import func, select

from shared.events.accounts import ProjectCreated
from shared.events.subscriptions import readers_of
from shared.messaging.bus import BusUnavailable
from shared.messaging.outbox import count_waiting, publish_again_since
from shared.messaging.rabbit import DELIVERY_LIMIT, HEARTBEAT_SECONDS, Patience, RabbitBus, reconnections
from shared.messaging.tables import delivery_table
from shared.runtime.world import World
from tests.shared.mail import Post, opened_post
from tests.support.faultproxy import Direction, FaultProxy
from tests.support.servers import RabbitServer
from tests.support.waiting import wait_until

# Connecting declares all queues, which a busy broker takes its time for.
QUICK = Patience(connect_seconds=20.0, call_seconds=1.0, ping_seconds=0.2, silence_seconds=2.0)


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


@asynccontextmanager
async def _behind_proxy(url: str) -> AsyncIterator[tuple[FaultProxy, str]]:
    async with FaultProxy(_port(url)) as proxy:
        yield proxy, _through(url, proxy.port)


@pytest.fixture
async def shaky(postgres_database: str, rabbit_vhost: str) -> AsyncIterator[tuple[Post, FaultProxy]]:
    """A post whose way to the broker can be disturbed."""
    world = World()
    async with _behind_proxy(rabbit_vhost) as (proxy, url):
        bus = RabbitBus(url, world, QUICK)
        async with opened_post([postgres_database] * 2, bus, world) as post:
            yield post, proxy
            proxy.resume()


async def _relayed(post: Post) -> None:
    """Step the relay until the outbox is empty, as its loop does."""

    async def empty() -> bool:
        try:
            await post.relay.step()
        except (BusUnavailable, TimeoutError) as error:
            raise AssertionError(repr(error)) from error
        async with post.speaker.read() as session:
            return await count_waiting(session) == 0

    await wait_until(empty, 30, "an empty outbox")


@pytest.mark.parametrize("direction", [Direction.BOTH, Direction.TO_CLIENT])
async def test_a_publish_into_silence_ends_soon_and_the_event_arrives_once(
    shaky: tuple[Post, FaultProxy], direction: Direction
) -> None:
    post, proxy = shaky
    assert Patience().call_seconds == 5.0
    await post.say("a")
    proxy.stall(direction)
    began = asyncio.get_running_loop().time()

    with pytest.raises((BusUnavailable, TimeoutError)):
        await post.relay.step()

    assert asyncio.get_running_loop().time() - began < HEARTBEAT_SECONDS
    proxy.resume()
    # To the client only: the broker has had the letter already, and gets it a second time.
    await _relayed(post)
    await post.has_seen("a")


async def test_a_consumer_that_hears_nothing_connects_anew(shaky: tuple[Post, FaultProxy]) -> None:
    post, proxy = shaky
    before = _count_reconnections()
    proxy.stall(Direction.TO_CLIENT)

    # A heartbeat that stays away is noticed after two of them.
    await _connected_anew(before, 2 * HEARTBEAT_SECONDS)

    proxy.resume()
    await post.say("a")
    await _relayed(post)
    await post.has_seen("a")


def _count_reconnections() -> float:
    return reconnections._value.get()


async def _connected_anew(before: float, seconds: float = 30) -> None:
    """Wait for a connection to be given up; counted, for nobody may be looking while there is none."""
    await wait_until(lambda: _count_reconnections() > before, seconds, "a connection given up")


async def test_a_broken_connection_loses_nothing_under_way(shaky: tuple[Post, FaultProxy]) -> None:
    post, proxy = shaky
    names = [f"{number:03}" for number in range(300)]
    await post.say(*names)
    relaying = asyncio.create_task(_relayed(post))
    for _ in range(3):
        await wait_until(lambda: post.bus.is_open, 30, "a connection")
        before = _count_reconnections()
        proxy.reset()
        await _connected_anew(before)

    await relaying
    await post.has_seen(*names)


async def test_an_event_waits_for_a_reader_that_has_never_run(
    postgres_database: str, rabbit_vhost: str
) -> None:
    world = World()
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(
            opened_post([postgres_database] * 2, RabbitBus(rabbit_vhost, world), world, listening=False)
        )
        await post.say("first")
        await _relayed(post)

        await _listen(stack, post, RabbitBus(rabbit_vhost, world))
        await post.has_seen("first")


async def test_an_event_that_no_queue_takes_is_not_safe_and_heals(
    postgres_database: str, rabbit_vhost: str, rabbit_server: RabbitServer
) -> None:
    world = World()
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(
            opened_post([postgres_database] * 2, RabbitBus(rabbit_vhost, world), world, listening=False)
        )
        for reader in readers_of(ProjectCreated.type):
            rabbit_server.call("DELETE", f"/api/queues{urlsplit(rabbit_vhost).path}/{reader}")
        await post.say("homeless")

        with pytest.raises(BusUnavailable):
            await post.relay.step()

        async with post.speaker.read() as session:
            assert await count_waiting(session) == 1
        await _listen(stack, post, RabbitBus(rabbit_vhost, world))
        await _relayed(post)
        await post.has_seen("homeless")


async def _listen(stack: AsyncExitStack, post: Post, bus: RabbitBus) -> None:
    """Let the reader's process start."""
    await bus.subscribe("dialogs", post.deliver, post.bury)
    await bus.open()
    stack.push_async_callback(bus.close)
    await wait_until(lambda: bus.is_open, describe="the reader is connected")


async def test_a_letter_that_the_broker_gave_up_is_tried_alone_and_a_neighbour_hides_none(
    postgres_database: str, rabbit_vhost: str
) -> None:
    world = World()
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(
            opened_post([postgres_database] * 2, RabbitBus(rabbit_vhost, world), world, listening=False)
        )
        await post.say("poison")
        await _relayed(post)
        deaths = await _die_of_it(rabbit_vhost)
        assert deaths == DELIVERY_LIMIT + 1
        await post.say("healthy")
        await _relayed(post)

        # The first letters from the graveyard meet a database that is away; healthy ones go on meanwhile.
        post.deaf_graveyard = 2
        await _listen(stack, post, RabbitBus(rabbit_vhost, world))

        async def buried() -> bool:
            async with post.reader.read() as session:
                rows = (await session.execute(select(delivery_table))).all()
            return [(row.attempts, row.parked_at) for row in rows] == [(0, None)]

        await wait_until(buried, 30, "the poison is taken from its graveyard")
        await post.has_seen("healthy")
        await post.make_due()
        await post.consumer.retry(post.reader)
        await post.has_seen("healthy", "poison")


async def _die_of_it(url: str) -> int:
    """Take the letter and fall silent, again and again, until the broker gives it up; give how often."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue("dialogs", ensure=False)

        async def take() -> aio_pika.abc.AbstractIncomingMessage | None:
            return await queue.get(fail=False)

        first = await wait_until(take, describe="the poison")
        await first.nack(requeue=True)
        deaths = 1
        while (message := await take()) is not None:
            deaths += 1
            await message.nack(requeue=True)
        return deaths


async def test_a_database_that_is_away_loses_nothing_and_blames_no_event(
    postgres_database: str, rabbit_vhost: str
) -> None:
    world = World()
    async with AsyncExitStack() as stack:
        proxy, shaky_url = await stack.enter_async_context(_behind_proxy(postgres_database))
        bus = RabbitBus(rabbit_vhost, world)
        post = await stack.enter_async_context(opened_post([postgres_database, shaky_url], bus, world))
        await post.say("before")
        await _relayed(post)
        await post.has_seen("before")

        proxy.cut()
        names = [f"{number}" for number in range(7)]
        await post.say(*names)
        await _relayed(post)
        await wait_until(lambda: post.refusals >= 3, 30, "tries while the database is away")
        await proxy.accept()

        await post.has_seen("before", *names)
        async with post.reader.read() as session:
            assert (await session.execute(select(func.count()).select_from(delivery_table))).scalar_one() == 0


async def test_after_the_broker_was_wiped_what_was_said_is_said_again(
    postgres_database: str, rabbit_vhost: str, rabbit_server: RabbitServer
) -> None:
    world = World()
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(
            opened_post([postgres_database] * 2, RabbitBus(rabbit_vhost, world), world, listening=False)
        )
        since = world.now()
        await post.say("read")
        await _relayed(post)
        async with AsyncExitStack() as earlier:
            await _listen(earlier, post, RabbitBus(rabbit_vhost, world))
            await post.has_seen("read")
        await post.say("in the queue")
        await _relayed(post)

        before = _count_reconnections()
        name = urlsplit(rabbit_vhost).path.removeprefix("/")
        rabbit_server.delete_vhost(name)
        rabbit_server.create_vhost(name)
        await _connected_anew(before)
        await wait_until(lambda: post.bus.is_open, 30, "a connection to the empty broker")
        await _listen(stack, post, RabbitBus(rabbit_vhost, world))
        async with post.speaker.write() as session:
            assert await publish_again_since(session, since) == 2
        await _relayed(post)

        await post.has_seen("in the queue", "read")
