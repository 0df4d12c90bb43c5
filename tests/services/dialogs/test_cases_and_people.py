"""The history of work in a dialog, and the people who do it."""

import itertools
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from dialogs.tables import Case, DialogTag, Note, Operator, QuickAnswer, QuickAnswerFile, SearchText, Tag
from shared.events.accounts import PersonJoined, PersonLeft, ProjectDeleted
from shared.events.envelope import Event
from shared.http.access import Role
from tests.services.dialogs.cabinet import KEYS, T0, Cabinet, open_cabinet
from tests.support.waiting import wait_until


async def cases(cabinet: Cabinet, dialog_id: str, query: str = "") -> list[Any]:
    page = await cabinet.call("GET", f"/{dialog_id}/cases{query}")
    items: list[Any] = page["items"]
    return items


async def test_cases_say_who_had_them_and_between_which_messages(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(3), cabinet.wrote(2))
    dialog_id = (await cabinet.only_dialog())["id"]
    (first,) = await cases(cabinet, dialog_id)
    # The customer's earlier message came late, and is where the case begins.
    assert (first["number"], first["opened_number"], first["closed_number"]) == (1, 2, None)
    reply = await cabinet.reply(dialog_id)
    await cabinet.hear(cabinet.sent(reply["id"], 4))
    await cabinet.call("POST", f"/{dialog_id}/close", headers=cabinet.headers(cabinet.boris, "Борис"))
    await cabinet.hear(cabinet.staff(5), cabinet.wrote(6))
    await cabinet.call("POST", f"/{dialog_id}/close")
    await cabinet.call("POST", f"/{dialog_id}/reopen")

    found = await cases(cabinet, dialog_id)
    assert [(one["number"], one["opened_number"], one["closed_number"]) for one in found] == [
        (3, 7, None),
        (2, 6, 6),
        (1, 2, 4),
    ]
    people = [(one["operator"], one["closed_by"]) for one in found]
    anna, boris = {"id": str(cabinet.anna), "name": "Анна"}, {"id": str(cabinet.boris), "name": "Борис"}
    assert people == [(anna, None), (None, anna), (anna, boris)]
    page = await cabinet.call("GET", f"/{dialog_id}/cases?limit=2")
    rest = await cabinet.call("GET", f"/{dialog_id}/cases?limit=2&cursor={page['next_cursor']}")
    assert (page["items"] + rest["items"], rest["next_cursor"]) == (found, None)
    shown = await cabinet.call("GET", f"/{dialog_id}")
    assert shown["case_count"] == 3
    assert shown["first_message_at"] == (await cabinet.messages(dialog_id))[0]["sent_at"]
    # Those that an earlier version kept begin behind the end of the one before.
    async with cabinet.service.database.write() as session:
        await session.execute(update(Case).values(opened_number=None))
    assert [one["opened_number"] for one in await cases(cabinet, dialog_id)] == [7, 5, 1]


async def test_people_are_what_was_said_of_them_last_in_any_order(ready_url: str) -> None:
    async with open_cabinet(ready_url) as cabinet:
        about = {"project_id": cabinet.project, "operator_id": cabinet.boris}
        news: list[Event] = [
            PersonJoined(**about, name="boris@shop.example", joined_at=T0, role="operator"),
            PersonJoined(**about, name="Борис", joined_at=T0 + timedelta(hours=1), role="supervisor"),
            PersonLeft(**about, name="Борис", left_at=T0 + timedelta(hours=2)),
        ]
        for order in itertools.permutations(news):
            cabinet.boris = cabinet.service.world.new_id()
            await cabinet.hear(
                *(one.model_copy(update={"operator_id": cabinet.boris}) for one in order), batch=False
            )
        assert (await cabinet.call("GET", f"/operators?project_id={cabinet.project}"))["items"] == []
        back = PersonJoined(**about, name="Борис", joined_at=T0 + timedelta(hours=3), role="admin")
        await cabinet.hear(back)
        (person,) = (await cabinet.call("GET", f"/operators?project_id={cabinet.project}"))["items"]
        assert person == {"id": str(about["operator_id"]), "name": "Борис", "role": "admin", "taken": 0}


async def test_a_person_tells_more_than_their_name(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1), cabinet.named("Иван"))
    more = {"screen_name": "ivan", "profile_url": "https://vk.ru/id501"}
    await cabinet.hear(cabinet.named("Иван", seconds=5).model_copy(update=more))
    await cabinet.hear(cabinet.named("Пётр", seconds=1))
    contact = (await cabinet.only_dialog())["contact"]
    assert contact == {"name": "Иван", "external_id": "501", "avatar_url": None, **more}


async def test_nothing_of_a_team_outlives_its_project(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    headers = KEYS.bearer(cabinet.anna, {cabinet.project: Role.OWNER})
    about = {"project_id": str(cabinet.project)}
    tag = await cabinet.call("POST", "/tags", json={**about, "name": "Срочно"}, status=201, headers=headers)
    await cabinet.call("PUT", f"/{dialog_id}/tags/{tag['id']}")
    query = {**about, "client_id": "f", "name": "прайс.txt"}
    file = await cabinet.call("POST", "/files", params=query, content=b"1", status=201)
    body = {**about, "shortcut": "прайс", "text": "", "files": [file["id"]]}
    await cabinet.call("POST", "/quick-answers", json=body, status=201)
    await cabinet.call("POST", f"/{dialog_id}/notes", json={"client_id": "n", "text": "раз"}, status=201)

    await cabinet.hear(ProjectDeleted(project_id=cabinet.project))

    async def is_empty() -> bool:
        async with cabinet.service.database.read() as session:
            kinds = (Tag, DialogTag, QuickAnswer, QuickAnswerFile, Note, SearchText, Operator)
            return not [kind for kind in kinds if (await session.scalars(select(kind))).first()]

    await wait_until(is_empty, describe="nothing is left")
