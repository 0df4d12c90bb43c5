"""Tables and migrations of the gateway agree, on both databases."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, insert, select

from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.runtime.world import World
from tests.support.migrations import prove_migrations
from vk_gateway.tables import Base, CallbackAddress, Community, Health, LinkState, Outgoing, OutgoingState

NOW = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)
ID = UUID(int=5)
COMMUNITY = {
    "integration_id": ID,
    "project_id": ID,
    "community_id": 5,
    "connection_id": ID,
    "epoch": 1,
    "version": 1,
    "link_state": LinkState.LINKED,
    "path_hash": b"5",
    "path_sealed": "path",
    "secret_sealed": "secret",
    "failures": 0,
}
REPLY = {
    "id": ID,
    "project_id": ID,
    "integration_id": ID,
    "community_id": 5,
    "epoch": 1,
    "dialog_id": ID,
    "external_id": "5",
    "number": 1,
    "text": "ждёт",
    "random_id": 5,
    "state": OutgoingState.QUEUED,
    "fence": 0,
    "attempts": 0,
    "next_attempt_at": NOW,
}


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_the_migrations_make_the_tables_and_go_back(
    database: str, request: pytest.FixtureRequest
) -> None:
    await prove_migrations(request.getfixturevalue(database), "vk_gateway", Base.metadata)


@pytest.mark.parametrize("url_fixture", ["sqlite_url", "postgres_database"])
async def test_what_the_first_version_kept_is_carried_on(
    url_fixture: str, request: pytest.FixtureRequest
) -> None:
    """Behind its walls too: a linked community is linked anew for new events, a queued reply stays queued."""
    database = Database(request.getfixturevalue(url_fixture), World())
    await upgrade(database, "vk_gateway", revision="0001")
    async with database.write() as session:
        for name, row in (("community", COMMUNITY), ("outgoing", REPLY)):
            connection = await session.connection()
            table = await connection.run_sync(_table_then, name)
            await session.execute(insert(table), [row])

    await upgrade(database, "vk_gateway")

    async with database.read() as session:
        community = (await session.scalars(select(Community))).one()
        reply = (await session.scalars(select(Outgoing))).one()
        address = (await session.scalars(select(CallbackAddress))).one()
        health = (await session.scalars(select(Health))).one()
    assert community.link_state is LinkState.LINKING
    assert community.next_duty_at is not None
    assert abs((database.world.now() - community.next_duty_at).total_seconds()) < 60
    assert (address.path_hash, address.path_sealed, address.epoch) == (b"5", "path", 1)
    assert health.told == [None, None, []]
    assert (reply.state, reply.attempt, reply.has_files) == (OutgoingState.QUEUED, 1, False)
    await database.close()


def _table_then(connection: Connection, name: str) -> Table:
    """Return a table as it is in the database, with our types."""
    now = Base.metadata.tables[name]
    typed = [Column(column.name, column.type) for column in now.columns]
    table = Table(name, MetaData(), autoload_with=connection)
    ours = {column.name: column for column in typed}
    return Table(name, MetaData(), *[ours.get(c.name, Column(c.name, c.type)) for c in table.columns])
