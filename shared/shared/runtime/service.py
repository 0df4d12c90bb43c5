"""A service and how it runs: assembled by `build`, opened by `running`, served by `serve`."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from socket import socket

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import Gauge
from starlette.types import ASGIApp

from shared.database.engine import Database
from shared.database.leases import forget_holders, release_leases
from shared.database.migrate import upgrade
from shared.http.access import Guard
from shared.http.middleware import Edge
from shared.messaging.bus import Bus, InProcessBus
from shared.messaging.consumer import Consumer
from shared.messaging.outbox import TAKE_LETTERS, Relay
from shared.runtime.loops import Loop
from shared.runtime.world import World

log = structlog.get_logger()
loop_lag = Gauge("otklik_event_loop_lag_seconds", "How late the event loop was at the last look")

GRACE_SECONDS = 5
LAG_SECONDS = 0.5
DATABASE_SILENCE_SECONDS = 15.0


@dataclass
class Service:
    """One service, assembled and not yet running.

    `paths` are the path prefixes it answers. `front`, if any, wraps the API in an ASGI application that
    sees each request first. `loops` are its own background loops; `opened` and `closed` run before and
    after them.
    `ending` is called when the process is told to end and requests are still being answered: what answers
    without an end of its own (a live feed) ends then. `large_bodies` are the paths that take more than the
    usual size, with how many bytes.
    """

    name: str
    package: str
    paths: tuple[str, ...]
    api: FastAPI
    database: Database
    consumer: Consumer
    bus: Bus
    guard: Guard
    world: World
    loops: list[Loop] = field(default_factory=list)
    front: Callable[[ASGIApp], ASGIApp] | None = None
    opened: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    closed: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    ending: list[Callable[[], None]] = field(default_factory=list)
    large_bodies: Mapping[str, int] = field(default_factory=dict)
    is_running: bool = False
    holder: str = ""
    database_answered_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.consumer.check()
        self.holder = self.holder or str(self.world.new_id())
        self.api.state.ready["started"] = lambda: self.is_running
        self.api.state.ready["bus"] = lambda: self.bus.is_open
        self.api.state.ready["database"] = self._database_answers

    @property
    def app(self) -> ASGIApp:
        """What a server serves."""
        edge = Edge(self.api, self.name, self.world, self.large_bodies)
        return self.front(edge) if self.front else edge

    async def prepare(self, *, migrate: bool) -> None:
        """Bring the database up to date and register with the bus."""
        if migrate:
            await upgrade(self.database, self.package)
        if self.database.is_sqlite:
            async with self.database.write() as session:
                await forget_holders(session)
        await self.bus.subscribe(
            self.name,
            partial(self.consumer.deliver, self.database),
            partial(self.consumer.bury, self.database),
        )
        for step in self.opened:
            await step()

    def start(self) -> None:
        """Start the relay, the retries and the service's own loops."""
        relay = Relay(self.name, self.database, self.bus, holder=self.holder)
        self.database.info[TAKE_LETTERS] = relay.take
        self.loops += [
            relay.loop,
            self._loop(
                "retries",
                partial(self.consumer.retry, self.database),
                1.0,
                state=partial(self.consumer.state, self.database),
            ),
            self._loop("tidy-outbox", relay.tidy, 60.0),
            self._loop("tidy-inbox", partial(self.consumer.tidy, self.database), 600.0),
            self._loop("access-cuts", self._learn_cuts, 1.0, state=self.database.state),
        ]
        self.database_answered_at = self.world.monotonic()
        for loop in self.loops:
            loop.start()
        self.is_running = True

    async def _learn_cuts(self) -> bool:
        busy = await self.guard.learn_cuts(self.database)
        self.database_answered_at = self.world.monotonic()
        return busy

    def _database_answers(self) -> bool:
        return self.world.monotonic() - self.database_answered_at < DATABASE_SILENCE_SECONDS

    def _loop(
        self,
        name: str,
        step: Callable[[], Awaitable[bool]],
        interval_seconds: float,
        state: Callable[[], int | None] = lambda: None,
    ) -> Loop:
        name = f"{self.name}:{name}"
        return Loop(name, step, interval_seconds=interval_seconds, world=self.world, state=state)

    async def stop(self) -> None:
        """Finish what is under way and give everything back."""
        self.is_running = False
        await asyncio.gather(*(loop.stop() for loop in self.loops))
        for step in self.closed:
            await step()
        try:
            async with self.database.write() as session:
                await release_leases(session, self.holder)
        except Exception as error:  # noqa: BLE001 - a lease also ends by itself
            log.info("leases_not_released", error=type(error).__name__)
        await self.database.close()


@asynccontextmanager
async def running(services: Sequence[Service], bus: Bus, *, migrate: bool = True) -> AsyncIterator[None]:
    """Run services over one bus until the block ends: all of them listen before any of them speaks."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bus.close)
        for service in services:
            stack.push_async_callback(service.database.close)
            await service.prepare(migrate=migrate)
        await bus.open()
        for service in services:
            service.start()
            stack.push_async_callback(service.stop)
        watchdog = asyncio.create_task(_watch_lag(services[0].world), name="lag")
        stack.callback(watchdog.cancel)
        yield


async def _watch_lag(world: World) -> None:
    while True:
        before = world.monotonic()
        await asyncio.sleep(LAG_SECONDS)
        loop_lag.set(max(0.0, world.monotonic() - before - LAG_SECONDS))


def open_bus(url: str, world: World) -> Bus:
    """Return the bus that a URL names: `memory:` or `amqp://…`."""
    if url.startswith("memory:"):
        return InProcessBus()
    from shared.messaging.rabbit import RabbitBus  # noqa: PLC0415 - the embedded shape needs no broker client

    return RabbitBus(url, world)


class HttpServer(uvicorn.Server):
    """Ends in order at SIGINT or SIGTERM and returns to its caller; a second Ctrl-C kills.

    The base class raises the signal again instead of returning, so that nothing after it would run.
    """

    def __init__(self, config: uvicorn.Config, ending: Sequence[Callable[[], None]]) -> None:
        super().__init__(config)
        self._ending = ending
        self._told = False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to the signals while the block runs."""
        before = {number: signal.signal(number, self._end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            # Once told to end, what follows must not be cut short by the next signal's default.
            if not self._told:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _end(self, _number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self._told = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Tell endless answers to end, then wait for the others."""
        for step in self._ending:
            step()
        await super().shutdown(sockets)


def http_server(
    app: ASGIApp, *, host: str, port: int, ending: Sequence[Callable[[], None]] = ()
) -> HttpServer:
    """Make a server for one worker: no access log (it holds secrets and costs a third of the speed)."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        backlog=2048,
    )
    return HttpServer(config, ending)
