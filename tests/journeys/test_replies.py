"""What an operator can do with an answer: quote, attach, edit, delete, take back, try again."""

from io import BytesIO
from typing import Any

from PIL import Image

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.vk import Community
from tests.support.waiting import wait_until

Document = dict[str, Any]


async def _begun(suite: Suite) -> tuple[Project, Community, int, Document]:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Какой у вас ржаной?")
    return project, community, user, await project.dialog_with(user)


async def _do(
    project: Project,
    method: str,
    dialog: dict[str, Any],
    message: dict[str, Any],
    what: str = "",
    **body: Any,
) -> Any:
    path = f"/api/v1/dialogs/{dialog['id']}/messages/{message['id']}{what}"
    answer = await project.operator.request(method, path, body or None)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def _becomes(project: Project, dialog_id: str, message_id: str, **expected: Any) -> Document:
    async def look() -> Document:
        found = next(one for one in await project.messages(dialog_id) if one["id"] == message_id)
        assert {name: found[name] for name in expected} == expected, found
        return found

    message = await wait_until(look, describe=f"the message with {expected}")
    assert message is not None
    return message


def _picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), "brown").save(file, "PNG")
    return file.getvalue()


async def test_an_answer_with_a_photo_and_a_quote_is_edited_and_deleted(suite: Suite) -> None:
    project, community, user, dialog = await _begun(suite)
    (question,) = await project.messages(dialog["id"])
    photo = await project.upload("хлеб.png", _picture())

    reply = await project.reply(
        dialog["id"], "Вот такой", quoted_message_id=question["id"], attachments=[photo["id"]]
    )
    sent = await _becomes(project, dialog["id"], reply["id"], state="sent", dropped=[])

    in_vk = (await suite.vk.ledger(community, user))[-1]
    assert in_vk["text"] == "Вот такой"
    assert [one["type"] for one in in_vk["attachments"]] == ["photo"]
    assert in_vk["reply_message"]["conversation_message_id"] == question["conversation_message_id"]
    (shown,) = sent["content"]["attachments"]
    assert (shown["kind"], shown["file"]["id"], shown["file"]["state"]) == ("photo", photo["id"], "ready")
    assert sent["content"]["quoted"]["message_id"] == question["id"]

    await _do(project, "PATCH", dialog, reply, text="Вот такой, тёплый")
    await _becomes(project, dialog["id"], reply["id"], text="Вот такой, тёплый", edits=1, change=None)
    in_vk = (await suite.vk.ledger(community, user))[-1]
    assert in_vk["text"] == "Вот такой, тёплый"
    assert [one["type"] for one in in_vk["attachments"]] == ["photo"]
    assert in_vk["reply_message"]["conversation_message_id"] == question["conversation_message_id"]

    await _do(project, "DELETE", dialog, reply)

    async def deleted() -> bool:
        shown = next(one for one in await project.messages(dialog["id"]) if one["id"] == reply["id"])
        return bool(shown["deleted_at"]) and shown["change"] is None

    await wait_until(deleted, describe="the deletion mark")
    left = [one for one in await suite.vk.ledger(community, user) if not one.get("deleted")]
    assert [one["text"] for one in left] == ["Какой у вас ржаной?"]
    assert len(await project.messages(dialog["id"])) == 2


async def test_an_answer_is_taken_back_while_vk_is_away_and_tried_again_later(suite: Suite) -> None:
    project, community, user, dialog = await _begun(suite)
    await suite.vk.change(community, "faults", {"kind": "api_down"})
    # What VK may have taken cannot be taken back; what waits behind it can.
    first = await project.reply(dialog["id"], "Сейчас.", client_id="first")
    reply = await project.reply(dialog["id"], "Есть.", client_id="a")

    asked = await _do(project, "POST", dialog, reply, "/cancel")
    assert (asked["state"], asked["cancel_wanted_at"] is None) == ("queued", False)
    await _becomes(project, dialog["id"], reply["id"], state="failed", reason="cancelled")

    await suite.vk.remove_faults(community)
    await _becomes(project, dialog["id"], first["id"], state="sent", reason=None)
    again = await _do(project, "POST", dialog, reply, "/retry")
    assert (again["id"], again["attempt"]) == (reply["id"], 2)
    await _becomes(project, dialog["id"], reply["id"], state="sent", reason=None)
    ledger = await suite.vk.ledger(community, user)
    assert [one["text"] for one in ledger if one["out"]] == ["Сейчас.", "Есть."]
    assert len(await project.messages(dialog["id"])) == 3


async def test_an_edit_that_vk_refuses_says_why_and_changes_nothing(suite: Suite) -> None:
    project, community, user, dialog = await _begun(suite)
    reply = await project.reply(dialog["id"], "Есть.")
    await _becomes(project, dialog["id"], reply["id"], state="sent")
    fault = {"kind": "api_error", "method": "messages.edit", "code": 909}
    await suite.vk.change(community, "faults", fault)

    pending = await _do(project, "PATCH", dialog, reply, text="Был.")
    assert (pending["text"], pending["change"]["state"]) == ("Есть.", "pending")

    async def refused() -> bool:
        shown = next(one for one in await project.messages(dialog["id"]) if one["id"] == reply["id"])
        change = shown["change"]
        return bool(shown["text"] == "Есть." and change["state"] == "failed") and (
            change["reason"] == "edit_window_over"
        )

    await wait_until(refused, describe="why the edit failed")
    assert (await suite.vk.ledger(community, user))[-1]["text"] == "Есть."


async def test_the_customer_sees_that_somebody_types(suite: Suite) -> None:
    project, community, user, dialog = await _begun(suite)

    await project.operator.post(f"/api/v1/dialogs/{dialog['id']}/typing")

    async def seen() -> bool:
        page = await suite.vk.call("GET", f"/communities/{community.id}/dialogs")
        (shown,) = [one for one in page["items"] if one["user"]["id"] == user]
        return bool(shown["activity"])

    await wait_until(seen, describe="the activity in VK")
