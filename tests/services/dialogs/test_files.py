"""Files of messages: shown when they are there, downloaded by their project, uploaded for replies."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from dialogs.errors import FileNotFound
from dialogs.files.actions import link_files, use_uploads
from dialogs.files.copies import learn_copies
from dialogs.files.queries import file_views
from dialogs.files.uploads import forget_unused
from dialogs.messages.outcomes import lock_dialogs
from dialogs.tables import Change, File, Message
from shared.events.accounts import ProjectDeleted
from shared.events.channel import AttachmentCopied
from shared.files.store import FileStore, incoming_key, one_chunk, preview_key
from tests.services.dialogs.cabinet import Cabinet, open_cabinet
from tests.support.waiting import wait_until


def picture(kind: str = "PNG", size: tuple[int, int] = (1600, 400), **options: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "green").save(written, kind, **options)
    return written.getvalue()


async def in_pieces(content: bytes, size: int = 60_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def store_of(cabinet: Cabinet) -> FileStore:
    store: FileStore = cabinet.service.api.state.files
    return store


def copied(cabinet: Cabinet, file_id: UUID, **said: Any) -> AttachmentCopied:
    values: dict[str, Any] = {
        "key": incoming_key(cabinet.project, file_id),
        "media_type": "image/png",
        "size_bytes": 5,
    }
    return AttachmentCopied(**cabinet.about(), file_id=file_id, **(values | said))


async def a_file(cabinet: Cabinet, content: bytes, media_type: str, name: str = "файл.bin") -> UUID:
    """Have a file of a customer in the project, as the gateway makes one."""
    file_id = uuid4()
    key = incoming_key(cabinet.project, file_id)
    await store_of(cabinet).put(key, one_chunk(content), bytes_max=10**8)
    await store_of(cabinet).put(preview_key(key), one_chunk(b"RIFFsmall"), bytes_max=10**8)
    said = {"media_type": media_type, "size_bytes": len(content), "preview_key": preview_key(key)}
    await cabinet.hear(copied(cabinet, file_id, name=name, **said))
    return file_id


async def get(cabinet: Cabinet, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return await cabinet.client.get(
        f"/api/v1/dialogs/files/{path}", headers={**cabinet.headers(), **(headers or {})}
    )


async def upload(cabinet: Cabinet, content: bytes, client_id: str = "one", **params: Any) -> httpx.Response:
    return await cabinet.client.post(
        "/api/v1/dialogs/files",
        params={"project_id": str(cabinet.project), "client_id": client_id, **params},
        content=in_pieces(content),
        headers={**cabinet.headers(), "Content-Length": str(len(content))},
    )


EVENTS = ["message", "link", "copied", "copied again", "failed late"]


async def test_a_copy_is_shown_whenever_it_comes(cabinet: Cabinet) -> None:
    for number, order in enumerate(list(itertools.permutations(EVENTS))[::7], start=1):
        await cabinet.hear(cabinet.wrote(number))
        message = (await cabinet.messages((await cabinet.only_dialog())["id"]))[-1]
        file_id = uuid4()
        link = {UUID(message["id"]): [file_id, file_id]}
        for step in order:
            if step == "link":
                async with cabinet.service.database.write() as session:
                    await link_files(session, cabinet.project, link)
            elif step == "failed late" and "copied" in order[: order.index(step)]:
                await cabinet.hear(copied(cabinet, file_id, key=None, problem="gone"))
            elif step.startswith("copied"):
                await cabinet.hear(copied(cabinet, file_id, preview_key="in/x.preview", width=3, height=4))

        async with cabinet.service.database.read() as session:
            view = (await file_views(session, [file_id]))[file_id]
            version = (await session.get_one(Message, UUID(message["id"]))).version
            told = await session.scalar(select(Change.body).order_by(Change.number.desc()))
        assert (view.state, view.problem, view.has_preview, view.width) == ("ready", None, True, 3), order
        link_was_first = order.index("link") < min(order.index("copied"), order.index("copied again"))
        assert version == message["version"] + (1 if link_was_first else 0), order
        assert f'"version":{version}'.encode() in (told or b"")


async def test_a_message_and_its_copy_at_one_moment_see_each_other(cabinet_on_postgresql: Cabinet) -> None:
    cabinet, database = cabinet_on_postgresql, cabinet_on_postgresql.service.database
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    message = (await cabinet.messages(dialog_id))[0]
    link_first, copy_first = uuid4(), uuid4()

    # The copy is told while the message that has it is not committed yet.
    async with database.write() as session:
        await link_files(session, cabinet.project, {UUID(message["id"]): [link_first]})
        telling = asyncio.create_task(cabinet.hear(copied(cabinet, link_first)))
        await asyncio.wait({telling}, timeout=0.5)
    await telling
    announced = (await cabinet.messages(dialog_id))[0]
    assert announced["version"] == message["version"] + 1

    # The message comes while the news of its copy is not committed yet.
    async def link() -> str:
        async with database.write() as session:
            await link_files(session, cabinet.project, {UUID(message["id"]): [copy_first]})
            return (await file_views(session, [copy_first]))[copy_first].state

    async with database.write() as session:
        await learn_copies(session, [copied(cabinet, copy_first)])
        linking = asyncio.create_task(link())
        await asyncio.wait({linking}, timeout=0.5)
    assert await linking == "ready"


async def test_a_copy_is_told_although_its_message_turned_out_to_be_another(
    cabinet_on_postgresql: Cabinet,
) -> None:
    cabinet, database = cabinet_on_postgresql, cabinet_on_postgresql.service.database
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = UUID((await cabinet.only_dialog())["id"])
    (message,) = await cabinet.messages(str(dialog_id))
    file_id = uuid4()
    async with database.write() as session:
        await link_files(session, cabinet.project, {UUID(message["id"]): [file_id]})

    async with database.write() as session:
        await lock_dialogs(session, [dialog_id])
        telling = asyncio.create_task(cabinet.hear(copied(cabinet, file_id)))
        await asyncio.wait({telling}, timeout=0.5)
        await session.execute(delete(Message).where(Message.id == UUID(message["id"])))
    await telling

    async with database.read() as session:
        assert (await file_views(session, [file_id]))[file_id].state == "ready"


async def test_files_are_streamed_whole_and_in_parts(cabinet: Cabinet) -> None:
    content = bytes(range(256)) * 4000
    file_id = await a_file(cabinet, content, "application/pdf", name="../../сче\u202eт\x00.pdf")

    whole = await get(cabinet, str(file_id))

    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-length"] == str(len(content))
    assert whole.headers["content-type"] == "application/pdf"
    assert whole.headers["content-disposition"] == "attachment; filename*=UTF-8''%D1%81%D1%87%D0%B5%D1%82.pdf"
    assert whole.headers["cache-control"] == "private, no-cache"
    for header, expected in {
        "bytes=0-0": (206, content[:1]),
        "bytes=1000-1999": (206, content[1000:2000]),
        "bytes=-10": (206, content[-10:]),
        f"bytes={len(content) - 5}-{len(content) * 2}": (206, content[-5:]),
        f"bytes={len(content)}-": (416, None),
        "bytes=5-2": (200, content),
        "bytes=0-1,5-6": (200, content),
        "lines=1-2": (200, content),
    }.items():
        answer = await get(cabinet, str(file_id), {"Range": header})
        assert answer.status_code == expected[0], header
        assert expected[1] is None or answer.content == expected[1], header
    part = await get(cabinet, str(file_id), {"Range": "bytes=10-19"})
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    stale = await get(cabinet, str(file_id), {"Range": "bytes=10-19", "If-Range": '"another"'})
    assert stale.status_code == 200
    same = await get(cabinet, str(file_id), {"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_nothing_active_is_shown_by_a_browser(cabinet: Cabinet) -> None:
    for media_type, shown, served in [
        ("image/png", "inline", "image/png"),
        ("audio/ogg", "inline", "audio/ogg"),
        ("application/pdf", "attachment", "application/pdf"),
        ("text/html", "attachment", "application/octet-stream"),
        ("image/svg+xml", "attachment", "application/octet-stream"),
        ("text/plain", "attachment", "text/plain; charset=utf-8"),
    ]:
        answer = await get(cabinet, str(await a_file(cabinet, b"<script>", media_type, name="x.html")))

        assert answer.headers["content-disposition"].split(";")[0] == shown
        assert answer.headers["content-type"] == served
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox; default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_others_find_no_file(cabinet: Cabinet) -> None:
    file_id = await a_file(cabinet, picture(), "image/png")
    waiting = uuid4()
    async with cabinet.service.database.write() as session:
        await link_files(session, cabinet.project, {uuid4(): [waiting]})
    stranger = cabinet.headers(uuid4(), projects=[uuid4()])

    assert (await get(cabinet, f"{file_id}/preview")).content == b"RIFFsmall"
    for path in (str(file_id), f"{file_id}/preview"):
        for headers in (stranger, {"Authorization": "Bearer x"}):
            assert (await get(cabinet, path, headers)).status_code in {401, 404}
        assert (await get(cabinet, path.replace(str(file_id), str(uuid4())))).status_code == 404
    assert (await get(cabinet, str(waiting))).status_code == 404
    await store_of(cabinet).delete(incoming_key(cabinet.project, file_id))
    assert (await get(cabinet, str(file_id))).json()["code"] == "file_not_found"


async def test_an_upload_is_known_by_its_bytes(cabinet: Cabinet) -> None:
    ogg = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(100)
    for number, (content, name, kind, media_type) in enumerate(
        [
            (picture(), "чек.exe.png", "photo", "image/png"),
            (picture("JPEG"), "", "photo", "image/jpeg"),
            (picture(size=(2100, 100)), "lång.png", "document", "image/png"),
            (picture("WEBP"), "a.webp", "document", "image/webp"),
            (ogg, "voice.txt", "voice", "audio/ogg"),
            (b"<html><script>", "фото.png", "document", "text/html"),
            ("привет".encode() * 9000, "a.txt", "document", "text/plain"),
        ]
    ):
        answer = await upload(cabinet, content, f"file-{number}", name=name)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert (told["kind"], told["media_type"], told["size_bytes"]) == (kind, media_type, len(content))
        assert told["has_preview"] is media_type.startswith("image/")
        assert (await get(cabinet, told["id"])).content == content
    as_it_is = await upload(cabinet, picture(), "as-it-is", as_document=True)
    assert as_it_is.json()["kind"] == "document"


async def test_the_same_upload_again_is_the_same_file(cabinet: Cabinet) -> None:
    first, *others = [await upload(cabinet, picture(), name="a.png") for _ in range(3)]

    assert {other.json()["id"] for other in others} == {first.json()["id"]}
    assert (await upload(cabinet, picture(), name="b.png")).json()["code"] == "client_id_reused"
    assert (await upload(cabinet, picture(size=(5, 5)), name="a.png")).json()["code"] == "client_id_reused"


async def test_what_the_messenger_would_not_take_is_refused_and_leaves_nothing(
    ready_url: str, tmp_path: Path
) -> None:
    files_url = (tmp_path / "files").as_uri()
    async with open_cabinet(ready_url, files_url=files_url, document_megabytes_max=1) as cabinet:
        refused = {
            "file_empty": await upload(cabinet, b"", "empty"),
            "file_type_refused": await upload(cabinet, b"MZ", "exe", name="setup.EXE"),
            "body_too_large": await upload(cabinet, b"x" * (10**6 + 1), "large"),
        }
        form = await cabinet.client.post(
            "/api/v1/dialogs/files",
            params={"project_id": str(cabinet.project), "client_id": "form"},
            files={"file": b"x"},
            headers=cabinet.headers(),
        )

        assert {code: answer.json()["code"] for code, answer in refused.items()} == {c: c for c in refused}
        assert form.json()["code"] == "raw_body_expected"
        assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
        async with cabinet.service.database.read() as session:
            assert (await session.scalars(select(File))).all() == []
        # Nothing is left in the way of the right file.
        assert (await upload(cabinet, b"y" * 10**6, "large")).status_code == 201


async def test_a_refused_upload_takes_nothing_from_the_same_one_that_is_ready(
    ready_url: str, tmp_path: Path
) -> None:
    files_url = (tmp_path / "files").as_uri()
    async with open_cabinet(ready_url, files_url=files_url, document_megabytes_max=1) as cabinet:
        begun, may_go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            begun.set()
            await may_go_on.wait()
            yield b"x" * (10**6 + 1)

        path, params = "/api/v1/dialogs/files", {"project_id": str(cabinet.project), "client_id": "one"}
        headers = cabinet.headers()
        call = cabinet.client.post(path, params=params, content=slow(), headers=headers)
        too_large = asyncio.create_task(call)
        await begun.wait()
        ready = await upload(cabinet, b"y" * 100)
        may_go_on.set()

        assert (await too_large).json()["code"] == "body_too_large"
        assert (await get(cabinet, ready.json()["id"])).content == b"y" * 100


async def test_what_an_upload_calls_a_photo_a_reply_takes(ready_url: str) -> None:
    async with open_cabinet(ready_url, photo_megabytes_max=1) as cabinet:
        await cabinet.connect()
        await cabinet.hear(cabinet.wrote(1))
        dialog_id = (await cabinet.only_dialog())["id"]
        small = picture()
        for size, kind in ((10**6, "photo"), (10**6 + 1, "document")):
            file = (await upload(cabinet, small + bytes(size - len(small)), f"of {size}")).json()
            reply = {"client_id": f"of {size}", "text": "", "attachments": [file["id"]]}
            shown = await cabinet.call("POST", f"/{dialog_id}/messages", json=reply, status=202)
            assert [one["kind"] for one in shown["content"]["attachments"]] == [kind] == [file["kind"]]


async def test_unused_uploads_expire_and_used_ones_stay(cabinet: Cabinet) -> None:
    used, unused = [UUID((await upload(cabinet, picture(), name)).json()["id"]) for name in ("a", "b")]
    database = cabinet.service.database
    async with database.write() as session:
        taken = await use_uploads(session, cabinet.project, [used])
        assert [file.id for file in taken] == [used]
    for project, file_id in ((uuid4(), unused), (cabinet.project, uuid4())):
        with pytest.raises(FileNotFound):
            async with database.write() as session:
                await use_uploads(session, project, [file_id])
    async with database.write() as session:
        await session.execute(update(File).values(created_at=session.now - timedelta(hours=25)))

    while await forget_unused(database, store_of(cabinet), timedelta(hours=24)):
        pass

    assert (await get(cabinet, str(used))).status_code == 200
    assert (await get(cabinet, str(unused))).status_code == 404
    assert await store_of(cabinet).delete_all(f"out/{cabinet.project}/") is True
    async with database.read() as session:
        assert (await session.scalars(select(File.id))).all() == [used]


async def test_a_deleted_project_leaves_no_file(cabinet: Cabinet) -> None:
    await a_file(cabinet, picture(), "image/png")
    await upload(cabinet, picture())
    await cabinet.hear(ProjectDeleted(project_id=cabinet.project))

    async def is_empty() -> bool:
        async with cabinet.service.database.read() as session:
            return not (await session.scalars(select(File.id))).all()

    await wait_until(is_empty, describe="the files are forgotten")
    for prefix in ("in", "out"):
        assert await store_of(cabinet).delete_all(f"{prefix}/{cabinet.project}/") is False
    await cabinet.hear(copied(cabinet, uuid4()))
    assert await is_empty()
