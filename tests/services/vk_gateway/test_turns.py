"""A32: a community that floods us holds up itself and no other."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text, update

from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.database.session import Session
from shared.events.channel import MessageReceived
from shared.runtime.world import World
from tests.services.vk_gateway.conftest import Emulator, Gateway, Linked, a_gateway
from tests.services.vk_gateway.test_callback import caller_of
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.incoming.intake import WAITING_OF_ONE_MAX, Incoming, Intake, IntakeFull, open_store
from vk_gateway.incoming.translator import Translator
from vk_gateway.incoming.turns import BYTES_MAX, SHARES, START, Turn, next_turn, waiting_after
from vk_gateway.incoming.typing_signs import Typing
from vk_gateway.tables import RawUpdate

NOISE = 1_500
LIMIT = 8


def written(linked: Linked, number: int) -> Incoming:
    """A person's message, as the callback stores it."""
    message = {
        "peer_id": 5,
        "from_id": 5,
        "conversation_message_id": number,
        "text": "да",
        "date": 1_795_000_000,
    }
    body = json.dumps({"object": {"message": message}}).encode()
    about = (linked.integration_id, linked.project_id, linked.community_id, linked.epoch)
    return Incoming(*about, f"event-{number}", "message_new", body, World().now())


async def store(database: Database, updates: list[Incoming]) -> None:
    door = open_store(database)
    await door.store(updates)
    await door.close()


async def translator_by_hand(gateway: Gateway) -> Translator:
    """Stop the gateway's own; the one returned takes a batch with each step."""
    for loop in gateway.service.loops:
        if loop.name == "vk-gateway:translator":
            await loop.stop()
    database = gateway.service.database
    return Translator(database, lambda: False, Typing(gateway.bus, World()), whole_seconds=60.0)


@pytest.mark.parametrize("kind", ["sqlite_url", "postgres_database"])
async def test_a_message_waits_for_no_flood_of_another_community(
    emulator: Emulator, request: pytest.FixtureRequest, kind: str
) -> None:
    async with a_gateway(request.getfixturevalue(kind), emulator, TestKeys()) as gateway:
        both = [await gateway.connect(), await gateway.connect()]
        loud, quiet = sorted(both, key=lambda one: one.integration_id)
        translator = await translator_by_hand(gateway)
        await store(gateway.service.database, [written(loud, number) for number in range(1, NOISE + 1)])
        await translator.step()
        await store(gateway.service.database, [written(quiet, 1)])

        await translator.step()
        told = [event.integration_id for event in await gateway.said(MessageReceived)]
        assert told.count(quiet.integration_id) == 1
        while await translator.step():
            pass

        events = await gateway.said(MessageReceived)
        numbers = [e.conversation_message_id for e in events if e.integration_id == loud.integration_id]
        assert numbers == list(range(1, NOISE + 1))


async def take_turn(session: Session, begins_at: UUID) -> tuple[list[UUID], Turn]:
    """Whose updates the next batch has; they wait no longer."""
    turn = await next_turn(session, begins_at, LIMIT)
    chosen = RawUpdate.position.in_(turn.positions)
    told = list((await session.scalars(select(RawUpdate.integration_id).where(chosen))).all())
    await session.execute(update(RawUpdate).where(chosen).values(translated_at=session.now))
    assert len(told) == len(turn.positions) <= LIMIT
    return told, turn


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    made = Database(sqlite_url, World())
    await upgrade(made, "vk_gateway")
    yield made
    await made.close()


def somebody(number: int) -> Linked:
    return Linked(number, "key", UUID(int=number), UUID(int=1), UUID(int=1))


async def test_nobody_waits_longer_than_the_others_turns_take(database: Database) -> None:
    """However many wait and however much they have; and nobody's updates are taken twice or left."""
    for seed in range(12):
        chance = random.Random(seed)
        crowd = {number: chance.choice([1, 2, 3, 30]) for number in range(1, chance.randint(2, 30))}
        updates = [
            written(somebody(who), 100 * seed + n) for who, count in crowd.items() for n in range(count)
        ]
        chance.shuffle(updates)
        await store(database, updates)
        left = Counter({UUID(int=who): count for who, count in crowd.items()})
        longest, begins_at, is_more = len(crowd) // SHARES + 2, START, True
        since: Counter[UUID] = Counter()

        async with database.write() as session:
            while is_more:
                told, turn = await take_turn(session, begins_at)
                begins_at, is_more = turn.ends_at, turn.is_more
                left -= Counter(told)
                since = Counter({who: since[who] + 1 for who in left if who not in told})
                assert max(since.values(), default=0) <= longest, seed

        assert not left, seed


async def test_a_flood_of_large_updates_holds_up_no_other(database: Database) -> None:
    """A batch is full by its bytes too."""
    large = [replace(written(somebody(1), number), body=b" " * (BYTES_MAX // 2 + 1)) for number in range(4)]
    await store(database, [*large, written(somebody(2), 1)])

    async with database.write() as session:
        first, turn = await take_turn(session, START)
        second, turn = await take_turn(session, turn.ends_at)

    assert (first, second) == ([UUID(int=1)], [UUID(int=2)])
    assert turn.is_more


@pytest.mark.parametrize("kind", ["sqlite_url", "postgres_database"])
async def test_a_large_backlog_is_not_read_to_choose_from_it(
    request: pytest.FixtureRequest, kind: str
) -> None:
    database = Database(request.getfixturevalue(kind), World())
    await upgrade(database, "vk_gateway")
    await store(database, [written(somebody(number % 7 + 1), number) for number in range(NOISE)])
    query = waiting_after(START, LIMIT).compile(database.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as session:
        await next_turn(session, START, LIMIT)
        plan = "\n".join(str(row) for row in await session.execute(text(f"{explain} {query}")))
    await database.close()

    assert "ix_raw_update_waiting" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


async def test_only_the_community_that_floods_is_asked_to_come_again(
    emulator: Emulator, sqlite_url: str
) -> None:
    async with a_gateway(sqlite_url, emulator, TestKeys(), callback_waiting_max=5) as gateway:
        loud, quiet = await caller_of(gateway), await caller_of(gateway)
        sent: list[asyncio.Task[httpx.Response]] = []

        def refused() -> httpx.Response | None:
            sent.append(asyncio.create_task(loud.post(loud.update(event_id=str(len(sent))))))
            return next((task.result() for task in sent if task.done()), None)

        # What another writer holds up: nothing can be stored, so callbacks wait.
        async with gateway.service.database.writing:
            refusal = await wait_until(refused, describe="the flood is refused")
            other = asyncio.create_task(quiet.post(quiet.update()))
            again = await loud.post(loud.update(event_id="again"))
        answers = await asyncio.gather(*sent, other)

        for answer in (refusal, again):
            assert (answer.status_code, answer.content) == (503, b"")
            assert int(answer.headers["retry-after"]) > 0
        assert (await other).content == b"ok"
        assert await loud.stored() == [answer.content for answer in answers].count(b"ok") > 5


class ClosedStore:
    """A store that takes its time: until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def open(self) -> None:
        self.opened.set()

    async def store(self, updates: Sequence[Incoming]) -> Mapping[int, Incoming]:
        await self.opened.wait()
        return {}

    def blames_data(self, error: Exception) -> bool:
        return False

    async def close(self) -> None:
        """Nothing to close."""


async def test_a_flood_leaves_room_for_the_others_and_is_welcome_again() -> None:
    door = ClosedStore()
    intake = Intake(door, World())
    loud, quiet = somebody(1), somebody(2)

    flood = asyncio.gather(
        *(intake.add(written(loud, number)) for number in range(2 * WAITING_OF_ONE_MAX)),
        return_exceptions=True,
    )
    # The tasks run in the order in which they were made: the message comes behind the whole flood.
    message = asyncio.create_task(intake.add(written(quiet, 1)))
    opening = asyncio.create_task(door.open())
    await asyncio.gather(flood, message, opening)
    await intake.add(written(loud, 0))

    assert Counter(map(type, flood.result())) == {
        type(None): WAITING_OF_ONE_MAX,
        IntakeFull: WAITING_OF_ONE_MAX,
    }
