"""The tables that the migrations make are the tables that the code expects."""

import pytest

from accounts.tables import Base
from shared.database.engine import Database
from shared.database.migrate import differences, downgrade, upgrade
from shared.runtime.world import World


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_up_down_and_up_again(database: str, request: pytest.FixtureRequest) -> None:
    opened = Database(request.getfixturevalue(database), World())
    for _ in range(2):
        await upgrade(opened, "accounts")
        async with opened.engine.connect() as connection:
            assert await connection.run_sync(differences, Base.metadata) == []
        await downgrade(opened, "accounts", revision="base")
    await opened.close()
