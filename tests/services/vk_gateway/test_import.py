"""Importing what was written before the connect."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
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
from shared.events.integrations import HistoryDepth, ImportCancelled, ImportRequested
from shared.messaging.bus import Letter
from tests.services.vk_gateway.conftest import Emulator, Gateway, Linked, created, deleted
from tests.services.vk_gateway.test_long_poll import QUICK, opened
from tests.support.post import letter_of
from tests.support.waiting import wait_until
from vk_gateway.media.actions import WantedCopy, claim_copies, want_copies

Place = tuple[str, int]


class Dialogs:
    """Dialogs as the gateway knows it: it stores what an import brings, each event once, and says so."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.is_open = True
        self.refused = 0
        self.told: dict[Place, str] = {}
        self.answers: set[asyncio.Future[Any]] = set()
        self._known: set[UUID] = set()

    async def deliver(self, letters: Sequence[Letter]) -> None:
        if not self.is_open:
            self.refused += 1
            raise ConnectionError("dialogs is away")
        new = {letter.event_id: letter for letter in letters if letter.event_id not in self._known}
        events = [
            MessagesImported.model_validate(Envelope.from_bytes(letter.body).payload)
            for letter in new.values()
            if letter.type == MessagesImported.type
        ]
        self._known |= new.keys()
        for event in events:
            for message in event.messages:
                self.told[message.external_id, message.conversation_message_id] = message.text
        if events:
            about = events[-1].model_dump(include={"project_id", "integration_id", "epoch", "import_id"})
            answer = ImportStored(**about, messages=sum(len(event.messages) for event in events))
            # The relay waits for this reader; what it answers goes its own way.
            self.answers.add(asyncio.ensure_future(self.gateway.bus.publish([letter_of(answer)])))

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


def requested(gateway: Gateway, linked: Linked) -> ImportRequested:
    """The wish for all of it."""
    return ImportRequested(
        project_id=linked.project_id,
        integration_id=linked.integration_id,
        epoch=linked.epoch,
        import_id=gateway.world.new_id(),
        depth=HistoryDepth.ALL,
    )


async def connected_again(gateway: Gateway, linked: Linked, community: dict[str, Any]) -> Linked:
    """Give a deleted integration its second life."""
    async with gateway.client(linked.project_id) as client:
        body = {"project_id": str(linked.project_id), "method": "key", "key": community["key"]}
        answer = await client.post("/api/v1/vk/connections", json=body)
    again = replace(linked, epoch=2, connection_id=UUID(answer.json()["id"]))
    await gateway.hear(created(again, version=5))
    return again


async def test_everything_is_imported_once_and_as_history(gateway: Gateway, dialogs: Dialogs) -> None:
    community = await gateway.vk.community()
    few = await past(gateway, community["id"], 230, 1)
    some = await past(gateway, community["id"], 30, 17)
    many = await past(gateway, community["id"], 2, 650)

    linked = await gateway.connect(community, history=HistoryDepth.ALL)

    word = await ended(gateway)
    assert (word.state, word.depth) == (ImportState.DONE, "all")
    assert dialogs.told == await ledger(gateway, linked.community_id, [*few, *some, *many])
    assert sum(len(event.messages) for event in await gateway.said(MessagesImported)) == 2040
    assert (word.dialogs_done, word.dialogs_total) == (262, 262)
    assert (word.messages_done, word.messages_total) == (2040, 2040)
    assert word.seconds_left == 0
    assert await gateway.said(MessageReceived) == []
    assert await gateway.said(StaffReplied) == []


async def test_a_month_is_what_was_written_in_its_thirty_days(gateway: Gateway, dialogs: Dialogs) -> None:
    community = await gateway.vk.community()
    users = await past(gateway, community["id"], 25, 30, days=90)
    border = time.time() - 30 * 86_400

    await gateway.connect(community, history=HistoryDepth.MONTH)

    word = await ended(gateway)
    ledgers = [(user, await gateway.vk.ledger(community["id"], user)) for user in users]
    recent = {
        (str(user), item["conversation_message_id"]): item["text"]
        for user, items in ledgers
        for item in items
        if item["date"] >= border
    }
    assert 0 < len(recent) < 25 * 30
    assert dialogs.told == recent
    assert word.messages_done == word.messages_total == len(recent)


async def test_without_a_wish_nothing_is_imported_until_somebody_asks(
    gateway: Gateway, dialogs: Dialogs
) -> None:
    community = await gateway.vk.community()
    users = await past(gateway, community["id"], 3, 5)
    linked = await gateway.connect(community)
    await gateway.vk.user_writes(linked.community_id, users[0], "Новое")
    await gateway.says(MessageReceived)
    assert await gateway.said(ImportProgressed) == []

    wish = requested(gateway, linked)
    await gateway.hear(wish)

    word = await ended(gateway, wish.import_id)
    assert (word.state, word.messages_done) == (ImportState.DONE, 15)
    # What was written since the connect is told live, and by nothing else.
    assert len(dialogs.told) == 15
    assert [event.text for event in await gateway.said(MessageReceived)] == ["Новое"]


async def test_people_may_write_while_the_list_is_read(gateway: Gateway, dialogs: Dialogs) -> None:
    """Whoever writes moves to the top of the list, past the place where it is being read."""
    community = await gateway.vk.community()
    users = await past(gateway, community["id"], 450, 2)
    before = await ledger(gateway, community["id"], users[::9])
    await gateway.vk.fault(community["id"], "api_error", code=10, method="execute", times=2)

    linked = await gateway.connect(community, history=HistoryDepth.ALL)
    for user in users[::9]:
        await gateway.vk.user_writes(linked.community_id, user, "Пока читали")

    assert (await ended(gateway)).dialogs_total == 450
    assert len(dialogs.told) == 900
    assert {place: dialogs.told[place] for place in before} == before
    assert len(await gateway.says(MessageReceived, 50)) == 50


async def test_the_list_ends_though_people_never_stop_writing(gateway: Gateway, dialogs: Dialogs) -> None:
    community = await gateway.vk.community()
    users = await past(gateway, community["id"], 12, 2)
    before = await ledger(gateway, community["id"], users)

    async def write_on(user: int) -> None:
        while True:
            await gateway.vk.user_writes(community["id"], user, "И ещё")

    writers = [asyncio.create_task(write_on(user)) for user in users[:3]]
    try:
        await gateway.connect(community, history=HistoryDepth.ALL)
        assert (await ended(gateway, seconds=25)).state is ImportState.DONE
    finally:
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)

    assert {place: dialogs.told[place] for place in before} == before


async def test_the_end_of_an_integration_is_the_end_of_its_import(gateway: Gateway, dialogs: Dialogs) -> None:
    community = await gateway.vk.community()
    users = await past(gateway, community["id"], 3, 700)
    linked = await gateway.connect(community, history=HistoryDepth.ALL)
    await wait_until(lambda: bool(dialogs.told), 30, describe="the first messages")

    await gateway.hear(deleted(linked))

    word = await ended(gateway)
    assert word.state is ImportState.CANCELLED
    epoch_is_over = len(await gateway.said(MessagesImported))
    # A new life may import again: what has come is repeated, nothing is lost.
    dialogs.told.clear()
    again = await connected_again(gateway, linked, community)
    wish = requested(gateway, again)
    await gateway.hear(wish)
    assert (await ended(gateway, wish.import_id)).state is ImportState.DONE
    assert dialogs.told == await ledger(gateway, linked.community_id, users)
    epochs = [event.epoch for event in await gateway.said(MessagesImported)]
    assert epochs[:epoch_is_over] == [1] * epoch_is_over
    assert set(epochs[epoch_is_over:]) == {2}


async def test_an_import_waits_for_dialogs_and_for_a_new_process(emulator: Emulator, tmp_path: Path) -> None:
    """What dialogs does not take stays with us, a bounded part of it; another process goes on from there."""
    async with opened(tmp_path, emulator, **QUICK) as gateway:
        community = await gateway.vk.community()
        users = await past(gateway, community["id"], 5, 800)
        dialogs = Dialogs(gateway)
        await gateway.bus.subscribe("dialogs", dialogs.deliver, dialogs.bury)
        linked = await gateway.connect(community, history=HistoryDepth.ALL)
        await wait_until(lambda: bool(dialogs.told), 30, describe="the first messages")
        dialogs.is_open = False
        await wait_until(lambda: dialogs.refused > 3, 30, describe="dialogs refuses")

    async with opened(tmp_path, emulator, **QUICK) as gateway:
        assert sum(len(event.messages) for event in await gateway.said(MessagesImported)) < 5 * 800
        dialogs.is_open, dialogs.gateway = True, gateway
        await gateway.bus.subscribe("dialogs", dialogs.deliver, dialogs.bury)

        assert (await ended(gateway)).state is ImportState.DONE
        assert dialogs.told == await ledger(gateway, linked.community_id, users)


async def test_an_import_is_ended_by_those_who_wanted_it(gateway: Gateway, dialogs: Dialogs) -> None:
    community = await gateway.vk.community()
    await past(gateway, community["id"], 3, 700)
    linked = await gateway.connect(community)
    wish = requested(gateway, linked)
    await gateway.hear(wish)
    await wait_until(lambda: bool(dialogs.told), 30, describe="the first messages")

    named = wish.model_dump(exclude={"depth"})
    await gateway.hear(ImportCancelled(**named))

    word = await ended(gateway)
    assert word.state is ImportState.CANCELLED
    assert word.messages_done < 3 * 700


async def test_files_of_an_import_are_copied_after_those_of_live_messages(gateway: Gateway) -> None:
    here: dict[str, Any] = {"project_id": UUID(int=1), "integration_id": UUID(int=2), "url": "https://x/"}
    here |= {"name": None, "kind": "photo"}
    early = [WantedCopy(**here, source=f"photo{n}", is_earlier=True) for n in range(3)]
    async with gateway.service.database.write() as session:
        await want_copies(session, early)
    async with gateway.service.database.write() as session:
        live = WantedCopy(**here, source="photo9")
        shared = replace(early[2], is_earlier=False)
        wanted = await want_copies(session, [live, shared])
        claimed = await claim_copies(session, besides=[], limit=2)
        session.expunge_all()

    assert {claim.file_id for claim in claimed} == set(wanted)
