"""The fault proxy does what it says, so that a test which uses it tells the truth."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.faultproxy import Direction, FaultProxy
from tests.support.waiting import wait_until

SILENCE_SECONDS = 0.15


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """A proxy before a server that answers every line with itself."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(line)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with FaultProxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


class Client:
    """Says something and hears the answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def of(cls, proxy: FaultProxy) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    def say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\n")

    async def hear(self) -> str:
        return (await asyncio.wait_for(self._reader.readline(), 5)).decode().strip()

    async def hears_nothing(self) -> bool:
        try:
            await asyncio.wait_for(self._reader.readline(), SILENCE_SECONDS)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._writer.close()


async def test_without_faults_everything_passes(proxy: FaultProxy) -> None:
    client = await Client.of(proxy)
    client.say("привет")
    assert await client.hear() == "привет"
    assert proxy.connections == 1
    client.close()
    await wait_until(lambda: proxy.connections == 0, describe="the end of the connection")


async def test_delayed_bytes_are_under_way_together(proxy: FaultProxy) -> None:
    client = await Client.of(proxy)
    proxy.delay(0.1)
    clock = asyncio.get_running_loop()
    began = clock.time()
    for number in range(10):
        client.say(str(number))
        await asyncio.sleep(0)
    assert [await client.hear() for _ in range(10)] == [str(number) for number in range(10)]
    assert 0.2 <= clock.time() - began < 1.0
    client.close()


@pytest.mark.parametrize("direction", [Direction.TO_SERVER, Direction.TO_CLIENT, Direction.BOTH])
async def test_a_stall_is_silent_and_loses_nothing(proxy: FaultProxy, direction: Direction) -> None:
    client = await Client.of(proxy)
    proxy.stall(direction)
    client.say("held back")
    assert await client.hears_nothing()
    proxy.resume()
    assert await client.hear() == "held back"
    client.close()


async def test_a_reset_ends_open_connections_and_takes_new_ones(proxy: FaultProxy) -> None:
    client = await Client.of(proxy)
    client.say("hello")
    await client.hear()
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await client.hear()
    again = await Client.of(proxy)
    again.say("hello again")
    assert await again.hear() == "hello again"
    again.close()
    client.close()


async def test_a_refusal_lets_open_connections_live(proxy: FaultProxy) -> None:
    client = await Client.of(proxy)
    port = proxy.port
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await Client.of(proxy)
    client.say("still here")
    assert await client.hear() == "still here"
    await proxy.accept()
    assert proxy.port == port
    (await Client.of(proxy)).close()
    client.close()


async def test_a_cut_refuses_and_resets_until_accepted(proxy: FaultProxy) -> None:
    client = await Client.of(proxy)
    client.say("hello")
    await client.hear()
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        await client.hear()
    with pytest.raises(ConnectionRefusedError):
        await Client.of(proxy)
    await proxy.accept()
    (await Client.of(proxy)).close()
    client.close()


async def test_a_dead_server_shows_as_a_reset(unused_tcp_port: int) -> None:
    async with FaultProxy(unused_tcp_port) as proxy:
        client = await Client.of(proxy)
        with pytest.raises(ConnectionResetError):
            await client.hear()
        client.close()
