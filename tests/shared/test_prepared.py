"""Statements that go past SQLAlchemy's session fail as others do, and see what others see."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, Uuid, bindparam, exc, func, insert, select

from shared.database.engine import Database
from shared.database.outage import is_outage
from shared.database.prepared import Prepared
from shared.runtime.world import World

thing = Table("thing", MetaData(), Column("id", Uuid, primary_key=True))
INSERT = Prepared(insert(thing), columns=["id"])
FIND = Prepared(select(thing.c.id).where(thing.c.id == bindparam("wanted")))
DIE = Prepared(select(func.pg_terminate_backend(func.pg_backend_pid())))
ONE = UUID(int=1)


@pytest.fixture(params=["sqlite_url", "postgres_database"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    made = Database(request.getfixturevalue(request.param), World())
    async with made.engine.begin() as connection:
        await connection.run_sync(thing.metadata.create_all)
    yield made
    await made.close()


async def test_it_is_part_of_its_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as session:
            await INSERT.run(session, {"id": ONE})
            assert [tuple(row) for row in await FIND.run(session, {"wanted": ONE})] == [(ONE,)]
            raise ZeroDivisionError

    async with database.read() as session:
        assert not await FIND.run(session, {"wanted": ONE})


async def test_a_refusal_of_the_database_is_told_as_ever(database: Database) -> None:
    with pytest.raises(exc.IntegrityError) as refused:
        async with database.write() as session:
            await INSERT.run_each(session, [{"id": ONE}, {"id": ONE}])

    assert not is_outage(refused.value)
    async with database.write() as session:
        await INSERT.run(session, {"id": ONE})


async def test_what_is_not_given_is_an_error(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(KeyError):
            await FIND.run(session)
        with pytest.raises(ValueError, match="among_given"):
            await Prepared(select(thing).where(thing.c.id.in_([ONE]))).run(session)


async def test_a_connection_that_is_lost_is_an_outage_and_is_not_used_again(postgres_database: str) -> None:
    database = Database(postgres_database, World(), pool_size=1)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(thing.metadata.create_all)
        with pytest.raises(exc.DBAPIError) as lost:
            async with database.write() as session:
                await INSERT.run(session, {"id": ONE})
                await DIE.run(session)
        assert is_outage(lost.value)

        async with database.write() as session:
            assert not await FIND.run(session, {"wanted": ONE})
    finally:
        await database.close()
