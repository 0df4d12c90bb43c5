"""Everything people send: from VK's events to ours, through a real VK emulator."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from shared.events.channel import ContactUpdated, MessageEdited, MessageReceived, StaffReplied
from shared.events.content import EMPTY, Attachment, Included
from tests.services.vk_gateway.conftest import Emulator, Gateway, a_gateway
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.tables import RawUpdate

KINDS = {
    "photo": "photo",
    "doc": "document",
    "audio_message": "voice",
    "sticker": "sticker",
    "video": "video",
    "link": "link",
    "wall": "post",
    "market": "product",
    "graffiti": "graffiti",
    "gift": "gift",
    "poll": "poll",
    "story": "story",
    "call": "call",
    "audio": "audio",
    "wall_reply": "comment",
    "unknown": "unsupported",
}
WITHOUT_FILE = {"poll", "call", "audio", "wall_reply", "unknown"}


@pytest.fixture
async def brief(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that gives up soon what VK does not give."""
    database_url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(database_url, emulator, TestKeys(), whole_seconds=1.5) as made:
        yield made


async def test_every_kind_of_attachment_is_told_as_what_it_is(gateway: Gateway) -> None:
    linked = await gateway.connect()
    for user, sample in enumerate(KINDS, start=1000):
        await gateway.vk.user_writes(linked.community_id, user, "", sample=sample)

    events = {int(event.external_id): event for event in await gateway.says(MessageReceived, len(KINDS))}

    told: dict[str, Attachment] = {}
    for user, sample in enumerate(KINDS, start=1000):
        (told[sample],) = events[user].content.attachments
        assert told[sample].kind == KINDS[sample]
        assert (told[sample].file_id is None) == (sample in WITHOUT_FILE), sample
        assert events[user].unsupported == (sample == "unknown")
    assert told["unknown"].original == "hologram"
    assert (told["photo"].width, told["photo"].height) == (1600, 1200)
    assert told["doc"].title == "накладная.pdf"
    assert told["audio_message"].text == "подскажите когда доставка"
    assert len(told["audio_message"].waveform) == 64
    assert (told["market"].title, told["market"].price) == ("Набор «Журавль»", "1 490 ₽")
    assert told["poll"].options == ("Синий", "Белый")
    assert told["wall"].url == f"https://vk.ru/wall-{linked.community_id}_310"
    assert told["wall_reply"].url == f"https://vk.ru/wall-{linked.community_id}_310?reply=12"
    assert told["audio"].title == "Ансамбль — Вальс"
    assert told["call"].text == "canceled_by_receiver"


async def test_the_same_file_is_copied_once_however_often_it_is_sent(gateway: Gateway) -> None:
    """A30: a file is known by VK's own name of it, not by an address that changes."""
    linked = await gateway.connect()
    written = await gateway.vk.user_writes(linked.community_id, 1100, "", sample="photo")
    number = written["conversation_message_id"]

    await gateway.vk.user_writes(linked.community_id, 1100, "ещё раз", forward=[number])

    first, second = await gateway.says(MessageReceived, 2)
    (photo,) = first.content.attachments
    assert second.content.forwarded[0].attachments == (photo,)


async def test_quotes_forwards_places_and_links_come_along(gateway: Gateway) -> None:
    linked = await gateway.connect()
    vk, community = gateway.vk, linked.community_id
    await vk.user_writes(community, 1200, "первое", sample=["photo", "doc"])
    (person,) = await gateway.says(ContactUpdated)
    path = f"/communities/{community}/admins/90412/replies"
    await vk.call("POST", path, json={"user_id": 1200, "text": "Добрый день!"})
    deepest: dict[str, Any] = {"date": 1_795_300_000, "from_id": 64400871, "text": "Код CRANE15"}
    strange = {"from_id": -7, "text": "от сообщества", "fwd_messages": [deepest], "attachments": None}

    await vk.user_writes(
        community,
        1200,
        "[id73125540|Марина], вот",
        reply_to=2,
        forward=[1, strange],
        geo={"latitude": 59.93, "longitude": 30.31, "title": "Летний сад"},
        payload='{"command":"start"}',
        ref="site_footer",
        ref_source="autumn26",
    )

    last = max(await gateway.says(MessageReceived, 2), key=lambda event: event.conversation_message_id)
    content = last.content
    assert last.text == "Марина, вот"
    assert content.quoted is not None
    assert content.quoted.author_external_id == f"-{community}"
    assert (content.quoted.text, content.quoted.conversation_message_id) == ("Добрый день!", 2)
    first, second = content.forwarded
    assert [attachment.kind for attachment in first.attachments] == ["photo", "document"]
    assert (first.author_external_id, first.author_name) == ("1200", person.name)
    assert (second.author_external_id, second.text) == ("-7", "от сообщества")
    assert second.forwarded[0].text == "Код CRANE15"
    assert content.location is not None
    assert (content.location.latitude, content.location.title) == (59.93, "Летний сад")
    assert (content.payload, content.ref, content.ref_source) == (
        '{"command":"start"}',
        "site_footer",
        "autumn26",
    )
    (answer,) = await gateway.says(StaffReplied)
    assert answer.content == EMPTY


@pytest.mark.parametrize("fault", ["escape_entities", "message_new_bare", "extra_keys", "unknown_event"])
async def test_a_message_is_the_same_in_every_dress_vk_gives_it(gateway: Gateway, fault: str) -> None:
    """A24: both shapes of message_new, unknown fields and events, and texts with or without entities."""
    linked = await gateway.connect()
    text = 'a<b & "c" &amp;' if fault != "escape_entities" else 'a<b & "c"'
    await gateway.vk.fault(linked.community_id, fault)

    await gateway.vk.user_writes(linked.community_id, 1300, text, sample="photo")

    (event,) = await gateway.says(MessageReceived)
    assert event.text == text
    assert [attachment.kind for attachment in event.content.attachments] == ["photo"]


async def test_a_cropped_message_is_fetched_whole_and_told_once(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.fault(linked.community_id, "message_cropped", units=10, attachments=1)
    text = "очень длинное сообщение " * 10
    await gateway.vk.fault(
        linked.community_id, "api_error", code=10, method="messages.getByConversationMessageId", times=1
    )

    await gateway.vk.user_writes(linked.community_id, 1400, text, sample=["photo", "doc", "poll"])

    (event,) = await gateway.says(MessageReceived)
    assert event.text == text
    assert [attachment.kind for attachment in event.content.attachments] == ["photo", "document", "poll"]
    assert not event.content.is_cut


async def test_what_vk_does_not_give_whole_is_told_as_it_came(brief: Gateway) -> None:
    linked = await brief.connect()
    await brief.vk.fault(linked.community_id, "message_cropped", units=10)
    refused = {"code": 10, "method": "messages.getByConversationMessageId"}
    await brief.vk.fault(linked.community_id, "api_error", **refused)

    await brief.vk.user_writes(linked.community_id, 1500, "очень длинное сообщение")

    (event,) = await brief.says(MessageReceived)
    assert event.text == "очень длин"
    assert event.content.is_cut


async def test_edits_come_whole_and_in_the_order_of_vks_versions(gateway: Gateway) -> None:
    """A4, A5: each says when it was made, also two within one second."""
    linked = await gateway.connect()
    vk, community = gateway.vk, linked.community_id
    await vk.user_writes(community, 1600, "Заказ 1187")
    path = f"/communities/{community}/users/1600/messages/1/edit"
    await vk.call("POST", path, json={"text": "Заказ 1178", "sample": "photo"})
    await vk.call("POST", path, json={"text": "Заказ 1179"})

    edits = await gateway.says(MessageEdited, 2)

    assert all(edit.by_customer and edit.conversation_message_id == 1 for edit in edits)
    last = max(edits, key=lambda edit: edit.edited_at)
    assert last.text == "Заказ 1179"
    assert len({edit.edited_at for edit in edits}) == 2
    first = next(edit for edit in edits if edit is not last)
    assert [attachment.kind for attachment in first.content.attachments] == ["photo"]


async def test_an_edit_of_a_cropped_answer_in_vk_is_told_whole_with_its_author(gateway: Gateway) -> None:
    linked = await gateway.connect()
    vk, community = gateway.vk, linked.community_id
    await vk.user_writes(community, 1700, "Вы тут?")
    await gateway.says(MessageReceived)
    await vk.fault(community, "message_cropped", units=5)

    answer = {"user_id": 1700, "text": "Да, мы здесь"}
    await vk.call("POST", f"/communities/{community}/admins/90412/replies", json=answer)

    (event,) = await gateway.says(StaffReplied)
    assert (event.text, event.author_external_id) == ("Да, мы здесь", "90412")


async def test_forwards_without_end_cost_only_themselves(gateway: Gateway) -> None:
    """Deeper than VK allows, and more than an event carries: the rest is counted."""
    linked = await gateway.connect()
    deep: dict[str, Any] = {"from_id": 5, "text": "дно"}
    for _ in range(60):
        deep = {"from_id": 5, "text": "глубже", "fwd_messages": [deep]}
    wide = [{"from_id": 6, "text": "ш" * 4000} for _ in range(99)]

    await gateway.vk.user_writes(linked.community_id, 1800, "смотрите", forward=[deep, *wide])

    (event,) = await gateway.says(MessageReceived)
    assert event.text == "смотрите"
    told = sum(map(_count, event.content.forwarded))
    left_out = event.content.left_out + sum(map(_left_out, event.content.forwarded))
    assert told + left_out == 61 + 99
    assert 45 < told < 99


def _count(included: Included) -> int:
    return 1 + sum(map(_count, included.forwarded))


def _left_out(included: Included) -> int:
    return included.left_out + sum(map(_left_out, included.forwarded))


async def test_what_an_earlier_version_kept_is_told_with_its_content(gateway: Gateway) -> None:
    linked = await gateway.connect()
    vk, community = gateway.vk, linked.community_id
    await vk.user_writes(community, 1900, "фото", sample="photo")
    await vk.call("POST", f"/communities/{community}/users/1900/messages/1/edit", json={"text": "снимок"})
    await gateway.says(MessageEdited)

    async with gateway.service.database.write() as session:
        await session.execute(
            update(RawUpdate).where(RawUpdate.kind == "message_new").values(outcome="partial")
        )
        await session.execute(
            update(RawUpdate).where(RawUpdate.kind == "message_edit").values(outcome="stored")
        )

    edits = await gateway.says(MessageEdited, 2)
    again = await gateway.says(MessageReceived, 2)
    assert again[0] == again[1]
    assert edits[0] == edits[1]

    async def nothing_left() -> bool:
        async with gateway.service.database.read() as session:
            kept = select(func.count()).where(RawUpdate.outcome.in_(["stored", "partial"]))
            return (await session.execute(kept)).scalar_one() == 0

    await wait_until(nothing_left, describe="nothing is kept for later")
