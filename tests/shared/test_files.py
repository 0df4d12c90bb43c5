"""The file store, what files are, and their previews."""

import asyncio
import os
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from shared.files.chunks import FileMissing, FileTooLarge
from shared.files.media_types import INLINE_TYPES, media_type_of
from shared.files.previews import Picture, Previews
from shared.files.store import FileStore, WrongKey, incoming_key, one_chunk, open_files, prefixes_of


class BrokenOff(Exception):
    """The other side went away."""


async def pieces(*sizes: int, broken: bool = False) -> AsyncIterator[bytes]:
    for size in sizes:
        yield os.urandom(size)
    if broken:
        raise BrokenOff


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    return open_files((tmp_path / "files").as_uri() if request.param == "folder" else "memory:///")


async def read(store: FileStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    until = await store.size(key) if end is None else end
    return b"".join([chunk async for chunk in store.read(key, start=start, end=until)])


async def test_a_file_is_whole_or_not_there(store: FileStore) -> None:
    project, (first, second) = uuid4(), (uuid4(), uuid4())
    key, other = incoming_key(project, first), incoming_key(project, second)

    stored = await store.put(key, pieces(1, 0, 300_000, 9_000_000), bytes_max=10**7)
    whole = await read(store, key)
    assert (stored.size_bytes, stored.head) == (len(whole), whole[: 16 * 1024])
    assert await read(store, key, 299_000, 310_000) == whole[299_000:310_000]
    async with store.at_hand(key) as path:
        assert path.read_bytes() == whole

    with pytest.raises(FileTooLarge):
        await store.put(other, pieces(600_000, 600_000), bytes_max=10**6)
    with pytest.raises(BrokenOff):
        await store.put(other, pieces(600_000, broken=True), bytes_max=10**6)
    with pytest.raises(FileMissing):
        await read(store, other)
    with pytest.raises(BrokenOff):
        await store.put(key, pieces(600_000, broken=True), bytes_max=10**7)
    assert await read(store, key) == whole, "what was there stays until the new one is whole"
    await store.put(key, one_chunk(b""), bytes_max=1)
    assert await read(store, key) == b""


async def test_files_of_a_project_go_and_others_stay(store: FileStore) -> None:
    project, other = uuid4(), uuid4()
    kept = incoming_key(other, uuid4())
    for key in [*(incoming_key(project, uuid4()) for _ in range(25)), kept]:
        await store.put(key, one_chunk(b"x"), bytes_max=1)

    rounds = 0
    while await store.delete_all(prefixes_of(project)[0], limit=10):
        rounds += 1

    assert rounds == 3
    assert await read(store, kept) == b"x"
    await store.delete(kept, kept)
    with pytest.raises(FileMissing):
        await store.size(kept)


@given(st.text(alphabet="./\\%~a0-\x00:", max_size=12))
async def test_no_key_leads_out_of_the_store(text: str) -> None:
    store = open_files("file:///nowhere/at/all")
    fine = bool(text) and all(
        part.replace(".", "", 1).replace("-", "").isalnum() and not part.startswith((".", "-"))
        for part in text.split("/")
    )
    if not fine:
        with pytest.raises(WrongKey):
            await store.delete(text)
    with pytest.raises(WrongKey):
        await store.delete_all(f"{text}/../")


async def test_drafts_of_a_crash_are_forgotten_and_belong_to_no_project(tmp_path: Path) -> None:
    store = open_files(tmp_path.as_uri())
    key = incoming_key(uuid4(), uuid4())
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 300_000
        begun.set()
        await go_on.wait()
        yield b"y"

    writing = asyncio.create_task(store.put(key, slow(), bytes_max=10**6))
    await begun.wait()
    assert [path.parent.name for path in tmp_path.rglob("*") if path.is_file()] == [".drafts"]
    await store.tidy(before=0)
    go_on.set()
    await writing
    (tmp_path / ".drafts" / "left").write_bytes(b"x")
    await store.tidy(before=2**40)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == [key]


SAMPLES = {
    b"<!DOCTYPE html><script>": "text/html",
    b"  <svg xmlns='http://www.w3.org/2000/svg'>": "image/svg+xml",
    b"%PDF-1.7 hello": "application/pdf",
    b"PK\x03\x04" + bytes(40): "application/zip",
    "привет, мир".encode(): "text/plain",
    b"MZ" + bytes(100): "application/octet-stream",
    b"": "application/octet-stream",
    b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead": "audio/ogg",
    b"ID3\x04" + bytes(30): "audio/mpeg",
    b"GIF89a<script>alert(1)</script>": "image/gif",
}


def test_types_are_told_by_the_bytes() -> None:
    assert {head: media_type_of(head) for head in SAMPLES} == SAMPLES


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_only_what_begins_as_one_is_shown_as_a_passive_type(head: bytes) -> None:
    beginnings = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"OggS", b"ID3", b"\xff")
    assert media_type_of(head) not in INLINE_TYPES or head.startswith(beginnings)


async def look(tmp_path: Path, content: bytes, **limits: float) -> Picture | None:
    path = tmp_path / "picture"
    path.write_bytes(content)
    previews = Previews(**limits)  # type: ignore[arg-type]  # the limits by name, whole or not
    try:
        return await previews.make(path)
    finally:
        await previews.close()


def drawn(kind: str, size: tuple[int, int], mode: str = "RGB", **options: object) -> bytes:
    image = Image.new(mode, size)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill=1 if mode in "1LP" else "red")
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


MODES = [
    ("PNG", "RGBA"),
    ("PNG", "P"),
    ("PNG", "1"),
    ("PNG", "I;16"),
    ("JPEG", "CMYK"),
    ("JPEG", "L"),
    ("GIF", "P"),
    ("WEBP", "RGB"),
]


async def test_previews_are_small_pictures_of_every_mode(tmp_path: Path) -> None:
    for kind, mode in MODES:
        written = BytesIO()
        Image.new(mode, (1300, 700)).save(written, kind)

        picture = await look(tmp_path, written.getvalue())

        assert picture is not None
        assert (picture.width, picture.height) == (1300, 700)
        assert picture.preview is not None, (kind, mode)
        with Image.open(BytesIO(picture.preview)) as small:
            assert (small.format, max(small.size)) == ("WEBP", 640)


async def test_a_preview_stands_upright_and_tells_nothing_of_the_camera(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "secret-camera"
    exif.get_ifd(0x8825)[1] = "N"

    picture = await look(tmp_path, drawn("JPEG", (1000, 500), exif=exif))

    assert picture is not None
    assert picture.preview is not None
    assert (picture.width, picture.height) == (500, 1000)
    assert b"secret-camera" not in picture.preview
    with Image.open(BytesIO(picture.preview)) as small:
        assert (small.size, dict(small.getexif()), small.info.get("exif")) == ((320, 640), {}, None)
        red, black = small.convert("RGB").getpixel((160, 20)), small.convert("RGB").getpixel((160, 620))
    assert red != black, "the left half of the picture is the upper one"


async def test_too_many_pixels_are_not_decoded_and_broken_pictures_do_no_harm(tmp_path: Path) -> None:
    whole = drawn("PNG", (900, 900))
    measured = await look(tmp_path, whole, pixels_max=800_000)
    assert measured == Picture(900, 900, preview=None)
    cut = await look(tmp_path, whole[: len(whole) // 2])
    assert cut is None or cut.preview is None
    for content in (b"", b"<svg/>", b"\x89PNG\r\n\x1a\n" + bytes(50), os.urandom(2000), drawn("BMP", (9, 9))):
        assert await look(tmp_path, content) is None
    assert await look(tmp_path, drawn("PNG", (3000, 3000)), seconds_max=0.001) is None
