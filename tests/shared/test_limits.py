"""Limits on one caller's calls."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from shared.database.engine import Database
from shared.http.access import Guard, Role, SignedIn
from shared.http.api import make_api
from shared.http.limits import CALLERS_MAX, CallLimits, CallsTooOften, Rate
from shared.runtime.settings import ServiceSettings
from shared.runtime.world import World
from tests.support.signing import TestKeys

ANNA, BORIS, PROJECT = uuid4(), uuid4(), uuid4()


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


def spent(limits: CallLimits, calls: int, *, changing: bool = True) -> int:
    """How many of so many calls are let through."""
    through = 0
    for _ in range(calls):
        try:
            limits.spend(ANNA, changing=changing)
            through += 1
        except CallsTooOften:
            pass
    return through


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    limits = CallLimits(reads=Rate(50, 200), changes=Rate(20, 60), world=World(clock))

    assert spent(limits, 100) == 60
    clock.seconds += 1
    assert spent(limits, 100) == 20
    clock.seconds += 3600
    assert spent(limits, 100) == 60
    # Reads have a bucket of their own.
    assert spent(limits, 300, changing=False) == 200


def test_refused_calls_do_not_put_off_the_next() -> None:
    clock = Clock()
    limits = CallLimits(reads=Rate(1, 1), changes=Rate(0.25, 1), world=World(clock))
    spent(limits, 1)
    for _ in range(50):
        clock.seconds += 0.07
        assert spent(limits, 1) == 0

    with pytest.raises(CallsTooOften) as refusal:
        limits.spend(ANNA, changing=True)
    assert refusal.value.facts == {"retry_after_seconds": 1}
    clock.seconds += 0.6
    assert spent(limits, 1) == 1


def test_memory_is_bounded() -> None:
    limits = CallLimits(reads=Rate(1, 1), changes=Rate(1, 1), world=World(Clock()))
    for _ in range(CALLERS_MAX + 10):
        limits.spend(uuid4(), changing=False)

    assert len(limits._buckets) == CALLERS_MAX


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[tuple[FastAPI, TestKeys, Clock]]:
    clock = Clock()
    world = World(clock)
    settings = ServiceSettings(
        database_url=sqlite_url, service_key=SecretStr("k" * 32), changes_burst=2, changes_per_second=1
    )
    keys = TestKeys()
    database = Database(sqlite_url, world)
    guard = Guard("some", keys.source, "k" * 32, world)
    api = make_api("some", "Some.", "/some", settings, database, guard)

    @api.post("/things")
    async def change(caller: SignedIn) -> None:
        caller.require(PROJECT)

    @api.get("/things")
    async def read(caller: SignedIn) -> None:
        caller.require(PROJECT)

    yield api, keys, clock
    await database.close()


async def test_who_calls_too_often_is_told_when_to_come_back(
    api: tuple[FastAPI, TestKeys, Clock],
) -> None:
    app, keys, clock = api
    anna, boris = (keys.bearer(one, {PROJECT: Role.OPERATOR}) for one in (ANNA, BORIS))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
        statuses = [(await client.post("/things", headers=anna)).status_code for _ in range(3)]
        refused = await client.post("/things", headers=anna)

        assert statuses == [200, 200, 429]
        assert (refused.json()["code"], refused.headers["retry-after"]) == ("too_many_requests", "1")
        # Neither others nor one's own reads wait for it; those whom nobody knows are not counted.
        assert (await client.post("/things", headers=boris)).status_code == 200
        assert (await client.get("/things", headers=anna)).status_code == 200
        assert (await client.post("/things")).status_code == 401
        clock.seconds += 1
        assert (await client.post("/things", headers=anna)).status_code == 200
