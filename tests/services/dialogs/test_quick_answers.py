"""Quick answers: found by shortcut, with files that stay as long as one has them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from dialogs.files.actions import expire_uploads
from dialogs.tables import File
from tests.services.dialogs.cabinet import Cabinet
from tests.services.dialogs.streams import listening, serving


async def uploaded(cabinet: Cabinet) -> str:
    query = {"project_id": str(cabinet.project), "client_id": uuid4().hex, "name": "прайс.txt"}
    made = await cabinet.call("POST", "/files", params=query, content="цены".encode(), status=201)
    return str(made["id"])


async def made(
    cabinet: Cabinet, shortcut: str, text: str = "Здравствуйте!", *, status: int = 201, **more: Any
) -> Any:
    body = {"project_id": str(cabinet.project), "shortcut": shortcut, "text": text, **more}
    return await cabinet.call("POST", "/quick-answers", json=body, status=status)


async def expired(cabinet: Cabinet) -> set[str]:
    """Let a day pass for the uploads."""
    async with cabinet.service.database.write() as session:
        old = await expire_uploads(session, before=session.now + timedelta(days=1))
    return {str(file_id) for file_id, _ in old}


async def test_quick_answers_are_made_changed_listed_and_told(cabinet: Cabinet) -> None:
    async with (
        serving(cabinet) as address,
        listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream,
    ):
        hello = await made(cabinet, "Привет", "{{first_name}}, здравствуйте!", title="Приветствие")
        price = await made(cabinet, "цена", "", files=[await uploaded(cabinet)])
        assert (hello["shortcut"], hello["title"], hello["files"]) == ("привет", "Приветствие", [])
        assert [file["name"] for file in price["files"]] == ["прайс.txt"]
        refusals: list[tuple[Any, int, str]] = [
            (await made(cabinet, "ПРИВЕТ", status=409), 409, "shortcut_taken"),
            (await made(cabinet, "пусто", " ", status=422), 422, "message_empty"),
            (await made(cabinet, "файл", files=[str(uuid4())], status=404), 404, "file_not_found"),
            (await made(cabinet, "два слова", status=422), 422, "invalid_request"),
            (await made(cabinet, "я" * 33, status=422), 422, "invalid_request"),
        ]
        assert [one["code"] for one, _, _ in refusals] == [code for _, _, code in refusals]
        path = f"/quick-answers/{hello['id']}"
        refused = await cabinet.call("PATCH", path, json={"shortcut": "цена"}, status=409)
        assert refused["code"] == "shortcut_taken"
        changed = await cabinet.call("PATCH", path, json={"text": "Добрый день!"})
        assert (changed["title"], changed["text"]) == ("Приветствие", "Добрый день!")
        page = await cabinet.call("GET", f"/quick-answers?project_id={cabinet.project}")
        assert page["items"] == [changed, price]
        answer = await cabinet.client.delete(f"/api/v1/dialogs{path}", headers=cabinet.headers())
        assert answer.status_code == 204
        changes = await stream.heard(4)

    assert [one["kind"] for one in changes] == ["quick_answer_changed"] * 3 + ["quick_answer_deleted"]
    assert (changes[2]["quick_answer"], changes[3]["quick_answer_id"]) == (changed, hello["id"])


async def test_a_file_stays_as_long_as_a_quick_answer_or_a_message_has_it(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    shared, sent, dropped, unused = [await uploaded(cabinet) for _ in range(4)]
    one = await made(cabinet, "раз", files=[shared, sent, dropped])
    await made(cabinet, "два", files=[shared])
    body = {"client_id": "c", "text": "", "attachments": [sent]}
    await cabinet.call("POST", f"/{dialog_id}/messages", json=body, status=202)

    assert await expired(cabinet) == {unused}
    changed = await cabinet.call("PATCH", f"/quick-answers/{one['id']}", json={"files": [sent, shared]})
    assert [file["id"] for file in changed["files"]] == [sent, shared]
    assert await expired(cabinet) == {unused, dropped}
    await cabinet.client.delete(f"/api/v1/dialogs/quick-answers/{one['id']}", headers=cabinet.headers())
    assert await expired(cabinet) == {unused, dropped}
    async with cabinet.service.database.read() as session:
        kept = select(File.state).where(File.id.in_([UUID(shared), UUID(sent)]))
        assert set(await session.scalars(kept)) == {"ready"}
