"""What keeps the gateway busy does not keep VK waiting."""

import asyncio
from contextlib import AsyncExitStack

from tests.services.vk_gateway.conftest import Emulator, a_gateway
from tests.services.vk_gateway.test_callback import caller_of
from tests.support.signing import TestKeys


async def test_callbacks_are_taken_while_every_connection_of_the_api_is_busy(
    emulator: Emulator, postgres_database: str
) -> None:
    async with a_gateway(postgres_database, emulator, TestKeys()) as gateway, AsyncExitStack() as stack:
        caller = await caller_of(gateway)
        for _ in range(gateway.service.api.state.settings.database_pool_size):
            await stack.enter_async_context(gateway.service.database.read())

        async with asyncio.timeout(5):
            answers = await asyncio.gather(
                *(caller.post(caller.update(event_id=str(number))) for number in range(50))
            )

        assert {answer.content for answer in answers} == {b"ok"}
