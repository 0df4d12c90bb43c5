"""The servers that the tests of a session share: started once, together, and only when a test wants them."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from tests.support.servers import PostgresServer, RabbitServer, ServerUnavailable


class Server(Protocol):
    """What the pool needs of a server."""

    def start(self) -> None:
        """Start it, or do nothing when it runs."""

    def close(self) -> None:
        """End it."""


S = TypeVar("S", bound=Server)

# By the name of the fixture that hands the server out.
KINDS: dict[str, Callable[[], Server]] = {
    "postgres_server": PostgresServer,
    "durable_postgres_server": lambda: PostgresServer(durable=True),
    "rabbit_server": RabbitServer,
}


class ServerPool:
    """Servers by the name of their fixture."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._threads = ThreadPoolExecutor(thread_name_prefix="servers")
        self._found: dict[str, Server | ServerUnavailable] = {}
        self._starting: dict[str, Future[Server]] = {}

    def find(self, names: Iterable[str]) -> None:
        """See where these servers are to come from; this may install packages."""
        for name in sorted(set(names) & KINDS.keys() - self._found.keys()):
            try:
                self._found[name] = KINDS[name]()
            except ServerUnavailable as error:
                self._found[name] = error

    def prepare(self, names: Iterable[str]) -> None:
        """Begin to start these servers, side by side; return at once when they have been found before."""
        self.find(names)
        for name in sorted(set(names) & self._found.keys() - self._starting.keys()):
            server = self._found[name]
            if isinstance(server, ServerUnavailable):
                self._starting[name] = Future()
                self._starting[name].set_exception(server)
            else:
                self._starting[name] = self._threads.submit(_start, server)

    def revive(self, names: Iterable[str]) -> None:
        """Start those of these servers again that ran once and were left dead."""
        for name in set(names) & self._starting.keys():
            started = self._starting[name]
            if started.done() and started.exception() is None:
                started.result().start()

    def take(self, name: str, kind: type[S]) -> S:
        """Give the server, running; raise ServerUnavailable when there is nowhere to get it."""
        self.prepare([name])
        server = self._starting[name].result()
        if not isinstance(server, kind):
            raise TypeError(f"{name} is no {kind.__name__}")
        return server

    def close(self) -> None:
        """End every server."""
        for started in self._starting.values():
            if started.exception() is None:
                self._threads.submit(started.result().close)
        self._threads.shutdown(wait=True)
        self._starting.clear()


def _start(server: Server) -> Server:
    try:
        server.start()
    except BaseException:
        server.close()
        raise
    return server
