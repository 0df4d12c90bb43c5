"""Letters that come back after their inbox rows were forgotten: natural keys and versions stand below it."""

from typing import Any

import pytest
from sqlalchemy import delete, func, select

from shared.messaging.tables import inbox_table
from tests.services.dialogs.cabinet import Cabinet, open_cabinet


async def _state(cabinet: Cabinet) -> Any:
    dialog = await cabinet.only_dialog()
    return dialog, await cabinet.messages(dialog["id"])


@pytest.mark.parametrize("kind", ["sqlite_url", "postgres_database"])
async def test_everything_may_come_again_after_its_inbox_row_is_gone(
    kind: str, request: pytest.FixtureRequest
) -> None:
    async with open_cabinet(request.getfixturevalue(kind)) as cabinet:
        await cabinet.connect()
        told = [
            cabinet.named("Мария Орлова", 1),
            cabinet.wrote(1, "старое"),
            cabinet.staff(2, "ответ из VK"),
            cabinet.state("active", 2),
            cabinet.wrote(3, "новое"),
            cabinet.edited(1, "исправленное", 5),
            cabinet.edited(1, "исправленное дважды", 9),
            cabinet.unsent(3, 5),
            cabinet.reacted(2, 1, 10),
            cabinet.reacted(2, None, 11),
            cabinet.pressed(2, "a"),
            cabinet.read(2),
        ]
        await cabinet.hear(*told)
        before = await _state(cabinet)

        async with cabinet.service.database.write() as session:
            await session.execute(delete(inbox_table))
        await cabinet.hear(*reversed(told), cabinet.created(1, 1))

        assert await _state(cabinet) == before
        async with cabinet.service.database.read() as session:
            assert (await session.execute(select(func.count()).select_from(inbox_table))).scalar_one() > 0
