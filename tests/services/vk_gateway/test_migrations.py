"""Tables and migrations of the gateway agree, on both databases."""

import pytest

from tests.support.migrations import prove_migrations
from vk_gateway.tables import Base


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_the_migrations_make_the_tables_and_go_back(
    database: str, request: pytest.FixtureRequest
) -> None:
    await prove_migrations(request.getfixturevalue(database), "vk_gateway", Base.metadata)
