"""How failures look to the caller."""

import asyncio

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from shared.database.engine import Database
from shared.http.problems import render_problems
from shared.runtime.world import World


async def test_the_victim_of_a_deadlock_is_asked_to_try_again(postgres_database: str) -> None:
    database = Database(postgres_database, World())
    async with database.write() as session:
        await session.execute(text("CREATE TABLE pair (id int PRIMARY KEY, value int NOT NULL)"))
        await session.execute(text("INSERT INTO pair VALUES (1, 0), (2, 0)"))
    api = FastAPI()
    render_problems(api)
    both_hold_one = asyncio.Barrier(2)

    @api.post("/{first}/{second}")
    async def cross(first: int, second: int) -> None:
        raise_value = text("UPDATE pair SET value = value + 1 WHERE id = :id")
        async with database.write() as session:
            await session.execute(raise_value, {"id": first})
            await both_hold_one.wait()
            await session.execute(raise_value, {"id": second})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://otklik") as http:
        answers = await asyncio.gather(http.post("/1/2"), http.post("/2/1"))

    assert sorted(answer.status_code for answer in answers) == [200, 503]
    victim = next(answer for answer in answers if answer.status_code == 503)
    assert victim.json()["code"] == "temporarily_unavailable"
    await database.close()
