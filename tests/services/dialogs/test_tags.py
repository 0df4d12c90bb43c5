"""Tags: the project's words, on dialogs, in lists and in the live feed."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, select

from dialogs.tables import Dialog, DialogTag
from shared.http.access import Role
from tests.services.dialogs.cabinet import KEYS, Cabinet
from tests.services.dialogs.streams import listening, serving


def supervisor(cabinet: Cabinet) -> dict[str, str]:
    return KEYS.bearer(cabinet.anna, {cabinet.project: Role.SUPERVISOR})


async def made(cabinet: Cabinet, name: str, *, status: int = 201, **more: str) -> Any:
    body = {"project_id": str(cabinet.project), "name": name, **more}
    return await cabinet.call("POST", "/tags", json=body, status=status, headers=supervisor(cabinet))


async def changed(cabinet: Cabinet, tag: Any, *, status: int = 200, **change: str) -> Any:
    path = f"/tags/{tag['id']}"
    return await cabinet.call("PATCH", path, json=change, status=status, headers=supervisor(cabinet))


async def deleted(cabinet: Cabinet, tag: Any) -> None:
    answer = await cabinet.client.delete(f"/api/v1/dialogs/tags/{tag['id']}", headers=supervisor(cabinet))
    assert answer.status_code == 204, answer.text


async def test_a_tag_is_put_on_found_renamed_and_deleted_everywhere(cabinet: Cabinet) -> None:
    await cabinet.hear(*(cabinet.wrote(1, user=user) for user in ("501", "502", "503")))
    first, second, _ = (dialog["id"] for dialog in await cabinet.tab("all"))
    urgent, later = await made(cabinet, "Срочно", colour="red"), await made(cabinet, "Потом")
    assert (urgent["colour"], later["colour"]) == ("red", "gray")
    assert (await made(cabinet, " Срочно ", status=409))["code"] == "tag_name_taken"
    assert (await changed(cabinet, later, name="Срочно", status=409))["code"] == "tag_name_taken"

    async with (
        serving(cabinet) as address,
        listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream,
    ):
        shown = await cabinet.call("PUT", f"/{first}/tags/{urgent['id']}")
        again = await cabinet.call("PUT", f"/{first}/tags/{urgent['id']}")
        await cabinet.call("PUT", f"/{first}/tags/{later['id']}")
        await cabinet.call("PUT", f"/{second}/tags/{later['id']}")
        assert shown["tags"] == [{"id": urgent["id"], "name": "Срочно", "colour": "red"}]
        assert again["version"] == shown["version"]
        both = {first, second}
        for wanted, found in (([urgent], {first}), ([later], both), ([urgent, later], both)):
            query = "".join(f"&tag_id={tag['id']}" for tag in wanted)
            page = await cabinet.call("GET", f"?project_id={cabinet.project}{query}")
            assert {dialog["id"] for dialog in page["items"]} == found
        await changed(cabinet, urgent, name="Очень срочно", colour="orange")
        await deleted(cabinet, later)
        changes = await stream.heard(5)

    assert [change["kind"] for change in changes] == ["dialog_changed"] * 3 + ["tag_changed", "tag_deleted"]
    assert [tag["name"] for tag in changes[1]["dialog"]["tags"]] == ["Потом", "Срочно"]
    assert changes[3]["tag"]["name"] == "Очень срочно"
    assert changes[4]["tag_id"] == later["id"]
    single = await cabinet.call("GET", f"/{first}")
    assert single["tags"] == [{"id": urgent["id"], "name": "Очень срочно", "colour": "orange"}]
    listed = {dialog["id"]: dialog["tags"] for dialog in await cabinet.tab("all")}
    assert (listed[first], listed[second]) == (single["tags"], [])
    off = await cabinet.call("DELETE", f"/{first}/tags/{urgent['id']}")
    assert off["tags"] == []
    assert (await cabinet.call("DELETE", f"/{first}/tags/{urgent['id']}"))["version"] == off["version"]
    project = await cabinet.call("GET", f"/tags?project_id={cabinet.project}")
    assert [tag["name"] for tag in project["items"]] == ["Очень срочно"]


async def test_a_dialog_has_twenty_tags_at_most_and_only_its_projects(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    path = f"/{(await cabinet.only_dialog())['id']}/tags"
    tags = [await made(cabinet, f"{number}") for number in range(21)]
    for tag in tags[:20]:
        await cabinet.call("PUT", f"{path}/{tag['id']}")
    refused = await cabinet.call("PUT", f"{path}/{tags[20]['id']}", status=409)
    assert (refused["code"], refused["tags_max"]) == ("too_many_tags", 20)
    assert len((await cabinet.only_dialog())["tags"]) == 20
    elsewhere = uuid4()
    body = {"project_id": str(elsewhere), "name": "Чужая"}
    headers = KEYS.bearer(cabinet.anna, {elsewhere: Role.SUPERVISOR})
    foreign = await cabinet.call("POST", "/tags", json=body, status=201, headers=headers)
    # Even for somebody who works in both projects.
    both = cabinet.headers(projects=[cabinet.project, elsewhere])
    refused = await cabinet.call("PUT", f"{path}/{foreign['id']}", headers=both, status=404)
    assert refused["code"] == "tag_not_found"


async def test_tags_of_a_page_are_one_query_and_messages_of_untagged_people_none(cabinet: Cabinet) -> None:
    await cabinet.hear(*(cabinet.wrote(1, user=str(user)) for user in range(501, 531)))
    tag = await made(cabinet, "Все")
    asked: list[str] = []

    def note(*args: Any) -> None:
        if "dialog_tag" in args[2]:
            asked.append(args[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert len(await cabinet.tab("all")) == 30
        await cabinet.hear(*(cabinet.wrote(2, user=str(user)) for user in range(501, 531)))
        assert asked == []
        for dialog in await cabinet.tab("all"):
            await cabinet.call("PUT", f"/{dialog['id']}/tags/{tag['id']}")
        asked.clear()
        assert all(dialog["tags"] for dialog in await cabinet.tab("all"))
        await cabinet.hear(*(cabinet.wrote(3, user=str(user)) for user in range(501, 531)))
        assert len(asked) == 2
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("round_", range(3))
async def test_a_tag_that_is_deleted_while_it_is_put_on_is_on_nothing(
    cabinet_on_postgresql: Cabinet, round_: int
) -> None:
    cabinet = cabinet_on_postgresql
    await cabinet.hear(*(cabinet.wrote(1, user=str(user)) for user in range(501, 509)))
    dialogs = [dialog["id"] for dialog in await cabinet.tab("all")]
    tag = await made(cabinet, "Мимолётная")

    async def put_on(dialog_id: str) -> int:
        path = f"/api/v1/dialogs/{dialog_id}/tags/{tag['id']}"
        return (await cabinet.client.put(path, headers=cabinet.headers())).status_code

    before, after = dialogs[: 2 * round_], dialogs[2 * round_ :]
    outcomes = await asyncio.gather(*map(put_on, before), deleted(cabinet, tag), *map(put_on, after))

    assert set(outcomes) <= {200, 404, None}
    assert all(dialog["tags"] == [] for dialog in await cabinet.tab("all"))
    async with cabinet.service.database.read() as session:
        assert (await session.scalars(select(DialogTag))).all() == []
        assert len((await session.scalars(select(Dialog))).all()) == 8
