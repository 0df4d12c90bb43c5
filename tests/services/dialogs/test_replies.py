"""What a reply may be, and that the same one twice is one."""

import asyncio
from typing import Any

import pytest

from dialogs.messages.rules import storable, utf16_units
from shared.events.dialogs import ReplyRequested
from tests.services.dialogs.cabinet import Cabinet, open_cabinet


@pytest.fixture
async def dialog_id(cabinet: Cabinet) -> str:
    await cabinet.hear(cabinet.wrote(1))
    found: str = (await cabinet.only_dialog())["id"]
    return found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "message_empty"),
        (" \n\t ", "message_empty"),
        ("a" * 4097, "message_too_long"),
        ("😀" * 2049, "message_too_long"),
    ],
)
async def test_texts_the_messenger_would_not_take_are_refused(
    cabinet: Cabinet, dialog_id: str, text: str, code: str
) -> None:
    assert (await cabinet.reply(dialog_id, text, status=422))["code"] == code
    assert await cabinet.announced(ReplyRequested) == []


@pytest.mark.parametrize("text", ["😀" * 2048, " два  пробела ", "nul\0inside", "<script>"])
async def test_texts_are_kept_as_written(cabinet: Cabinet, dialog_id: str, text: str) -> None:
    message = await cabinet.reply(dialog_id, text)

    assert message["text"] == text.replace("\0", "\ufffd")
    assert (await cabinet.messages(dialog_id))[1]["text"] == message["text"]


@pytest.mark.parametrize(
    "document",
    [
        {"client_id": "", "text": "a"},
        {"client_id": "a" * 65, "text": "a"},
        {"client_id": "a"},
        {"client_id": "a", "text": "a", "attachments": ["photo1_2"]},
        {"client_id": "a", "text": "a", "state": "sent"},
    ],
)
async def test_other_bodies_are_refused(cabinet: Cabinet, dialog_id: str, document: Any) -> None:
    answer = await cabinet.call("POST", f"/{dialog_id}/messages", json=document, status=422)
    assert answer["code"] == "invalid_request"


async def test_lone_surrogates_are_refused(cabinet: Cabinet, dialog_id: str) -> None:
    body = rb'{"client_id": "a", "text": "half \ud800"}'
    answer = await cabinet.call("POST", f"/{dialog_id}/messages", content=body, status=422)
    assert answer["code"] == "invalid_request"


def test_what_cannot_be_stored_is_replaced() -> None:
    assert storable("a\0b\ud800c😀") == "a\ufffdb\ufffdc😀"
    assert utf16_units("a😀") == 3


async def test_the_same_client_id_is_the_same_message(cabinet: Cabinet, dialog_id: str) -> None:
    first = await cabinet.reply(dialog_id, "раз", client_id="id with any 🙂 sign")
    again = await cabinet.reply(dialog_id, "раз", client_id="id with any 🙂 sign")
    other = await cabinet.reply(dialog_id, "два", client_id="id with any 🙂 sign", status=422)

    assert again == first
    assert other["code"] == "client_id_reused"
    assert len(await cabinet.announced(ReplyRequested)) == 1


async def test_only_so_many_replies_may_wait(ready_url: str) -> None:
    async with open_cabinet(ready_url, waiting_replies_max=3) as cabinet:
        await cabinet.connect()
        await cabinet.hear(cabinet.wrote(1))
        dialog = await cabinet.only_dialog()
        replies = [await cabinet.reply(dialog["id"]) for _ in range(3)]
        assert (await cabinet.reply(dialog["id"], status=409))["code"] == "too_many_waiting"

        await cabinet.hear(cabinet.sent(replies[0]["id"], 2))

        await cabinet.reply(dialog["id"])


async def test_a_hundred_clicks_at_once_are_one_message(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()

    answers = await asyncio.gather(*(cabinet.reply(dialog["id"], client_id="x") for _ in range(100)))

    assert len({answer["id"] for answer in answers}) == 1
    assert len(await cabinet.messages(dialog["id"])) == 2
    assert len(await cabinet.announced(ReplyRequested)) == 1


async def test_replies_at_once_are_numbered_without_gaps(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()

    await asyncio.gather(*(cabinet.reply(dialog["id"], str(number)) for number in range(30)))

    requested = await cabinet.announced(ReplyRequested)
    assert sorted(request.number for request in requested) == list(range(1, 31))
    shown = [message["text"] for message in (await cabinet.messages(dialog["id"]))[1:]]
    assert shown == [request.text for request in sorted(requested, key=lambda request: request.number)]
