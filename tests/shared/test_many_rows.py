"""Asking for, inserting and changing many rows at once says the same on both databases."""

import enum
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table, Uuid, select

from shared.database.choices import among, among_given
from shared.database.columns import BigIdentity, EnumText, PortableJson, UtcDateTime
from shared.database.engine import Database
from shared.database.inserts import insert_rows, inserted_rows
from shared.database.updates import update_rows
from shared.runtime.world import World


class Size(enum.StrEnum):
    SMALL = "small"
    LARGE = "large"


thing = Table(
    "thing",
    MetaData(),
    Column("position", BigIdentity, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("name", String(20), nullable=False),
    Column("size", EnumText(Size)),
    Column("number", BigInteger),
    Column("body", LargeBinary),
    Column("made_at", UtcDateTime),
    Column("insides", PortableJson),
    Column("presses", BigInteger, default=7),
)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite_url", "postgres_database"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    made = Database(request.getfixturevalue(request.param), World())
    async with made.engine.begin() as connection:
        await connection.run_sync(thing.metadata.create_all)
    yield made
    await made.close()


def _row(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "id": UUID(int=number),
        "name": f"вещь {number}, 'и' \\ {{}}",
        "size": [Size.SMALL, Size.LARGE, None][number % 3],
        "number": None if number % 2 else 10**15 + number,
        "body": bytes(range(number)),
        "made_at": NOON,
        "insides": [None, {"a": [1, None]}, [], [[1], [2, 3]]][number % 4],
    }
    return row | changes


async def _stored(database: Database) -> list[dict[str, Any]]:
    async with database.read() as session:
        rows = await session.execute(select(thing).order_by(thing.c.position))
        return [dict(row) for row in rows.mappings()]


async def test_rows_are_kept_as_they_are_and_what_is_there_is_skipped(database: Database) -> None:
    rows = [_row(number) for number in range(1, 9)]
    async with database.write() as session:
        new = await insert_rows(session, thing, rows[:5], returning=["id", "position"])
        again = [_row(2, name="another"), *rows[5:], _row(8, name="twice")]
        added = await inserted_rows(session, thing, again, conflict=["id"], returning=["id"])
        assert await insert_rows(session, thing, []) == set()

    stored = await _stored(database)
    assert [{name: row[name] for name in rows[0]} for row in stored] == rows
    assert {(row["id"], row["position"]) for row in stored[:5]} == new
    assert added == {(UUID(int=number),) for number in (6, 7, 8)}
    assert {row["presses"] for row in stored} == {7}, "a column that nobody named has its default"


async def test_each_row_gets_its_own_values(database: Database) -> None:
    async with database.write() as session:
        await insert_rows(session, thing, [_row(number) for number in (1, 2, 3)])
        news = [
            {"id": UUID(int=number), "number": number, "size": Size.LARGE, "insides": {"n": number}}
            for number in (1, 3, 99)
        ]
        await update_rows(session, thing, news, keys=["id"])
        await update_rows(session, thing, [], keys=["id"])

    stored = {row["id"].int: row for row in await _stored(database)}
    assert {number: (row["number"], row["insides"]) for number, row in stored.items()} == {
        1: (1, {"n": 1}),
        2: (10**15 + 2, []),
        3: (3, {"n": 3}),
    }


@pytest.mark.parametrize("count", [0, 1, 2, 200])
async def test_rows_are_found_by_any_number_of_keys_of_any_type(database: Database, count: int) -> None:
    async with database.write() as session:
        await insert_rows(session, thing, [_row(number) for number in (1, 2, 3, 4)])
    keys = range(2, 2 + count)
    found = {number for number in keys if number < 5}
    by_name = select(thing.c.id).where(among_given(thing.c.name, "names"), thing.c.id.is_not(None))
    async with database.read() as session:
        for condition in (
            among(thing.c.id, {UUID(int=number) for number in keys}),
            among(thing.c.name, [_row(number)["name"] for number in keys] * 2),
        ):
            assert {row.int for row in await session.scalars(select(thing.c.id).where(condition))} == found
        others = select(thing.c.id).where(~among(thing.c.id, [UUID(int=number) for number in keys]))
        assert {row.int for row in await session.scalars(others)} == {1, 2, 3, 4} - found
        names = (_row(number)["name"] for number in keys)
        assert {row.int for row in await session.scalars(by_name, {"names": names})} == found
        large = select(thing.c.id).where(among(thing.c.size, [Size.LARGE] * count))
        assert {row.int for row in await session.scalars(large)} == ({1, 4} if count else set())
