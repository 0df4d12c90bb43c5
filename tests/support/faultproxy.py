"""A TCP proxy that makes the trouble of networks: delay, silence, reset, refusal."""

import asyncio
import contextlib
import socket
import struct
from enum import Flag
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65_536
CHUNKS_IN_FLIGHT = 256
# Linger for zero seconds: closing sends a reset instead of an orderly end.
RESET = struct.pack("ii", 1, 0)


class Direction(Flag):
    """Which way bytes go."""

    TO_SERVER = 1
    TO_CLIENT = 2
    BOTH = 3


class FaultProxy:
    """Stands between a client and a server on the loopback address; its port stays the same for its life.

    Faults are attributes of the way, so they meet open connections as well as new ones.
    """

    def __init__(self, target_port: int, target_host: str = "127.0.0.1") -> None:
        """Describe the way; `start` opens it."""
        self.port = 0
        self._target = (target_host, target_port)
        self._delay_seconds = 0.0
        self._flows = {Direction.TO_SERVER: asyncio.Event(), Direction.TO_CLIENT: asyncio.Event()}
        self.resume()
        self._listener: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> Self:
        """Listen."""
        await self.accept()
        return self

    async def close(self) -> None:
        """Stop listening and end every connection."""
        self.refuse()
        tasks = [connection.task for connection in self._connections if connection.task]
        self.reset()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def connections(self) -> int:
        """How many clients are connected now."""
        return len(self._connections)

    def delay(self, seconds: float) -> None:
        """Let every byte arrive so much later, in both directions; zero ends it."""
        self._delay_seconds = seconds

    def stall(self, direction: Direction = Direction.BOTH) -> None:
        """Let no byte through in this direction, and tell nobody: a cable pulled in silence."""
        for one_way, flows in self._flows.items():
            if one_way in direction:
                flows.clear()

    def resume(self) -> None:
        """Let through again what was held back, and all that follows."""
        for flows in self._flows.values():
            flows.set()

    def reset(self) -> None:
        """End every open connection with a reset, at both ends; new ones are accepted."""
        for connection in list(self._connections):
            connection.abort()

    def refuse(self) -> None:
        """Refuse new connections; open ones live on."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def accept(self) -> None:
        """Accept connections again, on the same port."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = int(self._listener.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Refuse new connections and reset the open ones; `accept` ends it."""
        self.refuse()
        self.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        self._connections.add(connection)
        try:
            upstream_reader, upstream = await asyncio.open_connection(*self._target)
            connection.writers.append(upstream)
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._carry(reader, upstream, Direction.TO_SERVER))
                ways.create_task(self._carry(upstream_reader, writer, Direction.TO_CLIENT))
        except* (OSError, asyncio.CancelledError):
            # One end broke off, or a fault did: the other end shall notice it the same way.
            connection.abort()
        finally:
            self._connections.discard(connection)
            for end in connection.writers:
                end.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction
    ) -> None:
        """Carry one direction; delayed bytes are under way together, as on a long cable."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_IN_FLIGHT)
        loop = asyncio.get_running_loop()

        async def receive() -> None:
            data = b"something"
            while data:
                data = await reader.read(CHUNK_BYTES)
                await under_way.put((loop.time() + self._delay_seconds, data))

        async def send() -> None:
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._flows[direction].wait()
                if not data:
                    break
                writer.write(data)
                await writer.drain()
            with contextlib.suppress(OSError):
                writer.write_eof()

        async with asyncio.TaskGroup() as both:
            both.create_task(receive())
            both.create_task(send())


class _Connection:
    """One client's way to the server."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.writers = [client]
        self.task = asyncio.current_task()

    def abort(self) -> None:
        for writer in self.writers:
            connection = writer.get_extra_info("socket")
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
