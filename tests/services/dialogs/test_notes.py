"""Notes: for operators only, each once, at its place in the thread."""

import asyncio
from typing import Any

from sqlalchemy import select

from dialogs.tables import Note
from shared.http.access import Role
from shared.messaging.tables import outbox_table
from tests.services.dialogs.cabinet import KEYS, Cabinet
from tests.services.dialogs.streams import listening, serving

SECRET = "пароль от склада: ёжик"


async def written(
    cabinet: Cabinet, dialog_id: str, text: str, client_id: str = "n", *, status: int = 201, **options: Any
) -> Any:
    body = {"client_id": client_id, "text": text}
    return await cabinet.call("POST", f"/{dialog_id}/notes", json=body, status=status, **options)


async def test_a_note_is_told_kept_found_and_never_leaves(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1), cabinet.wrote(2))
    dialog = await cabinet.only_dialog()
    path = f"/{dialog['id']}/notes"
    async with (
        serving(cabinet) as address,
        listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream,
    ):
        note = await written(cabinet, dialog["id"], SECRET)
        assert await written(cabinet, dialog["id"], SECRET) == note
        assert (await written(cabinet, dialog["id"], "иное", status=422))["code"] == "client_id_reused"
        await cabinet.hear(cabinet.wrote(3))
        second = await written(cabinet, dialog["id"], "вторая", "m")
        changed = await cabinet.call("PATCH", f"{path}/{note['id']}", json={"text": f"{SECRET}!"})
        page = await cabinet.call("GET", f"{path}?limit=1")
        rest = await cabinet.call("GET", f"{path}?limit=1&cursor={page['next_cursor']}")
        assert (page["items"], rest) == ([second], {"items": [changed], "next_cursor": None})
        found = await cabinet.call("GET", f"?project_id={cabinet.project}&q=ёжик!")
        assert [one["id"] for one in found["items"]] == [dialog["id"]]
        gone = await cabinet.client.delete(f"/api/v1/dialogs{path}/{note['id']}", headers=cabinet.headers())
        assert gone.status_code == 204
        changes = [one for one in await stream.heard(5) if one["kind"].startswith("note")]

    assert [one["kind"] for one in changes] == ["note_added", "note_added", "note_changed", "note_deleted"]
    assert [one["note"]["version"] for one in changes] == [1, 1, 2, 3]
    assert (note["after_number"], second["after_number"]) == (2, 3)
    assert note["author"] == {"id": str(cabinet.anna), "name": "Анна"}
    assert changed["edited_at"] is not None
    # The same request, come late, does not bring it back, and nobody finds it any more.
    assert (await written(cabinet, dialog["id"], SECRET, status=404))["code"] == "note_not_found"
    found = await cabinet.call("GET", f"?project_id={cabinet.project}&q=ёжик")
    assert (found["items"], changes[-1]["note"]["text"]) == ([], "")
    assert len((await cabinet.call("GET", path))["items"]) == 1
    # Nothing of it was told to anybody outside of this service.
    async with cabinet.service.database.read() as session:
        bodies = (await session.scalars(select(outbox_table.c.body))).all()
    assert bodies
    assert not [body for body in bodies if "ёжик" in body.decode() or "втор" in body.decode()]
    assert len(await cabinet.messages(dialog["id"])) == 3


async def test_the_author_and_supervisors_change_a_note(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    path = f"/{dialog_id}/notes/{(await written(cabinet, dialog_id, 'раз'))['id']}"
    boris = {
        role: KEYS.bearer(cabinet.boris, {cabinet.project: role}) for role in (Role.OPERATOR, Role.SUPERVISOR)
    }
    for method in ("PATCH", "DELETE"):
        options = {"json": {"text": "два"}} if method == "PATCH" else {}
        refused = await cabinet.call(method, path, status=403, headers=boris[Role.OPERATOR], **options)
        assert refused["code"] == "forbidden"
    changed = await cabinet.call("PATCH", path, json={"text": "два"}, headers=boris[Role.SUPERVISOR])
    assert (changed["text"], changed["author"]["id"]) == ("два", str(cabinet.anna))
    # Another one's request is no repeat of this one.
    refused = await written(cabinet, dialog_id, "раз", status=422, headers=boris[Role.OPERATOR])
    assert refused["code"] == "client_id_reused"


async def test_the_same_note_many_times_at_once_is_one(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]

    notes = await asyncio.gather(*(written(cabinet, dialog_id, "раз") for _ in range(8)))

    assert len({note["id"] for note in notes}) == 1
    async with cabinet.service.database.read() as session:
        assert len((await session.scalars(select(Note))).all()) == 1
