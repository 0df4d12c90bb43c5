"""What users send: every type of attachment, files of their own, replies, forwards and places."""

import httpx

from tests.support.waiting import wait_until
from tests.vk_emulator.conftest import Receiver, Vk
from vk_emulator.sample_files import png

USER = 73125540
SAMPLES = (
    "photo", "doc", "audio_message", "sticker", "video", "link", "wall", "market", "graffiti", "gift", "poll",
    "story", "call", "audio", "wall_reply", "unknown",
)  # fmt: skip


def links_of(value: object) -> list[str]:
    """Every link to the emulator inside an object."""
    if isinstance(value, str):
        return [value] if value.startswith("http://127.0.0.1") else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [link for part in parts for link in links_of(part)]


async def test_a_sample_of_every_type_comes_in_events_with_links_that_work(
    vk: Vk, receiver: Receiver
) -> None:
    await vk.connect(receiver, flags=("message_new",))
    for sample in SAMPLES:
        await vk.do(f"/users/{USER}/messages", {"sample": sample})
    await wait_until(lambda: len(receiver.events) == len(SAMPLES))
    messages = [event["object"]["message"] for event in receiver.events]
    messages.sort(key=lambda message: message["id"])
    types = [message["attachments"][0]["type"] for message in messages]
    assert types == [*SAMPLES[:-1], "hologram"]
    links = {link.partition("?")[0]: link for message in messages for link in links_of(message)}
    assert len(links) >= 10
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        kinds = {(await client.get(link)).headers["content-type"] for link in links.values()}
    assert kinds == {"image/png", "audio/ogg", "application/pdf"}


async def test_users_send_files_replies_forwards_and_places(vk: Vk) -> None:
    first = await vk.user_writes(USER, "раз")
    content = png(300, 200, 5)
    files = {"file": ("кот.png", content)}
    made = await vk.client.post(f"{vk.path}/users/{USER}/files", params={"kind": "photo"}, files=files)
    assert made.status_code == 201
    foreign = {"date": 1, "from_id": 64400871, "text": "Код", "attachments": [], "fwd_messages": []}

    sent = await vk.user_writes(
        USER, "вот", attachments=[made.json()["reference"]], sample=["audio_message"],
        reply_to=1, forward=[1, foreign], geo={"latitude": 59.93, "longitude": 30.31}, ref="site",
        payload={"command": "start"},
    )  # fmt: skip

    [stored] = (await vk.response("messages.getById", message_ids=sent["id"]))["items"]
    photo, voice = stored["attachments"]
    assert (await vk.client.get(photo["photo"]["orig_photo"]["url"])).content == content
    assert voice["type"] == "audio_message"
    assert stored["reply_message"]["id"] == first["id"]
    assert [message["text"] for message in stored["fwd_messages"]] == ["раз", "Код"]
    assert stored["geo"]["coordinates"] == {"latitude": 59.93, "longitude": 30.31}
    for wrong in ({"sample": "x"}, {"attachments": ["photo1_2"]}, {"reply_to": 99}, {"sample": ["doc"] * 11}):
        answer = await vk.client.post(f"{vk.path}/users/{USER}/messages", json=wrong)
        assert answer.status_code == 422, wrong
    bad = await vk.client.post(f"{vk.path}/users/{USER}/files?kind=photo", files={"file": ("a", b"x")})
    assert bad.status_code == 422


async def test_edits_replace_attachments_only_when_they_are_given(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_edit",))
    await vk.user_writes(USER, "раз", sample="photo")
    kept = await vk.do(f"/users/{USER}/messages/1/edit", {"text": "два"})
    assert [one["type"] for one in kept["attachments"]] == ["photo"]
    changed = await vk.do(f"/users/{USER}/messages/1/edit", {"text": "три", "sample": "doc"})
    assert [one["type"] for one in changed["attachments"]] == ["doc"]
    await wait_until(lambda: len(receiver.events) == 2)


async def test_cropped_messages_are_whole_when_they_are_fetched(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_new",))
    await vk.do("/faults", {"kind": "message_cropped", "units": 10, "attachments": 1})
    await vk.user_writes(USER, "коротко")
    await vk.user_writes(USER, "д" * 50, sample=["photo", "doc"])
    await wait_until(lambda: len(receiver.events) == 2)
    short, cut = (event["object"]["message"] for event in receiver.events)
    if "is_cropped" in short:
        short, cut = cut, short
    assert "is_cropped" not in short
    assert (cut["is_cropped"], cut["text"], len(cut["attachments"])) == (True, "д" * 10, 1)
    found = await vk.response("messages.getByConversationMessageId", peer_id=USER, conversation_message_ids=2)
    assert (found["items"][0]["text"], len(found["items"][0]["attachments"])) == ("д" * 50, 2)


async def test_attachments_of_a_dialog_are_read_in_pages(vk: Vk) -> None:
    for _ in range(3):
        await vk.user_writes(USER, "вот", sample=["photo", "doc", "photo"])
    seen: list[tuple[int, int]] = []
    start_from = ""
    while True:
        page = await vk.response(
            "messages.getHistoryAttachments", peer_id=USER, media_type="photo", count=4, start_from=start_from
        )
        seen += [(item["cmid"], item["position"]) for item in page["items"]]
        start_from = page.get("next_from", "")
        if not start_from:
            break
    assert seen == [(3, 0), (3, 2), (2, 0), (2, 2), (1, 0), (1, 2)]
    both = await vk.response("messages.getHistoryAttachments", peer_id=USER, attachment_types="photo,doc")
    assert len(both["items"]) == 9
