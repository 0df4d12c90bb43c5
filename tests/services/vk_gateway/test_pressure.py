"""When callbacks press: translation rests only while the store is behind, not after a moment's pause."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from shared.runtime.world import World
from vk_gateway.incoming.intake import PRESSED_FLUSH, Incoming, Intake


class Memory:
    """A store that keeps nothing."""

    async def store(self, updates: Sequence[Incoming]) -> Mapping[int, Incoming]:
        """Take a moment."""
        await asyncio.sleep(0)
        return {}

    def blames_data(self, error: Exception) -> bool:
        return False

    async def close(self) -> None:
        return


def _update(number: int) -> Incoming:
    return Incoming(UUID(int=1), UUID(int=2), 1, 1, str(number), "message_new", b"{}", datetime.now(UTC))


async def _flood(intake: Intake, count: int) -> None:
    await asyncio.gather(*(intake.add(_update(number)) for number in range(count)))


async def test_one_large_flush_is_no_pressure() -> None:
    intake = Intake(Memory(), World())

    for _ in range(20):
        await intake.add(_update(0))
    await _flood(intake, 500)

    assert not intake.is_pressed


async def test_flush_after_flush_presses_until_it_ebbs() -> None:
    intake = Intake(Memory(), World())
    for _ in range(30):
        await _flood(intake, 2 * PRESSED_FLUSH)
    assert intake.is_pressed

    for _ in range(30):
        await intake.add(_update(0))

    assert not intake.is_pressed
