"""Migrations of `widget-config`."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from shared.database.columns import PortableJson
from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.database.session import Session
from shared.runtime.world import World
from tests.services.widget_config.opened import Community, open_widgets
from tests.support.migrations import prove_migrations
from widget_config.tables import Base
from widget_config.widgets.schemas import Look

SHOP = uuid4()


async def test_migrations_make_exactly_the_tables_on_sqlite(sqlite_url: str) -> None:
    await prove_migrations(sqlite_url, "widget_config", Base.metadata)


async def test_migrations_make_exactly_the_tables_on_postgresql(postgres_database: str) -> None:
    await prove_migrations(postgres_database, "widget_config", Base.metadata)


@pytest.mark.parametrize("url_fixture", ["sqlite_url", "postgres_database"])
async def test_a_widget_of_the_first_version_looks_the_same_and_can_be_changed(
    url_fixture: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(url_fixture)
    database = Database(url, World())
    await upgrade(database, "widget_config", revision="0001")
    first, second = Community(SHOP, 7), Community(SHOP, 8, "second", "Второй")
    widget = {"id": uuid4(), "project_id": SHOP, "public_key": "k" * 24, "name": "Главная", "version": 3}
    look = Look(title="Чай").model_dump(mode="json")
    then = datetime(2026, 1, 1, tzinfo=UTC)
    async with database.write() as session:
        await _insert(session, "widget", **widget, look=look, created_at=then, changed_at=then)
        for minute, community in enumerate((second, first)):
            facts = {"name": community.name, "screen_name": community.screen_name, "project_id": SHOP}
            facts |= {"channel": "vk", "community_id": community.community_id, "state": "active"}
            versions = dict.fromkeys(("epoch", "version", "described_version"), 1)
            await _insert(session, "known_integration", id=community.id, **facts, **versions)
            its = {"widget_id": widget["id"], "integration_id": community.id}
            await _insert(session, "widget_channel", **its, added_at=then.replace(minute=minute))
    await database.close()

    async with open_widgets(url) as widgets:
        shown = {**widget, "id": str(widget["id"]), "project_id": str(SHOP)}
        public = (await widgets.public(shown)).json()
        assert (public["title"], [one["name"] for one in public["channels"]]) == (
            "Чай",
            ["Второй", "Магазин"],
        )
        await widgets.change(shown, "PATCH", look={"title": "Кофе"})
        await widgets.tell(first.deleted(2))
        assert await widgets.links(shown) == ["https://vk.me/second"]
        undone = await widgets.change(shown, "POST", "/versions/1/restore")
        assert (undone["look"]["title"], undone["published_number"]) == ("Чай", 3)
        assert await widgets.links(shown) == ["https://vk.me/second"]


async def _insert(session: Session, name: str, /, **values: Any) -> None:
    """Insert a row of the first version; the look of a widget had a column of its own then."""
    kinds = {column.name: column.type for column in Base.metadata.tables[name].c} | {"look": PortableJson}
    table = sa.table(name, *(sa.column(each, kinds[each]) for each in values))
    await session.execute(sa.insert(table).values(values))
