"""When the translator is woken: at once for what people wait for, now and then for a stream of our own."""

import asyncio

from shared.runtime.world import World
from tests.support.waiting import wait_until
from vk_gateway.incoming.gathering import OWN_MESSAGE, OWN_SECONDS, Gathering


async def test_a_stream_of_our_own_messages_is_gathered_and_nothing_else_waits() -> None:
    woken: list[float] = []
    now = asyncio.get_running_loop().time
    gathering = Gathering(lambda: woken.append(now()), World())

    gathering.stored({OWN_MESSAGE})
    assert len(woken) == 1, "one that comes alone does not wait"

    for _ in range(50):
        gathering.stored({OWN_MESSAGE})
    assert len(woken) == 1
    await wait_until(lambda: len(woken) == 2, describe="the stream is taken together, to its last message")
    assert woken[1] - woken[0] >= OWN_SECONDS * 0.9

    gathering.stored({OWN_MESSAGE})
    gathering.stored({OWN_MESSAGE, "message_new"})
    assert len(woken) == 3, "a customer's message takes along what is there"
