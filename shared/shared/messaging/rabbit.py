"""The bus over RabbitMQ: quorum queues, confirms, dead letters; when in doubt it connects anew."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import structlog
from aio_pika import DeliveryMode, ExchangeType, Message, connect
from aio_pika.abc import (
    AbstractChannel,
    AbstractConnection,
    AbstractExchange,
    AbstractIncomingMessage,
    AbstractQueue,
)
from prometheus_client import Counter, Gauge

from shared.events.subscriptions import SUBSCRIPTIONS
from shared.messaging.bundles import BUNDLE_TYPE, NoBundle, bundled, packed, unpacked
from shared.messaging.bus import Bury, BusUnavailable, Deliver, Hear, Letter
from shared.runtime.logging import redacted
from shared.runtime.world import World

log = structlog.get_logger()
connected = Gauge("otklik_bus_connected", "1 while the broker is connected")
reconnections = Counter("otklik_bus_reconnections", "Connections made anew")

EVENTS, NUDGES, DEAD = "otklik.events", "otklik.nudges", "otklik.dead"
DELIVERY_LIMIT = 20
# Without one the broker has a limit of its own, and what is over it here would be gone for good.
DEAD_DELIVERY_LIMIT = 1_000_000_000
# Letters of one delivery, about; and messages of up to 256 KiB each that wait in this process.
BATCH = 200
PREFETCH = 100
DEAD_PREFETCH = 10
HEARTBEAT_SECONDS = 10
RECONNECT_SECONDS_MAX = 5.0
PING_TYPE = "ping"


@dataclass(frozen=True)
class Patience:
    """How long connecting or a call may take, and how long a queue may not bring even our own pings."""

    connect_seconds: float = 10.0
    call_seconds: float = 5.0
    ping_seconds: float = 10.0
    silence_seconds: float = 35.0


@dataclass
class _Reader:
    deliver: Deliver
    bury: Bury
    buffer: asyncio.Queue[AbstractIncomingMessage] = field(default_factory=asyncio.Queue)
    last_seen: float = 0.0


class RabbitBus:
    """Carries letters through one topic exchange, with one quorum queue for each reading service.

    The connection is not repaired in place: when it breaks, when a call hangs or when a queue's own
    pings stop arriving, everything is closed and opened again. What was not acknowledged comes back.
    """

    publish_seconds_max = 6.0

    def __init__(self, url: str, world: World, patience: Patience | None = None) -> None:
        self._url = url
        self._world = world
        self._patience = patience or Patience()
        self._readers: dict[str, _Reader] = {}
        self._hearers: dict[str, list[Hear]] = {}
        self._connection: AbstractConnection | None = None
        self._events: AbstractExchange | None = None
        self._nudges: AbstractExchange | None = None
        self._publishing: AbstractChannel | None = None
        self._broken = asyncio.Event()
        self._ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def subscribe(self, reader: str, deliver: Deliver, bury: Bury) -> None:
        """Register a reader; its queue is declared and consumed once the bus opens."""
        self._readers[reader] = _Reader(deliver, bury)

    def hear(self, topic: str, heard: Hear) -> None:
        """Register a listener for nudges."""
        self._hearers.setdefault(topic, []).append(heard)

    async def open(self) -> None:
        """Begin to connect, in the background: a service starts without its broker too."""
        self._tasks.append(asyncio.create_task(self._stay_connected(), name="bus"))

    async def close(self) -> None:
        """Disconnect; unacknowledged letters come again to whoever reads next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._disconnect()

    @property
    def is_open(self) -> bool:
        """Whether the broker is connected."""
        return self._ready.is_set()

    async def publish(self, letters: Sequence[Letter]) -> set[UUID]:
        """Publish with confirms, all in flight together. A letter that no queue takes is not safe."""
        exchange = self._events
        if exchange is None or not self._ready.is_set():
            raise BusUnavailable("the broker is not connected")
        bundles = list(bundled(letters))
        outcomes = await asyncio.gather(
            *(self._publish_bundle(exchange, bundle) for bundle in bundles), return_exceptions=True
        )
        safe: set[UUID] = set()
        for bundle, outcome in zip(bundles, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                log.warning("publish_failed", event_type=bundle[0].type, error=redacted(repr(outcome)))
                if isinstance(outcome, TimeoutError):
                    self._broken.set()
            else:
                safe.update(letter.event_id for letter in bundle)
        return safe

    async def _publish_bundle(self, exchange: AbstractExchange, bundle: Sequence[Letter]) -> None:
        first = bundle[0]
        alone = len(bundle) == 1
        message = Message(
            first.body if alone else packed(bundle),
            content_type="application/json" if alone else "application/octet-stream",
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=str(first.event_id),
            type=first.type if alone else BUNDLE_TYPE,
        )
        # An event that nobody subscribes to is not unroutable, it is done.
        mandatory = first.type in _SUBSCRIBED_TYPES
        await exchange.publish(
            message, routing_key=first.type, mandatory=mandatory, timeout=self._patience.call_seconds
        )

    async def nudge(self, topic: str, text: str) -> None:
        """Tell every process; silently lost while the broker is away."""
        if self._nudges is None or not self._ready.is_set():
            return
        message = Message(text.encode(), delivery_mode=DeliveryMode.NOT_PERSISTENT)
        try:
            await self._nudges.publish(
                message, routing_key=topic, mandatory=False, timeout=self._patience.call_seconds
            )
        except Exception as error:  # noqa: BLE001 - a nudge may be lost
            log.info("nudge_lost", topic=topic, error=redacted(repr(error)))

    async def _stay_connected(self) -> None:
        delay = 0.1
        while True:
            workers: list[asyncio.Task[None]] = []
            self._broken.clear()
            try:
                async with asyncio.timeout(self._patience.connect_seconds):
                    workers = await self._connect()
                self._ready.set()
                connected.set(1)
                delay = 0.1
                await self._broken.wait()
            except Exception as error:  # noqa: BLE001 - whatever it was, connect again
                log.warning("bus_connection_failed", error=redacted(repr(error)))
            finally:
                self._ready.clear()
                connected.set(0)
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
                await self._disconnect()
            reconnections.inc()
            await asyncio.sleep(self._world.jitter(delay))
            delay = min(delay * 2, RECONNECT_SECONDS_MAX)

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._events = self._nudges = self._publishing = None
        if connection is not None:
            try:
                async with asyncio.timeout(self._patience.call_seconds):
                    await connection.close()
            except Exception as error:  # noqa: BLE001 - it is gone either way
                log.info("bus_close_failed", error=redacted(repr(error)))

    async def _connect(self) -> list[asyncio.Task[None]]:
        separator = "&" if "?" in self._url else "?"
        url = f"{self._url}{separator}heartbeat={HEARTBEAT_SECONDS}"
        self._connection = await connect(url, timeout=self._patience.connect_seconds)
        self._connection.close_callbacks.add(lambda *_: self._broken.set())
        self._publishing = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        self._publishing.close_callbacks.add(lambda *_: self._broken.set())
        queues = await self._declare(self._publishing)
        workers = []
        for name, reader in self._readers.items():
            workers += await self._consume(name, reader, queues[name])
        if self._hearers:
            await self._listen()
        return workers

    async def _declare(self, channel: AbstractChannel) -> dict[str, AbstractQueue]:
        """Declare the whole topology, other services' queues too, so that no event finds a queue missing."""
        self._events = await channel.declare_exchange(EVENTS, ExchangeType.TOPIC, durable=True)
        self._nudges = await channel.declare_exchange(NUDGES, ExchangeType.TOPIC, durable=True)
        dead = await channel.declare_exchange(DEAD, ExchangeType.DIRECT, durable=True)
        queues = {}
        for name, events in SUBSCRIPTIONS.items():
            graveyard = await channel.declare_queue(
                f"{name}.dead",
                durable=True,
                arguments={"x-queue-type": "quorum", "x-delivery-limit": DEAD_DELIVERY_LIMIT},
            )
            await graveyard.bind(dead, routing_key=name)
            queues[name] = await channel.declare_queue(
                name,
                durable=True,
                arguments={
                    "x-queue-type": "quorum",
                    "x-delivery-limit": DELIVERY_LIMIT,
                    "x-dead-letter-exchange": DEAD,
                    "x-dead-letter-routing-key": name,
                    "x-dead-letter-strategy": "at-least-once",
                    "x-overflow": "reject-publish",
                },
            )
            for event in events:
                await queues[name].bind(self._events, routing_key=event.type)
        return queues

    async def _consume(self, name: str, reader: _Reader, queue: AbstractQueue) -> list[asyncio.Task[None]]:
        assert self._connection is not None
        channel = await self._connection.channel(publisher_confirms=False)
        channel.close_callbacks.add(lambda *_: self._broken.set())
        await channel.set_qos(prefetch_count=PREFETCH)
        reader.buffer = asyncio.Queue()
        reader.last_seen = self._world.monotonic()
        own = await channel.get_queue(queue.name, ensure=False)
        await own.consume(reader.buffer.put)
        return [
            asyncio.create_task(self._work(name, reader), name=f"consumer:{name}"),
            asyncio.create_task(self._ping(name, reader), name=f"ping:{name}"),
            await self._consume_dead(name, reader),
        ]

    async def _consume_dead(self, name: str, reader: _Reader) -> asyncio.Task[None]:
        """Read the graveyard over a channel of its own: the other one acknowledges all up to a letter."""
        assert self._connection is not None
        channel = await self._connection.channel(publisher_confirms=False)
        channel.close_callbacks.add(lambda *_: self._broken.set())
        await channel.set_qos(prefetch_count=DEAD_PREFETCH)
        dead: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        graveyard = await channel.get_queue(f"{name}.dead", ensure=False)
        await graveyard.consume(dead.put)
        return asyncio.create_task(self._bury(name, reader, dead), name=f"graveyard:{name}")

    async def _bury(self, name: str, reader: _Reader, dead: asyncio.Queue[AbstractIncomingMessage]) -> None:
        while True:
            message = await dead.get()
            for letter in _letters_in(message):
                await self._patiently(name, partial(reader.bury, letter))
            if not await self._acknowledged(name, message):
                return

    async def _work(self, name: str, reader: _Reader) -> None:
        """Deliver what has gathered, then acknowledge it with one frame."""
        while True:
            last = await reader.buffer.get()
            letters = _letters_in(last)
            while len(letters) < BATCH and not reader.buffer.empty():
                last = reader.buffer.get_nowait()
                letters += _letters_in(last)
            await self._patiently(name, partial(self._deliver, reader, letters))
            if not await self._acknowledged(name, last):
                return

    async def _deliver(self, reader: _Reader, letters: Sequence[Letter]) -> None:
        reader.last_seen = self._world.monotonic()
        if letters:
            await reader.deliver(letters)
        reader.last_seen = self._world.monotonic()

    async def _patiently(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        """Repeat until it succeeds, for only the database can be away.

        Never a negative answer nor a new connection: the letters wait here, so the broker counts no
        deliveries.
        """
        delay = 0.2
        while True:
            try:
                await step()
            except Exception as error:  # noqa: BLE001 - the consumer's database is away
                log.warning("delivery_waits", reader=name, error=redacted(repr(error)))
                await asyncio.sleep(self._world.jitter(delay))
                delay = min(delay * 2, RECONNECT_SECONDS_MAX)
            else:
                return

    async def _acknowledged(self, name: str, message: AbstractIncomingMessage) -> bool:
        """Acknowledge all of the message's channel up to it. Returns False if its connection is no more."""
        try:
            await message.ack(multiple=True)
        except Exception as error:  # noqa: BLE001 - a dead channel; the letters come again
            log.info("acknowledge_failed", reader=name, error=redacted(repr(error)))
            self._broken.set()
            return False
        return True

    async def _ping(self, name: str, reader: _Reader) -> None:
        """Send the queue a message now and then: when none arrives, the consumer is dead."""
        while True:
            await asyncio.sleep(self._patience.ping_seconds)
            if self._world.monotonic() - reader.last_seen > self._patience.silence_seconds:
                log.warning("consumer_is_silent", reader=name)
                self._broken.set()
                return
            if self._publishing is not None:
                ping = Message(
                    b"",
                    type=PING_TYPE,
                    delivery_mode=DeliveryMode.NOT_PERSISTENT,
                    expiration=self._patience.ping_seconds,
                )
                try:
                    await self._publishing.default_exchange.publish(
                        ping, routing_key=name, timeout=self._patience.call_seconds
                    )
                except Exception as error:  # noqa: BLE001 - the supervisor decides what it means
                    log.info("ping_failed", reader=name, error=redacted(repr(error)))

    async def _listen(self) -> None:
        assert self._connection is not None
        assert self._nudges is not None
        channel = await self._connection.channel(publisher_confirms=False)
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        for topic in self._hearers:
            await queue.bind(self._nudges.name, routing_key=topic)

        async def heard(message: AbstractIncomingMessage) -> None:
            for hear in self._hearers.get(message.routing_key or "", ()):
                hear(message.body.decode())

        await queue.consume(heard, no_ack=True)


_SUBSCRIBED_TYPES = {event.type for events in SUBSCRIPTIONS.values() for event in events}


def _letters_in(message: AbstractIncomingMessage) -> list[Letter]:
    """Return the letters of a message: none in a ping, nor in what somebody else put into the queue."""
    if message.type == PING_TYPE:
        return []
    try:
        if message.type == BUNDLE_TYPE:
            return unpacked(message.body)
        return [Letter(UUID(message.message_id), message.type or "", message.body)]
    except (NoBundle, ValueError, TypeError, AttributeError):
        log.warning("message_is_no_letter", message_type=message.type, message_id=message.message_id)
        return []
