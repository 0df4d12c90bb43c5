"""A customer blocks the community, or is blocked by it, and comes back (M13)."""

from typing import Any

import pytest

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.vk import Community
from tests.support.waiting import wait_until


async def _begun(suite: Suite) -> tuple[Project, Community, int, dict[str, Any]]:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user("Мария", "Орлова")
    await suite.vk.user_writes(community, user, "Есть ржаной хлеб?")
    return project, community, user, await project.dialog_with(user)


async def _can_reply(project: Project, dialog_id: str, reason: str | None) -> dict[str, Any]:
    """Give the dialog once one may reply, or may not for that reason."""

    async def look() -> dict[str, Any]:
        shown: dict[str, Any] = await project.operator.get(f"/api/v1/dialogs/{dialog_id}")
        assert shown["can_reply"] == {"allowed": reason is None, "reason": reason}, shown["can_reply"]
        return shown

    dialog = await wait_until(look, describe=f"can_reply: {reason}")
    assert dialog is not None
    return dialog


@pytest.mark.parametrize(
    ("leave", "come_back", "reason"),
    [("deny", "allow", "writing_not_allowed"), ("block", "unblock", "blocked_by_community")],
)
async def test_who_is_blocked_keeps_thread_and_info_and_gets_answers_once_they_may(
    suite: Suite, leave: str, come_back: str, reason: str
) -> None:
    project, community, user, dialog = await _begun(suite)
    await project.reply(dialog["id"], "Есть.", client_id="a")
    await project.message(dialog["id"], "Есть.", state="sent")

    await suite.vk.change(community, f"users/{user}/{leave}")

    shown = await _can_reply(project, dialog["id"], reason)
    assert shown["contact"]["name"] == "Мария Орлова"
    assert shown["contact"]["external_id"] == str(user)
    refused = await project.operator.request(
        "POST", f"/api/v1/dialogs/{dialog['id']}/messages", {"client_id": "c", "text": "Ау?"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, reason)
    texts = [message["text"] for message in await project.messages(dialog["id"])]
    assert texts == ["Есть ржаной хлеб?", "Есть."]

    await suite.vk.change(community, f"users/{user}/{come_back}")
    await _can_reply(project, dialog["id"], None)
    await project.reply(dialog["id"], "Рады вам!", client_id="d")
    await project.message(dialog["id"], "Рады вам!", state="sent")
    assert len(await project.dialogs()) == 1
    assert [one["text"] for one in await suite.vk.ledger(community, user)][-1] == "Рады вам!"


async def test_an_answer_to_somebody_who_has_just_blocked_us_fails_with_that_reason(suite: Suite) -> None:
    project, community, user, dialog = await _begun(suite)
    await suite.vk.change(community, "faults", {"kind": "callback_lost", "type": "message_deny"})
    await suite.vk.change(community, f"users/{user}/deny")

    await project.reply(dialog["id"], "Есть.")

    failed = await project.message(dialog["id"], "Есть.", state="failed")
    assert failed["reason"] == "writing_not_allowed"
    await _can_reply(project, dialog["id"], "writing_not_allowed")
    shown = await project.operator.get(f"/api/v1/dialogs/{dialog['id']}")
    assert shown["community"]["state"] == "active"
