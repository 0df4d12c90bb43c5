"""Everything people send each other is in the cabinet: files, quotes, edits, marks (M1, M11, M12, M14)."""

from typing import Any

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.vk import Community
from tests.support.waiting import wait_until

SAMPLES = ["photo", "doc", "audio_message", "sticker", "video", "wall"]
KINDS = ["photo", "document", "voice", "sticker", "video", "post"]


async def _begun(suite: Suite) -> tuple[Project, Community, int]:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    return project, community, await suite.vk.new_user()


async def test_every_kind_of_attachment_is_there_and_its_bytes_are_the_operators_only(suite: Suite) -> None:
    project, community, user = await _begun(suite)

    await suite.vk.change(
        community,
        f"users/{user}/messages",
        {"text": "Вот", "sample": SAMPLES, "geo": {"latitude": 59.93, "longitude": 30.31}},
    )

    dialog = await project.dialog_with(user)
    assert dialog["channel"] == "vk"
    message = await _with_files(project, dialog["id"], "Вот")
    content = message["content"]
    assert [one["kind"] for one in content["attachments"]] == KINDS
    assert round(content["location"]["latitude"], 2) == 59.93
    photo = content["attachments"][0]["file"]
    path = f"/api/v1/dialogs/files/{photo['id']}"
    given = await project.operator.request("GET", path)
    assert given.status_code == 200
    assert (given.headers["content-type"], len(given.content)) == (photo["media_type"], photo["size_bytes"])
    preview = await project.operator.request("GET", f"{path}/preview")
    assert preview.status_code == 200
    stranger = await (await suite.operator()).new_project("Чужой проект")
    assert (await suite.outsider().get(path)).status_code == 401
    # The demo account owns both projects; an id that nobody has looks just as an id of somebody else's.
    unknown = f"/api/v1/dialogs/files/{stranger.id}"
    assert (await project.operator.request("GET", unknown)).status_code == 404


async def test_quotes_forwards_and_the_campaign_of_a_link_are_kept(suite: Suite) -> None:
    project, community, user = await _begun(suite)
    first = await suite.vk.change(
        community,
        f"users/{user}/messages",
        {"text": "Есть в наличии?", "ref": "footer", "ref_source": "autumn"},
    )
    number = first["conversation_message_id"]

    await suite.vk.change(
        community,
        f"users/{user}/messages",
        {"text": "Я про это", "reply_to": number, "forward": [number]},
    )

    dialog = await project.dialog_with(user)
    asked = await project.message(dialog["id"], "Есть в наличии?")
    about = await project.message(dialog["id"], "Я про это")
    assert (asked["content"]["ref"], asked["content"]["ref_source"]) == ("footer", "autumn")
    assert about["content"]["quoted"]["text"] == "Есть в наличии?"
    assert about["content"]["quoted"]["message_id"] == asked["id"]
    assert [one["text"] for one in about["content"]["forwarded"]] == ["Есть в наличии?"]


async def test_edits_reactions_and_reading_are_seen_while_they_happen(suite: Suite) -> None:
    project, community, user = await _begun(suite)
    written = await suite.vk.user_writes(community, user, "Заказ 1187")
    dialog = await project.dialog_with(user)
    original = await project.message(dialog["id"], "Заказ 1187")
    await project.reply(dialog["id"], "Смотрю.")
    sent = await project.message(dialog["id"], "Смотрю.", state="sent")

    async with project.following() as feed:
        number = written["conversation_message_id"]
        await suite.vk.change(
            community, f"users/{user}/messages/{number}/edit", {"text": "Заказ 1178, простите"}
        )
        await feed.wait_for(lambda event: _edited(event.data, "Заказ 1178, простите"), "the edit")
        await suite.vk.change(community, f"users/{user}/read")
        ours = sent["conversation_message_id"]
        await suite.vk.change(community, f"users/{user}/messages/{ours}/reaction", {"reaction_id": 1})
        await suite.vk.change(community, f"users/{user}/typing", {"state": "typing"})
        await feed.wait_for(lambda event: event.name == "typing", "typing")

    edited = await project.message(dialog["id"], "Заказ 1178, простите")
    assert (edited["id"], edited["edits"]) == (original["id"], 1)
    path = f"/api/v1/dialogs/{dialog['id']}/messages/{original['id']}/versions"
    versions = await project.operator.get(path)
    assert "Заказ 1187" in [one["text"] for one in versions["items"]]
    await project.message(dialog["id"], "Смотрю.", state="read", reaction=1)


async def test_a_dialog_held_entirely_in_vk_is_whole_and_can_be_closed_untaken(suite: Suite) -> None:
    project, community, user = await _begun(suite)
    await suite.vk.change(community, f"users/{user}/messages", {"text": "Вот чек", "sample": "photo"})
    path = f"admins/{community.admin_id}/replies"
    await suite.vk.change(community, path, {"user_id": user, "text": "Спасибо, вот счёт", "sample": "doc"})

    dialog = await project.dialog_with(user)
    answer = await project.message(dialog["id"], "Спасибо, вот счёт")
    assert [one["kind"] for one in answer["content"]["attachments"]] == ["document"]
    assert (answer["author"]["kind"], dialog["operator"]) == ("staff", None)
    closed = await project.operator.post(f"/api/v1/dialogs/{dialog['id']}/close")
    assert (closed["state"], closed["operator"], closed["unanswered_since"]) == ("closed", None, None)


async def _with_files(project: Project, dialog_id: str, text: str) -> dict[str, Any]:
    """Give the message once nothing of it is being copied any more."""

    async def copied() -> dict[str, Any] | None:
        message = await project.message(dialog_id, text)
        files = [one["file"] for one in message["content"]["attachments"] if one["file"]]
        assert all(file["state"] == "ready" for file in files), files
        return message

    found = await wait_until(copied, describe="the files")
    assert found is not None
    return found


def _edited(data: Any, text: str) -> bool:
    message = data.get("message") if isinstance(data, dict) else None
    return bool(message and message["text"] == text and message["edits"] == 1)
