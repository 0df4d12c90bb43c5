"""What VK users send besides text reaches the operators, and nobody else."""

from typing import Any

from tests.support.suite import Suite
from tests.support.suite.feed import FeedEvent
from tests.support.waiting import wait_until

SAMPLES = ["photo", "doc", "audio_message", "sticker", "graffiti"]
TYPES = ["image/png", "application/pdf", "audio/ogg", "image/png", "image/png"]


async def test_files_of_a_user_are_copied_shown_and_downloaded(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()

    async with project.following() as feed:
        writes = {"text": "смотрите", "sample": SAMPLES}
        await suite.vk.change(community, f"users/{user}/messages", writes)
        shown = await feed.wait_for(_has_all_files, "the message with its files")

    files = _files(shown.data["message"])
    assert [file["media_type"] for file in files] == TYPES
    for file in files:
        path = f"/api/v1/dialogs/files/{file['id']}"
        whole = await project.operator.request("GET", path)
        assert len(whole.content) == file["size_bytes"], path
        assert whole.headers["content-type"].startswith(file["media_type"])
        assert whole.headers["x-content-type-options"] == "nosniff"
        if file["has_preview"]:
            preview = await project.operator.request("GET", f"{path}/preview")
            assert preview.headers["content-type"] == "image/webp"
    part = await project.operator.http.get(
        f"/api/v1/dialogs/files/{files[1]['id']}", headers={"Range": "bytes=0-4"}
    )
    assert (part.status_code, part.content) == (206, b"%PDF-")


async def test_a_file_written_while_nobody_can_fetch_it_comes_afterwards(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()
    missing: Any = {"id": 9, "owner_id": user, "title": "нет.pdf", "ext": "pdf"}
    missing["url"] = f"{suite.vk.url}/s/v1/d/none/none.pdf"
    inside: Any = {**missing, "id": 10, "url": "http://169.254.169.254/latest/meta-data/"}

    attachments = [{"type": "doc", "doc": missing}, {"type": "doc", "doc": inside}]
    writes = {"text": "пусто", "attachments": attachments}
    await suite.vk.change(community, f"users/{user}/messages", writes)
    dialog = await project.dialog_with(user)

    async def problems() -> list[str] | None:
        files = _files((await project.messages(dialog["id"]))[0])
        found = [file["problem"] for file in files]
        return found if all(found) else None

    assert await wait_until(problems, describe="both files have failed") == ["gone", "not_allowed"]


def _files(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [attachment["file"] for attachment in message["content"]["attachments"] if attachment["file"]]


def _has_all_files(event: FeedEvent) -> bool:
    if event.data.get("kind") != "message_changed":
        return False
    files = _files(event.data["message"])
    return len(files) == len(SAMPLES) and all(file["state"] == "ready" for file in files)


async def test_an_upload_is_its_projects_alone_and_large_ones_stream_through(suite: Suite) -> None:
    project = await suite.new_project()
    # More than a request may usually have, at every door on the way.
    content = b"%PDF-1.4 " + bytes(5_000_000)
    uploaded = await project.upload("счёт.pdf", content)
    path = f"/api/v1/dialogs/files/{uploaded['id']}"

    assert (await project.operator.request("GET", path)).content == content
    assert (await suite.outsider().get(path)).status_code == 401
