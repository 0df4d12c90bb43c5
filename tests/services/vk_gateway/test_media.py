"""Files of VK become files of ours, whatever stands behind their links."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from shared.database.engine import Database
from shared.events.accounts import ProjectDeleted
from shared.events.channel import AttachmentCopied
from shared.runtime.world import World
from tests.services.vk_gateway.conftest import Emulator, Gateway, a_gateway
from tests.services.vk_gateway.hostile import HostileServer, hostile_server
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.media.actions import WantedCopy, claim_copies, want_copies, want_copy
from vk_gateway.tables import Media, MediaState

PROJECT, INTEGRATION = UUID(int=70), UUID(int=71)


@pytest.fixture
async def hostile() -> AsyncIterator[HostileServer]:
    async with hostile_server() as server:
        yield server


@pytest.fixture
async def copying(emulator: Emulator, hostile: HostileServer, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with a_gateway(
        f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db",
        emulator,
        TestKeys(),
        files_url=(tmp_path / "files").as_uri(),
        media_origins=f"{emulator.url}, {hostile.url}",
        media_bytes_max=2_000_000,
        media_seconds_max=2.0,
    ) as made:
        yield made


async def want(gateway: Gateway, url: str, kind: str = "photo", *, source: str = "") -> UUID:
    async with gateway.service.database.write() as session:
        return await want_copy(
            session,
            project_id=PROJECT,
            integration_id=INTEGRATION,
            source=source or url,
            url=url,
            name="имя.png",
            kind=kind,
        )


async def copied(gateway: Gateway, file_id: UUID) -> AttachmentCopied:
    async def told() -> AttachmentCopied | None:
        events = [event for event in await gateway.said(AttachmentCopied) if event.file_id == file_id]
        assert len(events) <= 1
        return events[0] if events else None

    return await wait_until(told, describe="the copy is settled")


def stored(tmp_path: Path) -> dict[str, bytes]:
    root = tmp_path / "files"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


SAMPLES = [
    ("/impg/sample/x.png?size=800x500&hue=20", "photo", "image/png", (800, 500)),
    ("/s/v1/amsg/sample.ogg", "voice", "audio/ogg", (None, None)),
    ("/doc1_2?hash=a&dl=sample&api=1", "document", "application/pdf", (None, None)),
]


async def test_samples_of_the_emulator_are_copied(copying: Gateway, tmp_path: Path) -> None:
    wanted = [await want(copying, copying.vk.url + path, kind) for path, kind, _, _ in SAMPLES]

    told = [await copied(copying, file_id) for file_id in wanted]

    expected = [(None, media_type, measures) for _, _, media_type, measures in SAMPLES]
    assert [(event.problem, event.media_type, (event.width, event.height)) for event in told] == expected
    files = stored(tmp_path)
    assert [event.key for event in told] == [f"in/{PROJECT}/{file_id}" for file_id in wanted]
    assert [event.size_bytes for event in told] == [len(files[event.key or ""]) for event in told]
    assert files[told[0].preview_key or ""][8:12] == b"WEBP"
    assert len(files) == len(SAMPLES) + 1, "only the picture has a preview"


TRICKS = {
    ("/to-metadata", "document"): "not_allowed",
    ("/to-inside", "document"): "not_allowed",
    ("/to-inside-by-name", "document"): "not_allowed",
    ("/to-file", "document"): "not_allowed",
    ("/round", "document"): "not_allowed",
    ("/endless", "document"): "too_large",
    ("/claims-much", "document"): "too_large",
    ("/html.png", "photo"): "unreadable",
    ("/picture.svg", "photo"): "unreadable",
    ("/good.png", "voice"): "unreadable",
    ("/empty", "document"): "unreadable",
    ("/nothing-here", "photo"): "gone",
}


async def test_what_hostile_servers_give_is_refused_and_leaves_nothing(
    copying: Gateway, hostile: HostileServer, tmp_path: Path
) -> None:
    wanted = {trick: await want(copying, hostile.url + trick[0], trick[1]) for trick in TRICKS}

    told = {trick: await copied(copying, file_id) for trick, file_id in wanted.items()}

    assert {trick: event.problem for trick, event in told.items()} == TRICKS
    assert {(event.key, event.preview_key) for event in told.values()} == {(None, None)}
    assert stored(tmp_path) == {}


async def test_odd_files_are_kept_and_never_shown_as_something_else(
    copying: Gateway, hostile: HostileServer
) -> None:
    kinds = {"/bomb.png": "photo", "/cut.png": "photo", "/picture.svg": "document", "/html.png": "document"}
    wanted = {path: await want(copying, hostile.url + path, kind) for path, kind in kinds.items()}

    told = {path: await copied(copying, file_id) for path, file_id in wanted.items()}

    assert {path: (event.problem, event.preview_key) for path, event in told.items()} == dict.fromkeys(
        kinds, (None, None)
    )
    assert told["/picture.svg"].media_type == "image/svg+xml"
    assert told["/html.png"].media_type == "text/html"


async def test_a_file_that_comes_too_slowly_is_tried_again_and_others_are_not_kept_waiting(
    copying: Gateway, hostile: HostileServer
) -> None:
    for number in range(8):
        await want(copying, f"{hostile.url}/drip", "document", source=f"drip-{number}")
    async with copying.service.database.write() as session:
        quick = await want_copies(
            session, [WantedCopy(PROJECT, UUID(int=72), "one", f"{hostile.url}/to-good", None, "photo")]
        )

    assert (await copied(copying, quick[0])).problem is None

    async def failed_once() -> bool:
        async with copying.service.database.read() as session:
            return bool(await session.scalar(select(func.max(Media.failures))))

    await wait_until(failed_once, describe="a slow one is put off")


async def test_a_file_is_copied_once_however_often_it_is_wanted(
    copying: Gateway, hostile: HostileServer
) -> None:
    hostile.failing["/good.png"] = 1
    again = [await want(copying, f"{hostile.url}/good.png", source="photo1_2") for _ in range(3)]

    told = await copied(copying, again[0])

    assert len(set(again)) == 1
    assert told.problem is None, "a server that fails once is asked again"
    assert hostile.asked.count("/good.png") == 2


async def test_a_fresh_link_brings_back_what_was_gone(copying: Gateway, hostile: HostileServer) -> None:
    file_id = await want(copying, f"{hostile.url}/expired", source="photo1_3")
    assert (await copied(copying, file_id)).problem == "gone"

    assert await want(copying, f"{hostile.url}/good.png", source="photo1_3") == file_id

    async def is_ready() -> bool:
        return any(e.file_id == file_id and e.key for e in await copying.said(AttachmentCopied))

    await wait_until(is_ready, describe="the file is copied after all")


async def test_an_expired_link_is_made_fresh_by_asking_vk_for_its_message(
    copying: Gateway, hostile: HostileServer
) -> None:
    linked = await copying.connect()
    # So that only our question brings the message.
    await copying.vk.fault(linked.community_id, "callback_lost")
    document = {"id": 7, "owner_id": 51, "title": "a.png", "ext": "png", "url": f"{hostile.url}/good.png"}
    attachments = [{"type": "doc", "doc": document}]
    written = await copying.vk.user_writes(linked.community_id, 51, "файл", attachments=attachments)
    wanted = [
        WantedCopy(
            linked.project_id,
            linked.integration_id,
            source,
            f"{hostile.url}/expired",
            None,
            "document",
            external_id="51",
            conversation_message_id=written["conversation_message_id"],
        )
        for source in ("doc51_7", "doc51_8")
    ]
    async with copying.service.database.write() as session:
        fresh, gone = await want_copies(session, wanted)

    assert (await copied(copying, fresh)).problem is None
    assert (await copied(copying, gone)).problem == "gone"
    assert hostile.asked.count("/expired") == 2


async def test_vk_in_trouble_is_no_reason_to_give_a_file_up(copying: Gateway, hostile: HostileServer) -> None:
    linked = await copying.connect()
    await copying.vk.fault(linked.community_id, "callback_lost")
    document = {"id": 9, "owner_id": 52, "title": "a.png", "ext": "png", "url": f"{hostile.url}/good.png"}
    attachments = [{"type": "doc", "doc": document}]
    written = await copying.vk.user_writes(linked.community_id, 52, "файл", attachments=attachments)
    asking = "messages.getByConversationMessageId"
    await copying.vk.fault(linked.community_id, "api_error", method=asking, code=10)
    async with copying.service.database.write() as session:
        file_id = await want_copy(
            session,
            project_id=linked.project_id,
            integration_id=linked.integration_id,
            source="doc52_9",
            url=f"{hostile.url}/expired",
            name=None,
            kind="document",
            external_id="52",
            conversation_message_id=written["conversation_message_id"],
        )

    async def waits_for_vk() -> bool:
        async with copying.service.database.read() as session:
            media = await session.get(Media, file_id)
            assert media is not None
            assert media.settled_at is None, media.problem
            return media.state is MediaState.STALE and media.next_attempt_at > session.now

    await wait_until(waits_for_vk, describe="it is tried again later")
    await copying.vk.mend(linked.community_id)
    async with copying.service.database.write() as session:
        await session.execute(update(Media).values(next_attempt_at=session.now))

    assert (await copied(copying, file_id)).problem is None


@pytest.mark.parametrize("url_fixture", ["sqlite_url", "postgres_database"])
async def test_replicas_never_claim_the_same_copy(
    url_fixture: str, request: pytest.FixtureRequest, emulator: Emulator
) -> None:
    url = request.getfixturevalue(url_fixture)
    async with a_gateway(url, emulator, TestKeys(), media_at_once=1) as gateway:
        await gateway.service.stop()
        databases = [Database(url, World()) for _ in range(3)]
        wanted = [
            WantedCopy(PROJECT, INTEGRATION, f"doc{n}", "https://x.example/", None, "document")
            for n in range(30)
        ]
        async with databases[0].write() as session:
            await want_copies(session, wanted)

        async def claim(database: Database) -> list[UUID]:
            taken = []
            for _ in range(5):
                async with database.write() as session:
                    taken += [c.file_id for c in await claim_copies(session, besides=[], limit=2)]
            return taken

        claims = await asyncio.gather(*(claim(database) for database in databases))

        everything = [file_id for taken in claims for file_id in taken]
        assert len(everything) == len(set(everything)) == 30
        for database in databases:
            await database.close()


async def test_a_broken_off_copy_is_made_anew_after_a_restart(
    emulator: Emulator, hostile: HostileServer, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    options = {"media_origins": hostile.url, "files_url": (tmp_path / "files").as_uri()}
    async with a_gateway(url, emulator, TestKeys(), **options) as first:
        file_id = await want(first, f"{hostile.url}/endless", "document", source="doc1")
        await wait_until(lambda: "/endless" in hostile.asked, describe="the copy has begun")
        async with first.service.database.write() as session:
            media = await session.get_one(Media, file_id)
            media.url = f"{hostile.url}/good.png"
    async with a_gateway(url, emulator, TestKeys(), **options) as second:
        assert (await copied(second, file_id)).problem is None


async def test_a_deleted_project_leaves_no_file(
    copying: Gateway, hostile: HostileServer, tmp_path: Path
) -> None:
    await copied(copying, await want(copying, f"{hostile.url}/good.png"))
    assert len(stored(tmp_path)) == 2

    await copying.hear(ProjectDeleted(project_id=PROJECT))

    await wait_until(lambda: stored(tmp_path) == {}, describe="the files are gone")
    await want(copying, f"{hostile.url}/good.png", source="late")
    hostile.asked.clear()
    await copied(copying, await _of_another_project(copying, hostile))
    assert hostile.asked == ["/cut.png"]


async def _of_another_project(gateway: Gateway, hostile: HostileServer) -> UUID:
    wanted = WantedCopy(UUID(int=9), UUID(int=72), "one", f"{hostile.url}/cut.png", None, "photo")
    async with gateway.service.database.write() as session:
        return (await want_copies(session, [wanted]))[0]
