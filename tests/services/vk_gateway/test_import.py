"""Importing what was written before the connect."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.events.channel import (
    ImportProgressed,
    ImportState,
    MessageReceived,
    MessagesImported,
    StaffReplied,
)
from shared.events.dialogs import ImportStored
from shared.events.envelope import Envelope
from shared.events.integrations import HistoryDepth
from shared.messaging.bus import Letter
from tests.services.vk_gateway.conftest import Emulator, Gateway
from tests.services.vk_gateway.test_long_poll import QUICK, opened
from tests.support.post import letter_of
from tests.support.waiting import wait_until

Place = tuple[str, int]


class Dialogs:
    """Dialogs as the gateway knows it: it stores what an import brings, and says so."""

    def __init__(self, gateway: Gateway) -> None:
        self.is_open = True
        self.told: dict[Place, str] = {}
        self.times: dict[Place, int] = {}
        self._gateway = gateway

    async def deliver(self, letters: Sequence[Letter]) -> None:
        assert self.is_open, "dialogs is away"
        for letter in letters:
            if letter.type == MessagesImported.type:
                event = MessagesImported.model_validate(Envelope.from_bytes(letter.body).payload)
                self._store(event)
                stored = {name: getattr(event, name) for name in ("project_id", "integration_id", "epoch")}
                answer = ImportStored(**stored, import_id=event.import_id, messages=len(event.messages))
                await self._gateway.bus.publish([letter_of(answer)])

    def _store(self, event: MessagesImported) -> None:
        for message in event.messages:
            place = message.external_id, message.conversation_message_id
            self.told[place] = message.text
            self.times[place] = self.times.get(place, 0) + 1

    async def bury(self, letter: Letter) -> None:
        raise AssertionError(letter)


@pytest.fixture
async def gateway(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that looks often."""
    async with opened(tmp_path, emulator, **(QUICK | {"gap_seconds": 0.5, "watch_seconds": 60.0})) as made:
        yield made


@pytest.fixture
async def dialogs(gateway: Gateway) -> Dialogs:
    """The neighbour that takes what is imported."""
    made = Dialogs(gateway)
    await gateway.bus.subscribe("dialogs", made.deliver, made.bury)
    return made


async def past(gateway: Gateway, community: int, dialogs: int, each: int, days: int = 365) -> list[int]:
    """Let VK have dialogs from before us. Returns the people's ids."""
    body = {"dialogs": dialogs, "messages_each": each, "days": days}
    made: dict[str, Any] = await gateway.vk.call("POST", f"/communities/{community}/history", json=body)
    users: list[int] = made["user_ids"]
    return users


async def ledger(gateway: Gateway, community: int, users: Sequence[int]) -> dict[Place, str]:
    """What VK has of these dialogs."""
    return {
        (str(user), item["conversation_message_id"]): item["text"]
        for user in users
        for item in await gateway.vk.ledger(community, user)
    }


async def ended(gateway: Gateway, import_id: UUID | None = None, seconds: float = 60) -> ImportProgressed:
    """Wait for the end of an import; of the only one if none is named."""

    async def told() -> ImportProgressed | None:
        words = [w for w in await gateway.said(ImportProgressed) if import_id in {None, w.import_id}]
        return words[-1] if words and words[-1].state is not ImportState.RUNNING else None

    return await wait_until(told, seconds, describe="the import has ended")


async def test_everything_is_imported_once_and_as_history(gateway: Gateway, dialogs: Dialogs) -> None:
    community = await gateway.vk.community()
    few = await past(gateway, community["id"], 230, 1)
    some = await past(gateway, community["id"], 30, 17)
    many = await past(gateway, community["id"], 2, 650)

    linked = await gateway.connect(community, history=HistoryDepth.ALL)

    word = await ended(gateway)
    assert (word.state, word.depth) == (ImportState.DONE, "all")
    assert dialogs.told == await ledger(gateway, linked.community_id, [*few, *some, *many])
    assert set(dialogs.times.values()) == {1}
    assert (word.dialogs_done, word.dialogs_total) == (262, 262)
    assert (word.messages_done, word.messages_total) == (2040, 2040)
    assert word.seconds_left == 0
    assert await gateway.said(MessageReceived) == []
    assert await gateway.said(StaffReplied) == []
