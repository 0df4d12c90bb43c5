"""What people do besides writing: reading, typing, reacting, pressing buttons, forbidding messages."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.events.channel import (
    ButtonPressed,
    MessageReceived,
    MessagesRead,
    ReactionChanged,
    WritingPermissionChanged,
)
from tests.services.vk_gateway.conftest import Emulator, Gateway, Linked, a_gateway
from tests.services.vk_gateway.test_callback import caller_of
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.incoming.typing_signs import TOPIC


@pytest.fixture
async def curious(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that soon asks again whether a person takes messages."""
    database_url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(database_url, emulator, TestKeys(), permission_recheck_seconds=0.3) as made:
        yield made


async def act(gateway: Gateway, linked: Linked, user: int, action: str, **body: Any) -> Any:
    path = f"/communities/{linked.community_id}/users/{user}/{action}"
    return await gateway.vk.call("POST", path, json=body)


async def test_reads_and_reactions_are_told_with_their_order(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 2000, "Здравствуйте")
    answers = f"/communities/{linked.community_id}/admins/90412/replies"
    await gateway.vk.call("POST", answers, json={"user_id": 2000, "text": "Добрый день!"})

    await act(gateway, linked, 2000, "read")
    await act(gateway, linked, 2000, "messages/2/reaction", reaction_id=4)
    await act(gateway, linked, 2000, "messages/2/reaction")

    (read,) = await gateway.says(MessagesRead)
    assert (read.external_id, read.conversation_message_id) == ("2000", 2)
    reactions = sorted(await gateway.says(ReactionChanged, 2), key=lambda event: event.order)
    assert [(each.conversation_message_id, each.reaction) for each in reactions] == [(2, 4), (2, None)]


async def test_a_pressed_button_is_told_and_let_go(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 2100, "Оцените")
    action = {"type": "callback", "label": "Хорошо", "payload": '{"act":"rate"}'}
    await gateway.vk.http.post(
        f"{gateway.vk.url}/method/messages.send",
        data={
            "access_token": linked.key,
            "v": "5.199",
            "peer_ids": "2100",
            "random_id": "77",
            "message": "Как вам?",
            "keyboard": json.dumps({"inline": True, "buttons": [[{"action": action}]]}),
        },
    )

    press = await act(gateway, linked, 2100, "messages/2/press")

    (event,) = await gateway.says(ButtonPressed)
    assert (event.conversation_message_id, event.press_id) == (2, press["event_id"])
    assert json.loads(event.payload) == {"act": "rate"}

    async def let_go() -> bool:
        path = f"/communities/{linked.community_id}/users/2100/presses"
        (one,) = (await gateway.vk.call("GET", path))["items"]
        return one["answered_at"] is not None

    await wait_until(let_go, describe="the button spins no more")


async def test_typing_is_passed_on_now_and_then_and_never_stored(gateway: Gateway) -> None:
    caller = await caller_of(gateway)
    heard: list[str] = []
    gateway.bus.hear(TOPIC, heard.append)

    for _ in range(5):
        await act(gateway, caller.linked, 2200, "typing")
    await act(gateway, caller.linked, 2201, "typing", state="audiomessage")

    await wait_until(lambda: len(heard) >= 2, describe="both are heard")
    assert [json.loads(text) for text in heard] == [
        {
            "project_id": str(caller.linked.project_id),
            "integration_id": str(caller.linked.integration_id),
            "external_id": person,
        }
        for person in ("2200", "2201")
    ]
    assert await caller.stored() == 0


async def test_who_forbids_messages_is_told_once_and_comes_back(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 2300, "Здравствуйте")

    await act(gateway, linked, 2300, "deny")
    (denied,) = await gateway.says(WritingPermissionChanged)
    await act(gateway, linked, 2300, "allow")
    _, allowed = await gateway.says(WritingPermissionChanged, 2)
    await act(gateway, linked, 2300, "block")
    blocked = (await gateway.says(WritingPermissionChanged, 3))[2]

    assert (denied.external_id, denied.allowed, denied.reason) == ("2300", False, "writing_not_allowed")
    assert (allowed.allowed, allowed.reason) == (True, None)
    assert (blocked.allowed, blocked.reason) == (False, "blocked_by_community")
    assert denied.checked_at < allowed.checked_at < blocked.checked_at


async def test_a_hint_alone_changes_nothing(gateway: Gateway) -> None:
    """A18: allow and deny come late, twice and out of order; VK's own word decides."""
    caller = await caller_of(gateway)
    linked = caller.linked
    await gateway.vk.user_writes(linked.community_id, 2400, "Здравствуйте")
    late = {"type": "message_deny", "object": {"user_id": 2400}, "event_id": "late-deny"}
    await caller.post(caller.update(**late))
    await gateway.vk.user_writes(linked.community_id, 2401, "И я")
    await act(gateway, linked, 2401, "deny")

    (event,) = await gateway.says(WritingPermissionChanged)
    assert event.external_id == "2401"


async def test_a_denied_person_who_can_be_written_to_again_comes_back_without_an_event(
    curious: Gateway,
) -> None:
    linked = await curious.connect()
    await curious.vk.user_writes(linked.community_id, 2500, "Здравствуйте")
    await act(curious, linked, 2500, "deny")
    await curious.says(WritingPermissionChanged)

    await curious.vk.fault(linked.community_id, "callback_lost")
    await act(curious, linked, 2500, "allow")

    _, back = await curious.says(WritingPermissionChanged, 2)
    assert back.allowed


async def test_a_denied_person_who_writes_is_asked_about(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 2600, "Здравствуйте")
    await act(gateway, linked, 2600, "deny")
    await gateway.says(WritingPermissionChanged)

    await gateway.vk.fault(linked.community_id, "callback_lost", type="message_allow")
    await gateway.vk.user_writes(linked.community_id, 2600, "Я вернулся")

    await gateway.says(MessageReceived, 2)
    _, back = await gateway.says(WritingPermissionChanged, 2)
    assert back.allowed


async def test_no_message_waits_for_a_profile(gateway: Gateway) -> None:
    """A31: what VK says of a person comes when it comes, or never."""
    linked = await gateway.connect()
    await gateway.vk.fault(linked.community_id, "api_error", code=10, method="users.get")

    await gateway.vk.user_writes(linked.community_id, 2700, "Здравствуйте")

    (event,) = await gateway.says(MessageReceived)
    assert event.text == "Здравствуйте"
