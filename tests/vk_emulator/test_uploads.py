"""Uploads: the three steps, limits, what messages carry, and the files behind the links."""

import json
from io import BytesIO
from typing import Any

import pytest

from tests.vk_emulator.conftest import Vk
from vk_emulator.images import image_size
from vk_emulator.sample_files import ogg, pdf, png

USER = 73125540
STRANGER = 64400871
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc2\x00\x0b\x08\x02\x58\x03\x20\x01\x01\x11\x00\xff\xd9"
)


async def post_file(vk: Vk, url: str, field: str, name: str, content: bytes) -> Any:
    answer = await vk.client.post(url, files={field: (name, content)})
    assert answer.status_code == 200
    return answer.json()


async def upload_photo(vk: Vk, content: bytes) -> Any:
    server = await vk.response("photos.getMessagesUploadServer", peer_id=USER)
    uploaded = await post_file(vk, server["upload_url"], "photo", "кот.png", content)
    [photo] = await vk.response("photos.saveMessagesPhoto", **uploaded)
    return photo


async def upload_doc(vk: Vk, name: str, content: bytes, kind: str = "doc", **save: Any) -> Any:
    server = await vk.response("docs.getMessagesUploadServer", peer_id=USER, type=kind)
    uploaded = await post_file(vk, server["upload_url"], "file", name, content)
    return await vk.response("docs.save", file=uploaded["file"], **save)


def test_sizes_are_read_from_the_headers_of_pictures() -> None:
    gif = b"GIF89a" + (300).to_bytes(2, "little") + (200).to_bytes(2, "little") + bytes(20)
    assert image_size(BytesIO(png(64, 48, 1))) == ("png", 64, 48)
    assert image_size(BytesIO(gif)) == ("gif", 300, 200)
    assert image_size(BytesIO(JPEG)) == ("jpg", 800, 600)
    for wrong in (b"", b"\xff\xd8\xff", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", JPEG[:22], b"GIF89a" + bytes(20)):
        assert image_size(BytesIO(wrong)) is None


async def test_a_photo_goes_through_the_three_steps_into_a_message(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")
    server = await vk.response("photos.getMessagesUploadServer", peer_id=USER)
    assert (server["album_id"], server["group_id"]) == (-64, vk.id)

    content = png(1600, 1200, 7)
    photo = await upload_photo(vk, content)

    assert photo["owner_id"] == -vk.id
    sizes = {size["type"]: (size["width"], size["height"]) for size in photo["sizes"]}
    assert (sizes["s"], sizes["x"], sizes["w"]) == ((75, 56), (604, 453), (1600, 1200))
    stored = await vk.client.get(photo["orig_photo"]["url"])
    assert (stored.content, stored.headers["content-type"]) == (content, "image/png")

    reference = f"photo-{vk.id}_{photo['id']}_{photo['access_key']}"
    await vk.response("messages.send", peer_id=USER, attachment=reference, random_id=1)
    [sent] = (await vk.response("messages.getHistory", peer_id=USER, count=1))["items"]
    assert sent["attachments"] == [{"type": "photo", "photo": photo}]


async def test_documents_keep_their_names_and_lead_to_their_files(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")
    saved = await upload_doc(vk, "накладная.pdf", pdf(), title="счёт.pdf")
    doc = saved["doc"]
    assert (saved["type"], doc["title"], doc["ext"], doc["size"], doc["type"]) == (
        "doc", "счёт.pdf", "pdf", len(pdf()), 1,
    )  # fmt: skip
    first = await vk.client.get(doc["url"])
    assert first.status_code == 302
    file = await vk.client.get(doc["url"], follow_redirects=True)
    assert file.content == pdf()
    assert file.headers["content-disposition"].startswith("attachment")
    picture = (await upload_doc(vk, "scan.png", png(640, 480, 3)))["doc"]
    assert {"src", "width", "height"} <= set(picture["preview"]["photo"]["sizes"][0])
    wrong = doc["url"].replace(doc["access_key"], "0")
    assert (await vk.client.get(wrong)).status_code == 404


async def test_voice_and_graffiti(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")
    voice = (await upload_doc(vk, "voice.ogg", ogg(3), "audio_message"))["audio_message"]
    assert voice["duration"] == 3
    sound = await vk.client.get(voice["link_ogg"])
    assert (sound.content, sound.headers["content-type"]) == (ogg(3), "audio/ogg")
    drawn = (await upload_doc(vk, "g.png", png(60, 40, 1), "graffiti"))["graffiti"]
    assert (drawn["width"], drawn["height"]) == (60, 40)
    references = f"audio_message-{vk.id}_{voice['id']},doc-{vk.id}_{drawn['id']}_{drawn['access_key']}"
    await vk.response("messages.send", peer_id=USER, attachment=references, random_id=1)
    [sent] = (await vk.response("messages.getHistory", peer_id=USER, count=1))["items"]
    assert [one["type"] for one in sent["attachments"]] == ["audio_message", "graffiti"]


async def test_what_is_unknown_or_foreign_is_dropped_without_a_word(vk: Vk) -> None:
    await vk.user_writes(USER, "Вот", sample="photo")
    own = await upload_photo(vk, png(20, 20, 1))
    files = {"file": ("a.txt", b"hello")}
    theirs = (await vk.client.post(f"{vk.path}/users/{USER}/files", files=files)).json()["reference"]
    references = f"photo-1_2,{theirs},doc-{vk.id}_5,photo-{vk.id}_{own['id']}_wrong,nonsense"
    await vk.response("messages.send", peer_id=USER, message="Да", attachment=references, random_id=1)
    [sent] = (await vk.response("messages.getHistory", peer_id=USER, count=1))["items"]
    assert sent["attachments"] == []
    empty = await vk.error("messages.send", peer_id=USER, attachment=references, random_id=2)
    assert empty["error_msg"].endswith("message is empty or invalid")
    eleven = ",".join([f"photo-{vk.id}_{own['id']}"] * 11)
    many = await vk.error("messages.send", peer_id=USER, attachment=eleven, random_id=3)
    assert many["error_code"] == 100


@pytest.mark.parametrize(
    ("name", "content"), [("a.png", b""), ("a.png", b"no picture"), ("a.png", png(2100, 100, 1))]
)
async def test_a_file_that_is_no_photo_gives_an_empty_answer_and_cannot_be_saved(
    vk: Vk, name: str, content: bytes
) -> None:
    server = await vk.response("photos.getMessagesUploadServer")
    uploaded = await post_file(vk, server["upload_url"], "photo", name, content)
    assert uploaded["photo"] == "[]"
    assert (await vk.error("photos.saveMessagesPhoto", **uploaded))["error_code"] == 100


async def test_errors_of_uploads(vk: Vk) -> None:
    assert (await vk.error("photos.getMessagesUploadServer", peer_id=USER))["error_code"] == 901
    await vk.user_writes(USER, "Здравствуйте!")
    needs_peer = await vk.error("docs.getMessagesUploadServer")
    assert needs_peer["error_msg"].endswith("peer_id is required for community messages")
    server = await vk.response("photos.getMessagesUploadServer", peer_id=USER)
    uploaded = await post_file(vk, server["upload_url"], "photo", "a.png", png(20, 20, 1))
    assert (await vk.error("photos.saveMessagesPhoto", **{**uploaded, "server": 1}))["error_code"] == 118
    assert (await vk.error("photos.saveMessagesPhoto", **{**uploaded, "hash": "x"}))["error_code"] == 121
    other = json.dumps([{"photo": "00:x"}])
    assert (await vk.error("photos.saveMessagesPhoto", **{**uploaded, "photo": other}))["error_code"] == 100
    assert (await vk.error("docs.save", file="a|b"))["error_code"] == 105
    forged = server["upload_url"].replace(f"mid={USER}", f"mid={STRANGER}")
    assert "error" in await post_file(vk, forged, "photo", "a.png", png(20, 20, 1))

    docs = (await vk.response("docs.getMessagesUploadServer", peer_id=USER))["upload_url"]
    for name, content in (("virus.exe", b"MZ"), ("song.mp3", b"ID3"), ("empty.txt", b"")):
        assert set(await post_file(vk, docs, "file", name, content)) == {"error", "error_descr"}
    await vk.do("/faults", {"kind": "upload_error", "times": 1})
    assert "error" in await post_file(vk, docs, "file", "a.txt", b"a")
    await vk.do("/settings", {"docs_enabled": False})
    denied = await vk.error("docs.getMessagesUploadServer", peer_id=USER)
    assert denied["error_msg"] == "Access denied: group docs are disabled"
    weak = (await vk.do("/keys", {"rights": ["messages"]}))["key"]
    lacking = await vk.error("photos.getMessagesUploadServer", peer_id=USER, access_token=weak)
    assert lacking["error_code"] == 15
