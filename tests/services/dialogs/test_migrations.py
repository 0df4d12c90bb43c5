"""The migrations make exactly the tables that the code uses, and can be taken back."""

import pytest

from dialogs.tables import Base
from shared.database.engine import Database
from shared.database.migrate import differences, downgrade, upgrade
from shared.runtime.world import World


@pytest.mark.parametrize("url_fixture", ["sqlite_url", "postgres_database"])
async def test_the_chain_goes_up_and_down_and_up(url_fixture: str, request: pytest.FixtureRequest) -> None:
    database = Database(request.getfixturevalue(url_fixture), World())

    await upgrade(database, "dialogs")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences, Base.metadata) == []
    await downgrade(database, "dialogs", revision="base")
    await upgrade(database, "dialogs")

    await database.close()
