"""The table of attacks on connecting through VK: each ends neutrally, noted down, nothing half made."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from shared.events.audit import ActionRecorded
from shared.runtime.world import World
from tests.services.vk_gateway import consent_troubles
from tests.services.vk_gateway.conftest import Emulator, a_gateway
from tests.services.vk_gateway.consent_attacks import ATTACKS, GUESSED, Attack, MovedClock, Stage
from tests.services.vk_gateway.consenting import RETURN
from tests.support.signing import TestKeys
from vk_gateway.tables import Connection, ConnectionCommunity, ConsentStep

pytestmark = pytest.mark.asyncio(loop_scope="module")

assert consent_troubles.EVIL
# Of these nobody can tell whose they are.
UNTOLD = {"unknown_link"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(emulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One gateway for the whole table; every attack has projects and browsers of its own."""
    clock = MovedClock()
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('attacked')}/vk-gateway.db"
    async with httpx.AsyncClient(verify=False) as http:
        vk = Emulator(emulator_url, http)
        await vk.call("POST", "/app", json={"groups_scope": "granted", "token_shape": ""})
        async with a_gateway(url, vk, TestKeys(), world=World(clock)) as gateway:
            yield Stage(gateway, clock)


@pytest.mark.parametrize("attack", [pytest.param(one, id=one.do.__name__) for one in ATTACKS])
async def test_an_attack_comes_to_nothing(stage: Stage, attack: Attack) -> None:
    try:
        connection_id, outcome = await attack.do(stage)
    finally:
        stage.clock.ahead = timedelta()
        await stage.gateway.vk.call("DELETE", "/app/faults")

    connection = UUID(connection_id)
    async with stage.gateway.service.database.read() as session:
        found = await session.get_one(Connection, connection)
        keys = await session.scalars(
            select(ConnectionCommunity.key_sealed).where(ConnectionCommunity.connection_id == connection)
        )
        is_keyed = any(key is not None for key in keys)
        left = await session.scalars(select(ConsentStep).where(ConsentStep.connection_id == connection))
        is_waiting = left.first() is not None
    said = {one.action for one in await stage.gateway.said(ActionRecorded) if one.subject_id == connection}
    assert (outcome, found.state) == (attack.outcome, attack.state)
    assert is_keyed == (attack.state == "ready")
    assert is_waiting == (attack.state in {"authorizing", "consenting"})
    assert found.failure in {None, outcome} or outcome == "already_used"
    if found.state in {"failed", "cancelled", "expired"}:
        assert found.person_name is None
    if outcome not in UNTOLD:
        assert f"vk.consent_{outcome}" in said


async def test_the_table_is_long_enough() -> None:
    assert len(ATTACKS) >= 60


async def test_guessing_states_keeps_nobody_from_writing(stage: Stage) -> None:
    # Anybody may open the address: it asks for a turn to write only when there is something to it.
    async with stage.gateway.service.database.writing, asyncio.timeout(10):
        for page in ("identity", "communities"):
            came = await stage.browser().land(f"{RETURN}/{page}?state={GUESSED}&code=c&device_id=d")
            assert came == "unknown_link"
