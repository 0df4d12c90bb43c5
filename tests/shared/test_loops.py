"""Loops that look into a database: at once when told, in time for what is stored, else seldom."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.database.engine import Database
from shared.runtime.loops import Loop
from shared.runtime.world import World
from tests.support.waiting import wait_until

INTERVAL_SECONDS = 0.02
WORLD = World()


class Looker:
    """A loop that counts its steps."""

    def __init__(self, database: Database, *, over: bool) -> None:
        self.steps = 0
        self.loop = Loop("looker", self._step, interval_seconds=INTERVAL_SECONDS, world=WORLD)
        if over:
            self.loop = Loop(
                "looker", self._step, interval_seconds=INTERVAL_SECONDS, world=WORLD, state=database.state
            )

    async def _step(self) -> bool:
        self.steps += 1
        return False

    async def went_on(self, steps: int) -> None:
        """Wait for more steps."""
        wanted = self.steps + steps
        await wait_until(lambda: self.steps >= wanted, describe=f"{steps} more steps")


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as made:
        yield made


def _look(stack: AsyncExitStack, database: Database, *, over: bool) -> Looker:
    looker = Looker(database, over=over)
    looker.loop.start()
    stack.push_async_callback(looker.loop.stop)
    return looker


async def test_only_a_commit_or_a_call_makes_an_idle_loop_look(stack: AsyncExitStack, tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/own.db", WORLD)
    stack.push_async_callback(database.close)
    clock = _look(stack, database, over=False)
    looker = _look(stack, database, over=True)
    await clock.went_on(5)
    assert looker.steps == 1, "nothing has happened"

    async with database.write() as session:
        await session.execute(text("CREATE TABLE thing (name TEXT)"))
    await clock.went_on(3)
    assert looker.steps == 2, "once for the commit"

    with pytest.raises(RuntimeError):
        async with database.write() as session:
            await session.execute(text("INSERT INTO thing VALUES ('ghost')"))
            raise RuntimeError("changed my mind")
    async with database.read() as session:
        await session.execute(text("SELECT name FROM thing"))
    await clock.went_on(5)
    assert looker.steps == 2, "nothing was committed"

    looker.loop.wake()
    await looker.went_on(1)
    await clock.went_on(5)
    assert looker.steps == 3, "once for the call"


async def test_a_loop_looks_always_where_others_commit_too(
    stack: AsyncExitStack, postgres_database: str
) -> None:
    database = Database(postgres_database, WORLD)
    stack.push_async_callback(database.close)

    await _look(stack, database, over=True).went_on(5)
