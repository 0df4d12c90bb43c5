"""Clients that stop reading and go on: each hears every change once and in order, and delays nobody."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from dialogs.live.feed import WAITING_BYTES_MAX, Feed
from dialogs.live.stream import LiveStream
from tests.services.dialogs.cabinet import KEYS, Cabinet, open_cabinet
from tests.support.waiting import wait_until

EXAMPLES = 40
ACTS = st.lists(st.sampled_from(["tell", "tell two", "whisper", "stop", "go on", "rest"]), max_size=30)


class Client:
    """The server's end of a connection: as the server's, its `send` waits while the client does not read."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.reads.set()
        self.leaves = asyncio.Event()
        self.wire = b""

    async def send(self, message: Message) -> None:
        if not self.reads.is_set():
            await self.reads.wait()
        self.wire += message.get("body", b"")

    async def receive(self) -> Message:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    @property
    def numbers(self) -> list[int]:
        return [int(number) for number in re.findall(rb"event: change\ndata: (\d+)", self.wire)]

    @property
    def events(self) -> list[bytes]:
        return re.findall(rb"event: (\w+)", self.wire)


class Talk:
    """A project of its own with two clients, of whom only one is slow."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.project = uuid4()
        self.told = 0
        self.slow, self.quick = Client(), Client()

    def tell(self, count: int, size: int = 0) -> None:
        """Hand out changes; who reads has them before this returns."""
        numbers = range(self.told + 1, self.told + count + 1)
        self.told += count
        self.feed.tell(self.project, [(n, "dialog_changed", b"%d%s" % (n, b" " * size)) for n in numbers])
        assert self.quick.numbers == list(range(1, self.told + 1))

    async def act(self, name: str) -> None:
        """Do one thing that may happen."""
        match name:
            case "tell":
                self.tell(1)
            case "tell two":
                self.tell(2)
            case "whisper":
                self.feed.whisper(self.project, b"event: typing\n\n")
            case "stop":
                self.slow.reads.clear()
            case "go on":
                self.slow.reads.set()
            case _:
                await asyncio.sleep(0)


@asynccontextmanager
async def talking(cabinet: Cabinet) -> AsyncIterator[Talk]:
    """Open the feed of a new project for two clients; both have left at the end."""
    feed: Feed = cabinet.service.api.state.feed
    talk = Talk(feed)
    caller = await cabinet.service.guard.caller(KEYS.token(cabinet.anna, roles={}))
    clients = [talk.slow, talk.quick]
    streams = [
        asyncio.create_task(
            LiveStream(feed, caller, frozenset({talk.project}), {}).run(each.receive, each.send)
        )
        for each in clients
    ]
    await wait_until(lambda: all(b"retry:" in each.wire for each in clients), describe="both have begun")
    try:
        yield talk
    finally:
        for each in clients:
            each.reads.set()
            each.leaves.set()
        await asyncio.gather(*streams)
        assert len(feed) == 0


def test_who_stops_and_goes_on_hears_every_change_once_in_order(ready_url: str) -> None:
    with asyncio.Runner() as runner:
        opening = open_cabinet(ready_url)
        cabinet = runner.run(opening.__aenter__())

        async def holds(acts: list[str]) -> None:
            async with talking(cabinet) as talk:
                for name in acts:
                    await talk.act(name)
                talk.slow.reads.set()
                talk.tell(1)
                await wait_until(lambda: talk.told in talk.slow.numbers, describe="the last change")
                assert talk.slow.numbers == talk.quick.numbers
                assert talk.slow.events == talk.quick.events

        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
        @given(ACTS)
        def always(acts: list[str]) -> None:
            runner.run(holds(acts))

        try:
            always()
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def test_who_stays_behind_is_told_to_start_again(cabinet: Cabinet) -> None:
    async with talking(cabinet) as talk:
        talk.slow.reads.clear()
        for _ in range(4):
            talk.tell(1, size=WAITING_BYTES_MAX // 2)
            await asyncio.sleep(0)
        talk.slow.reads.set()
        await wait_until(lambda: b"reset" in talk.slow.events, describe="the slow one is told")

    assert talk.slow.events == [b"change", b"reset"]
    assert talk.slow.wire.endswith(b'event: reset\ndata: {"reason":"too_slow"}\n\n')
    assert f"id: {talk.project}:4\nevent: reset" in talk.slow.wire.decode()
