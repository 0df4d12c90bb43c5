"""Bad days at the database and at other replicas."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from shared.database.leases import hold_lease
from shared.database.vault import new_vault_key
from shared.events.channel import MessageReceived, ReplySent
from shared.runtime.world import World
from tests.services.vk_gateway.conftest import ENCRYPTION_KEY, Emulator, Gateway, a_gateway
from tests.services.vk_gateway.test_callback import Caller, caller_of
from tests.support.servers import PostgresServer
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.communities.resealing import reseal
from vk_gateway.history.tables import Peer
from vk_gateway.incoming.intake import Incoming, Intake
from vk_gateway.tables import Outgoing, RawUpdate


@pytest.fixture
async def on_postgresql(emulator: Emulator, postgres_database: str) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres_database, emulator, TestKeys()) as made:
        yield made


async def test_the_whole_way_works_on_postgresql(on_postgresql: Gateway) -> None:
    linked = await on_postgresql.connect()
    await asyncio.gather(
        *(on_postgresql.vk.user_writes(linked.community_id, 300 + n % 3, f"текст {n}") for n in range(12))
    )
    await on_postgresql.says(MessageReceived, 12)
    for number in range(6):
        await on_postgresql.reply(linked, 300 + number % 3, f"ответ {number}")

    await on_postgresql.says(ReplySent, 6)
    assert await on_postgresql.vk.sent(linked.community_id, 300) == ["ответ 0", "ответ 3"]


async def test_the_victim_of_a_deadlock_is_translated_after_all(on_postgresql: Gateway) -> None:
    """Nothing is wrong with the update: it must not be set aside as one that cannot be told."""
    linked = await on_postgresql.connect()
    await on_postgresql.vk.user_writes(linked.community_id, 320, "раз")
    await on_postgresql.says(MessageReceived)
    database = on_postgresql.service.database

    async def translator_has_it() -> bool:
        waiting = select(RawUpdate.position).where(RawUpdate.translated_at.is_(None))
        async with database.write() as session:
            all_of_them = (await session.scalars(waiting)).all()
            free = (await session.scalars(waiting.with_for_update(skip_locked=True))).all()
        return len(all_of_them) > len(free)

    async def cross(message: str) -> None:
        async with database.write() as session:
            await session.execute(select(Peer).where(Peer.peer_id == 320).with_for_update())
            await on_postgresql.vk.user_writes(linked.community_id, 320, message)
            await wait_until(translator_has_it, describe="the translator has the update")
            # It wants the dialog, which we have, and we want the update.
            waiting = update(RawUpdate).where(RawUpdate.translated_at.is_(None))
            await session.execute(waiting.values(kind=RawUpdate.kind))

    written = ["раз"]
    for message in ("два", "три", "четыре"):
        written.append(message)
        try:
            await cross(message)
        except DBAPIError:
            continue  # the database has chosen us
        break

    told = await on_postgresql.says(MessageReceived, len(written))
    assert {event.text for event in told} == set(written)
    async with database.read() as session:
        assert "failed" not in set(await session.scalars(select(RawUpdate.outcome)))


async def test_without_its_database_the_gateway_asks_vk_to_come_again(
    on_postgresql: Gateway, postgres_server: PostgresServer
) -> None:
    """A22: nothing is answered `ok` that is not on disk; afterwards VK's repeats bring everything."""
    caller = await caller_of(on_postgresql)
    assert (await caller.post(caller.update(event_id="before"))).content == b"ok"

    postgres_server.kill()
    refused = await caller.post(caller.update(event_id="during"))
    postgres_server.start()

    async def accepted() -> bool:
        return (await caller.post(caller.update(event_id="during"))).content == b"ok"

    await wait_until(accepted, describe="the gateway accepts again")
    assert (refused.status_code, refused.content) == (503, b"")
    assert int(refused.headers["retry-after"]) > 0
    assert await caller.stored() == 2


class ChoosyStore:
    """A store that refuses one row and counts its transactions."""

    def __init__(self) -> None:
        self.stored: list[str] = []

    async def store(self, updates: Sequence[Incoming]) -> Mapping[int, Incoming]:
        if any(update.event_id == "bad" for update in updates):
            raise ValueError("bad row")
        self.stored += [update.event_id for update in updates]
        return {}

    def blames_data(self, error: Exception) -> bool:
        return isinstance(error, ValueError)

    async def close(self) -> None:
        """Nothing to close."""


async def test_one_bad_row_spoils_only_itself() -> None:
    """Group commit: on a data error the rows are tried one by one."""
    world, store = World(), ChoosyStore()
    intake = Intake(store, World())

    async def add(event_id: str) -> bool:
        update = Incoming(world.new_id(), world.new_id(), 1, 1, event_id, "message_new", b"{}", world.now())
        try:
            await intake.add(update)
        except ValueError:
            return False
        return True

    names = [str(n) for n in range(50)] + ["bad"]
    random.Random(4).shuffle(names)
    outcomes = dict(zip(names, await asyncio.gather(*map(add, names)), strict=True))
    await intake.close()

    assert [name for name, ok in outcomes.items() if not ok] == ["bad"]
    assert sorted(store.stored) == sorted(set(names) - {"bad"})


async def test_random_ids_never_repeat_and_are_never_zero(gateway: Gateway) -> None:
    """B3, B4: also over an epoch's end, and when many replies are heard at once."""
    linked = await gateway.connect()
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=29)
    await asyncio.gather(
        *(gateway.reply(linked, 400 + user, f"{user}-{n}") for user in range(5) for n in range(6))
    )

    async with gateway.service.database.read() as session:
        ids = (await session.execute(select(Outgoing.random_id))).scalars().all()
    assert len(ids) == len(set(ids)) == 30
    assert all(0 < number <= 2_147_483_647 for number in ids)


async def test_while_another_replica_holds_the_community_nothing_is_sent(gateway: Gateway) -> None:
    """B14: one fenced lease per community covers its sends."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 500, "Здравствуйте")
    await gateway.says(MessageReceived)
    name = f"community:{linked.integration_id}"

    async def taken() -> bool:
        async with gateway.service.database.write() as session:
            await session.execute(text("UPDATE lease SET ends_at = 0 WHERE name = :name"), {"name": name})
            return await hold_lease(session, name, holder="another", seconds=2.0) is not None

    await wait_until(taken, describe="the other replica holds the lease")
    await gateway.reply(linked, 500, "ответ")
    assert await gateway.vk.sent(linked.community_id, 500) == []

    await gateway.says(ReplySent)
    assert await gateway.vk.sent(linked.community_id, 500) == ["ответ"]


async def test_no_secret_is_stored_in_clear_or_told(gateway: Gateway, tmp_path: Path) -> None:
    """G10: the key and the callback secret appear in no row that is not sealed, and in no event."""
    caller: Caller = await caller_of(gateway)
    await caller.post(caller.update())
    await gateway.says(MessageReceived)

    async with gateway.service.database.read() as session:
        bodies = (await session.execute(select(RawUpdate.body))).scalars().all()
    # VK itself writes the secret into each update; those rows are ours alone and never leave.
    files = b"".join(path.read_bytes() for path in tmp_path.glob("vk-gateway.db*"))
    for body in bodies:
        assert json.loads(body)["secret"] == caller.secret
    assert caller.linked.key.encode() not in files
    assert caller.path.encode() not in files
    for event in await gateway.said(MessageReceived):
        assert caller.secret not in event.model_dump_json()


async def test_after_resealing_the_old_key_is_not_needed(emulator: Emulator, tmp_path: Path) -> None:
    """D16: a new key in front, everything sealed anew, then the old key may leave the settings."""
    new_key = new_vault_key()
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(url, emulator, TestKeys()) as old:
        linked = await old.connect()
    async with a_gateway(url, emulator, TestKeys(), encryption_keys=f"{new_key},{ENCRYPTION_KEY}") as both:
        await reseal(both.service)

    async with a_gateway(url, emulator, TestKeys(), encryption_keys=new_key) as renewed:
        await renewed.vk.user_writes(linked.community_id, 510, "Здравствуйте")
        await renewed.reply(linked, 510, "ответ")
        await renewed.says(ReplySent)
        assert await renewed.vk.sent(linked.community_id, 510) == ["ответ"]
