"""Updates that were just stored are translated from memory: once, whoever has them too, and never lost."""

import asyncio

import pytest

from shared.events.channel import MessageReceived
from tests.services.vk_gateway.conftest import Emulator, a_gateway
from tests.services.vk_gateway.test_turns import translator_by_hand, written
from tests.support.signing import TestKeys
from vk_gateway.incoming.intake import open_store

EACH = 7


@pytest.mark.parametrize("kind", ["sqlite_url", "postgres_database"])
async def test_what_several_were_handed_is_told_once_and_what_nobody_was_handed_too(
    emulator: Emulator, request: pytest.FixtureRequest, kind: str
) -> None:
    async with a_gateway(request.getfixturevalue(kind), emulator, TestKeys()) as gateway:
        linked = await gateway.connect()
        one, other = await translator_by_hand(gateway), await translator_by_hand(gateway)
        await asyncio.gather(one.step(), other.step())
        door = open_store(gateway.service.database)
        batches = [
            [written(linked, number) for number in range(first, first + EACH)]
            for first in range(1, 4 * EACH, EACH)
        ]
        both, alone, dying, unheard = [await door.store(batch) for batch in batches]
        assert [*map(len, (both, alone, dying, unheard))] == [EACH] * 4
        assert await door.store(batches[0]) == {}, "what is there already is not handed over again"

        one.take({**both, **alone})
        other.take(both)
        # It dies with what it was handed.
        (await translator_by_hand(gateway)).take(dying)
        await asyncio.gather(one.step(), other.step())
        told = [event.conversation_message_id for event in await gateway.said(MessageReceived)]
        assert sorted(told) == [*range(1, 2 * EACH + 1)]

        one.look()
        await asyncio.gather(one.step(), other.step())
        await door.close()

        told = [event.conversation_message_id for event in await gateway.said(MessageReceived)]
        assert sorted(told) == [*range(1, 4 * EACH + 1)]
