"""Replies with a quote and with files: uploaded once, sent once, and what VK dropped is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from shared.events.channel import AccountChecked, ReplyFailed, ReplySent
from shared.events.dialogs import OutgoingFile, OutgoingKind
from shared.files.store import FileStore, one_chunk, open_files, outgoing_key
from tests.services.vk_gateway.conftest import Gateway, Linked, a_gateway, deleted
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_emulator.sample_files import ogg, pdf, png
from vk_gateway.connections.tidying import Tidying
from vk_gateway.tables import Community, LinkState, Outgoing, OutgoingPart

BYTES_MAX = 10_000_000
CONTENTS = {
    OutgoingKind.PHOTO: ('снимок "1".png', "image/png", png(40, 30, 90)),
    OutgoingKind.DOCUMENT: ("счёт №5.pdf", "application/pdf", pdf()),
    OutgoingKind.VOICE: ("voice.ogg", "audio/ogg", ogg(2)),
}


@pytest.fixture
async def gateway(emulator: Any, tmp_path: Path) -> AsyncIterator[Gateway]:
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(url, emulator, TestKeys(), files_url=(tmp_path / "files").as_uri()) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return open_files((tmp_path / "files").as_uri())


async def kept(
    gateway: Gateway, store: FileStore, linked: Linked, *kinds: OutgoingKind
) -> list[OutgoingFile]:
    """What dialogs has taken from an operator."""
    files = []
    for kind in kinds:
        name, media_type, content = CONTENTS[kind]
        file_id = gateway.world.new_id()
        key = outgoing_key(linked.project_id, file_id)
        await store.put(key, one_chunk(content), bytes_max=BYTES_MAX)
        files.append(
            OutgoingFile(
                file_id=file_id,
                kind=kind,
                key=key,
                name=name,
                media_type=media_type,
                size_bytes=len(content),
            )
        )
    return files


async def last(gateway: Gateway, linked: Linked, user: int) -> dict[str, Any]:
    return (await gateway.vk.ledger(linked.community_id, user))[-1]


async def connected(gateway: Gateway, user: int) -> tuple[Linked, int]:
    linked = await gateway.connect()
    written = await gateway.vk.user_writes(linked.community_id, user, "Пришлите счёт")
    return linked, written["conversation_message_id"]


async def uploads_asked(gateway: Gateway, linked: Linked) -> int:
    items = (await gateway.vk.call("GET", f"/communities/{linked.community_id}/calls"))["items"]
    return sum(item["count"] for item in items if item["method"].endswith("getMessagesUploadServer"))


async def test_a_quote_and_files_of_each_kind_arrive_in_vk(gateway: Gateway, store: FileStore) -> None:
    linked, quoted = await connected(gateway, 8000)
    files = await kept(gateway, store, linked, *CONTENTS)

    await gateway.reply(linked, 8000, "вот", quoted_number=quoted, files=files)
    await gateway.reply(linked, 8000, "что-нибудь ещё?")

    first, _ = sorted(await gateway.says(ReplySent, 2), key=lambda event: event.conversation_message_id)
    ledger = await gateway.vk.ledger(linked.community_id, 8000)
    assert [message["text"] for message in ledger] == ["Пришлите счёт", "вот", "что-нибудь ещё?"]
    assert [each["type"] for each in ledger[1]["attachments"]] == ["photo", "doc", "audio_message"]
    assert ledger[1]["attachments"][1]["doc"]["title"] == "счёт №5.pdf"
    assert ledger[1]["attachments"][1]["doc"]["size"] == len(pdf())
    assert ledger[1]["reply_message"]["conversation_message_id"] == quoted
    assert first.dropped == ()


async def test_a_send_that_fails_uploads_nothing_again(gateway: Gateway, store: FileStore) -> None:
    """B15: what VK has been given is remembered before the send."""
    linked, _ = await connected(gateway, 8001)
    files = await kept(gateway, store, linked, OutgoingKind.PHOTO, OutgoingKind.DOCUMENT)
    for code in (10, 6):
        await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=code, times=1)
    lost = {"method": "messages.send", "when": "after", "seconds": 0, "times": 1}
    await gateway.vk.fault(linked.community_id, "api_timeout", **lost)

    await gateway.reply(linked, 8001, "вот", files=files)

    await gateway.says(ReplySent)
    assert len(await gateway.vk.sent(linked.community_id, 8001)) == 1
    assert len((await last(gateway, linked, 8001))["attachments"]) == 2
    assert await uploads_asked(gateway, linked) == 2


async def test_what_vk_dropped_without_a_word_is_told(gateway: Gateway, store: FileStore) -> None:
    linked, _ = await connected(gateway, 8002)
    files = await kept(gateway, store, linked, OutgoingKind.PHOTO, OutgoingKind.DOCUMENT)
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=29, times=1)
    await gateway.reply(linked, 8002, "вот", files=files)

    async def uploaded() -> bool:
        async with gateway.service.database.read() as session:
            references = (await session.scalars(select(OutgoingPart.reference))).all()
        return len(references) == 2 and all(references)

    await wait_until(uploaded, describe="the files are with VK")
    async with gateway.service.database.write() as session:
        dead = update(OutgoingPart).where(OutgoingPart.position == 0)
        await session.execute(dead.values(reference="photo-1_457239999_0a1b2c"))

    (sent,) = await gateway.says(ReplySent)
    assert sent.dropped == (0,)


async def test_documents_switched_off_fail_that_reply_in_words(gateway: Gateway, store: FileStore) -> None:
    linked, _ = await connected(gateway, 8003)
    settings = f"/communities/{linked.community_id}/settings"
    await gateway.vk.call("POST", settings, json={"docs_enabled": False})
    files = await kept(gateway, store, linked, OutgoingKind.DOCUMENT)

    await gateway.reply(linked, 8003, "вот", files=files)
    await gateway.reply(linked, 8003, "без файла")

    (failed,) = await gateway.says(ReplyFailed)
    await gateway.says(ReplySent)
    assert failed.reason == "documents_are_off"
    assert await gateway.vk.sent(linked.community_id, 8003) == ["без файла"]
    checked = await gateway.says(AccountChecked)
    assert checked[-1].warnings == ("documents_are_off",)

    await gateway.vk.call("POST", settings, json={"docs_enabled": True})
    checked = await gateway.says(AccountChecked, len(checked) + 1)
    assert (checked[-1].problem, checked[-1].warnings) == (None, ())


async def test_an_upload_server_in_trouble_is_asked_again(gateway: Gateway, store: FileStore) -> None:
    linked, _ = await connected(gateway, 8004)
    await gateway.vk.fault(linked.community_id, "upload_error", times=1)
    files = await kept(gateway, store, linked, OutgoingKind.PHOTO)

    await gateway.reply(linked, 8004, "вот", files=files)

    await gateway.says(ReplySent)
    assert len((await last(gateway, linked, 8004))["attachments"]) == 1


@pytest.mark.parametrize(("is_there", "reason"), [(False, "file_is_gone"), (True, "file_not_taken")])
async def test_a_file_that_cannot_go_fails_its_reply(
    gateway: Gateway, store: FileStore, is_there: bool, reason: str
) -> None:
    linked, _ = await connected(gateway, 8005)
    (file,) = await kept(gateway, store, linked, OutgoingKind.PHOTO)
    await store.delete(file.key)
    if is_there:
        await store.put(file.key, one_chunk(b"no picture at all"), bytes_max=BYTES_MAX)

    await gateway.reply(linked, 8005, "вот", files=[file])

    (failed,) = await gateway.says(ReplyFailed)
    assert failed.reason == reason
    assert await gateway.vk.sent(linked.community_id, 8005) == []


async def test_a_quote_of_what_is_gone_fails_with_its_reason(gateway: Gateway) -> None:
    linked, _ = await connected(gateway, 8006)

    await gateway.reply(linked, 8006, "вы писали", quoted_number=77)

    (failed,) = await gateway.says(ReplyFailed)
    assert failed.reason == "quoted_message_is_gone"


async def test_a_crash_before_the_look_at_the_files_is_made_up_for(
    gateway: Gateway, store: FileStore
) -> None:
    """The reply is in VK and committed as such; its news wait for the look, which a restart repeats."""
    linked, _ = await connected(gateway, 8007)
    files = await kept(gateway, store, linked, OutgoingKind.PHOTO)
    looking = "messages.getByConversationMessageId"
    await gateway.vk.fault(linked.community_id, "api_timeout", method=looking, when="before", seconds=0)
    await gateway.reply(linked, 8007, "вот", files=files)

    async def is_in_vk() -> bool:
        async with gateway.service.database.read() as session:
            return (await session.scalars(select(Outgoing.sent_at))).one() is not None

    await wait_until(is_in_vk, describe="VK has it")
    assert await gateway.said(ReplySent) == []
    await gateway.vk.mend(linked.community_id)

    (sent,) = await gateway.says(ReplySent)
    assert sent.dropped == ()


async def test_a_reply_in_vk_is_told_of_though_its_community_went_before_the_look(
    gateway: Gateway, store: FileStore
) -> None:
    linked, _ = await connected(gateway, 8008)
    files = await kept(gateway, store, linked, OutgoingKind.PHOTO)
    looking = "messages.getByConversationMessageId"
    await gateway.vk.fault(linked.community_id, "api_timeout", method=looking, when="before", seconds=0)
    request = await gateway.reply(linked, 8008, "вот", files=files)

    async def is_in_vk() -> bool:
        async with gateway.service.database.read() as session:
            return (await session.scalars(select(Outgoing.sent_at))).one() is not None

    await wait_until(is_in_vk, describe="VK has it")
    await gateway.hear(deleted(linked))

    async def is_gone() -> bool:
        async with gateway.service.database.read() as session:
            return (await session.scalars(select(Community.link_state))).one() is LinkState.GONE

    await wait_until(is_gone, describe="VK is left alone")
    async with gateway.service.database.write() as session:
        await session.execute(update(Outgoing).values(settled_at=session.now - timedelta(minutes=5)))

    for _ in range(2):
        await Tidying(gateway.service.database).step()

    (sent,) = await gateway.said(ReplySent)
    assert sent.reply_id == request.reply_id
