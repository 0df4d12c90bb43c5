"""Replies with a quote and with files: what is refused before it is accepted, and what goes out."""

import itertools
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete

from dialogs.states import Direction, FileState
from dialogs.tables import File
from shared.events.dialogs import ReplyRequested
from tests.services.dialogs.cabinet import Cabinet, moment

_numbers = itertools.count()


async def uploaded(cabinet: Cabinet, kind: str | None = "photo", **more: Any) -> str:
    """A file as an upload leaves it."""
    file_id = uuid4()
    facts: dict[str, Any] = {
        "id": file_id,
        "project_id": cabinet.project,
        "direction": Direction.OUT,
        "state": FileState.READY,
        "kind": kind,
        "media_type": "image/png",
        "name": f"файл {next(_numbers)}.png",
        "size_bytes": 1000,
        "width": 10,
        "height": 20,
        "key": f"out/{cabinet.project}/{file_id}",
        "created_at": moment(0),
    }
    async with cabinet.service.database.write() as session:
        session.add(File(**(facts | more)))
    return str(file_id)


@pytest.fixture
async def dialog_id(cabinet: Cabinet) -> str:
    await cabinet.hear(cabinet.wrote(1, "Сколько стоит?"))
    found: str = (await cabinet.only_dialog())["id"]
    return found


async def _reply(cabinet: Cabinet, dialog_id: str, status: int = 202, **body: Any) -> Any:
    document = {"client_id": f"f{next(_numbers)}", "text": "", **body}
    return await cabinet.call("POST", f"/{dialog_id}/messages", json=document, status=status)


async def test_a_quote_and_files_go_out_with_the_reply(cabinet: Cabinet, dialog_id: str) -> None:
    (question,) = await cabinet.messages(dialog_id)
    photo, paper = await uploaded(cabinet), await uploaded(cabinet, None, name="счёт.pdf")

    reply = await _reply(
        cabinet, dialog_id, text="Вот", quoted_message_id=question["id"], attachments=[photo, paper]
    )

    (asked,) = await cabinet.announced(ReplyRequested)
    assert asked.quoted_number == 1
    assert [(str(file.file_id), file.kind) for file in asked.files] == [
        (photo, "photo"),
        (paper, "document"),
    ]
    assert asked.files[1].key == f"out/{cabinet.project}/{paper}"
    assert (asked.files[1].name, asked.files[1].size_bytes) == ("счёт.pdf", 1000)
    assert reply["content"]["quoted"]["text"] == "Сколько стоит?"
    assert reply["content"]["quoted"]["message_id"] == question["id"]
    shown = (await cabinet.messages(dialog_id))[-1]
    assert shown == reply
    assert [(one["kind"], one["file"]["id"]) for one in shown["content"]["attachments"]] == [
        ("photo", photo),
        ("document", paper),
    ]


async def test_a_retry_sends_the_same_again(cabinet: Cabinet, dialog_id: str) -> None:
    (question,) = await cabinet.messages(dialog_id)
    photo = await uploaded(cabinet)
    reply = await _reply(cabinet, dialog_id, quoted_message_id=question["id"], attachments=[photo])
    await cabinet.hear(cabinet.failed(reply["id"]))
    retry = f"/{dialog_id}/messages/{reply['id']}/retry"

    await cabinet.call("POST", retry, status=202)

    first, second = await cabinet.announced(ReplyRequested)
    assert (second.files, second.quoted_number, second.attempt) == (first.files, 1, 2)
    await cabinet.hear(cabinet.failed(reply["id"], attempt=2))
    async with cabinet.service.database.write() as session:
        await session.execute(delete(File).where(File.id == UUID(photo)))
    assert (await cabinet.call("POST", retry, status=404))["code"] == "file_not_found"


async def test_the_same_client_id_covers_quote_and_files(cabinet: Cabinet, dialog_id: str) -> None:
    (question,) = await cabinet.messages(dialog_id)
    one, other = await uploaded(cabinet), await uploaded(cabinet)
    whole: Any = {"client_id": "a", "text": "a", "quoted_message_id": question["id"], "attachments": [one]}

    first = await _reply(cabinet, dialog_id, **whole)
    assert await _reply(cabinet, dialog_id, **whole) == first
    changes: list[dict[str, Any]] = [
        {"quoted_message_id": None},
        {"attachments": []},
        {"attachments": [one, other]},
    ]
    for change in changes:
        refused = await _reply(cabinet, dialog_id, 422, **(whole | change))
        assert refused["code"] == "client_id_reused"
    assert len(await cabinet.announced(ReplyRequested)) == 1


async def test_what_cannot_go_out_is_refused_before_it_is_accepted(cabinet: Cabinet, dialog_id: str) -> None:
    photo, voice = await uploaded(cabinet), await uploaded(cabinet, "voice")
    refusals: list[tuple[list[str], int, str]] = [
        ([str(uuid4())], 404, "file_not_found"),
        ([await uploaded(cabinet, project_id=uuid4())], 404, "file_not_found"),
        ([await uploaded(cabinet, direction=Direction.IN)], 404, "file_not_found"),
        ([photo, await uploaded(cabinet, state=FileState.COPYING, key=None)], 409, "file_not_ready"),
        ([await uploaded(cabinet, state=FileState.FAILED, key=None)], 409, "file_not_ready"),
        ([await uploaded(cabinet) for _ in range(11)], 422, "too_many_attachments"),
        ([voice, photo], 422, "attachments_do_not_mix"),
        ([await uploaded(cabinet, size_bytes=50_000_001)], 422, "attachment_too_large"),
        ([await uploaded(cabinet, "document", size_bytes=200_000_001)], 422, "attachment_too_large"),
        ([], 422, "message_empty"),
    ]
    for attachments, status, code in refusals:
        assert (await _reply(cabinet, dialog_id, status, attachments=attachments))["code"] == code
    assert await cabinet.announced(ReplyRequested) == []
    assert len(await cabinet.messages(dialog_id)) == 1
    await _reply(cabinet, dialog_id, attachments=[voice])
    await _reply(cabinet, dialog_id, attachments=[await uploaded(cabinet) for _ in range(10)])


async def test_only_what_the_messenger_has_of_this_dialog_is_quoted(cabinet: Cabinet, dialog_id: str) -> None:
    await cabinet.hear(cabinet.wrote(1, user="502"))
    others = next(one["id"] for one in await cabinet.tab("new") if one["id"] != dialog_id)
    (foreign,) = await cabinet.messages(others)
    waiting = await _reply(cabinet, dialog_id, text="раз")
    for quoted, status, code in (
        (foreign["id"], 404, "quoted_message_not_found"),
        (str(uuid4()), 404, "quoted_message_not_found"),
        (waiting["id"], 409, "quoted_message_not_sent"),
    ):
        assert (await _reply(cabinet, dialog_id, status, text="a", quoted_message_id=quoted))["code"] == code


async def test_a_file_alone_can_lose_its_caption_and_a_text_cannot(cabinet: Cabinet, dialog_id: str) -> None:
    with_file = await _reply(cabinet, dialog_id, text="Подпись", attachments=[await uploaded(cabinet)])
    text = await _reply(cabinet, dialog_id, text="Подпись")
    await cabinet.hear(cabinet.sent(with_file["id"], 2), cabinet.sent(text["id"], 3))

    edited = await cabinet.call(
        "PATCH", f"/{dialog_id}/messages/{with_file['id']}", json={"text": ""}, status=202
    )
    assert edited["change"]["text"] == ""
    refused = await cabinet.call(
        "PATCH", f"/{dialog_id}/messages/{text['id']}", json={"text": ""}, status=422
    )
    assert refused["code"] == "message_empty"
