"""Connections to PostgreSQL that died in the pool."""

from sqlalchemy import text

from shared.database.engine import Database
from shared.runtime.world import World
from tests.support.waiting import wait_until


async def test_a_connection_that_the_server_has_ended_is_not_handed_out(postgres_database: str) -> None:
    database, other = (Database(postgres_database, World(), pool_size=1) for _ in range(2))
    try:
        async with database.read() as session:
            ended = await session.scalar(text("SELECT pg_backend_pid()"))
        alive = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")

        async def gone() -> bool:
            async with other.read() as session:
                return not await session.scalar(alive, {"pid": ended})

        async with other.write() as session:
            await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ended})
        await wait_until(gone, describe="the end of the connection")

        async with database.write() as session:
            assert await session.scalar(text("SELECT pg_backend_pid()")) != ended
    finally:
        await database.close()
        await other.close()
