"""A message in, a reply out, through a real VK emulator."""

import asyncio

import pytest

from shared.events.channel import (
    ContactUpdated,
    MessageReceived,
    ReplyFailed,
    ReplySent,
    ReplyUnconfirmed,
    StaffReplied,
)
from tests.services.vk_gateway.conftest import Gateway, deleted
from tests.support.waiting import wait_until


async def test_a_message_becomes_an_event_with_the_name_of_who_wrote(gateway: Gateway) -> None:
    linked = await gateway.connect()

    written = await gateway.vk.user_writes(linked.community_id, 73125540, "Где мой заказ 1187?")

    (event,) = await gateway.says(MessageReceived)
    assert event.text == "Где мой заказ 1187?"
    assert event.integration_id == linked.integration_id
    assert event.project_id == linked.project_id
    assert event.conversation_message_id == written["conversation_message_id"]
    (person,) = await gateway.says(ContactUpdated)
    assert person.external_id == "73125540"
    assert person.name
    assert person.profile_url == "https://vk.ru/id73125540"
    assert person.screen_name


async def test_replies_of_a_dialog_arrive_in_vk_once_and_in_order(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 101, "Здравствуйте")

    # The second is heard before the first.
    await gateway.reply(linked, 101, "два", number=2)
    await gateway.reply(linked, 101, "один", number=1)
    await gateway.reply(linked, 101, "три", number=3)

    sent = await gateway.says(ReplySent, 3)
    assert await gateway.vk.sent(linked.community_id, 101) == ["один", "два", "три"]
    assert sorted(event.conversation_message_id for event in sent) == [2, 3, 4]
    assert await gateway.said(StaffReplied) == []


async def test_an_administrators_answer_in_vk_is_told_with_its_author(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 102, "Вы тут?")

    path = f"/communities/{linked.community_id}/admins/90412/replies"
    await gateway.vk.call("POST", path, json={"user_id": 102, "text": "Да, секунду"})

    (event,) = await gateway.says(StaffReplied)
    assert event.text == "Да, секунду"
    assert event.author_external_id == "90412"


@pytest.mark.parametrize("texts", [["ответ"], ["ответ", "второй", "третий"]])
async def test_a_lost_answer_sends_nothing_twice(gateway: Gateway, texts: list[str]) -> None:
    """B1, B2, A6: VK took the message, or a whole burst, and the answer never came."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 103, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "echo_drop")
    method = "execute" if len(texts) > 1 else "messages.send"
    lost = {"method": method, "when": "after", "seconds": 0, "times": 1}
    await gateway.vk.fault(linked.community_id, "api_timeout", **lost)

    await gateway.hear(*[gateway.request(linked, 103, text) for text in texts])

    await gateway.says(ReplySent, len(texts))
    assert await gateway.vk.sent(linked.community_id, 103) == texts
    assert len(await gateway.said(ReplyUnconfirmed)) == len(texts)


async def test_an_unclear_answer_is_looked_up_and_sent_if_it_was_not(gateway: Gateway) -> None:
    """B16: VK answers 200 with HTML, before or instead of doing anything."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 104, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_html", method="messages.send", times=1)
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=10, times=1)

    await gateway.reply(linked, 104, "ответ")

    await gateway.says(ReplySent)
    assert await gateway.vk.sent(linked.community_id, 104) == ["ответ"]


async def test_a_refused_reply_fails_with_its_reason_and_releases_the_next(gateway: Gateway) -> None:
    """B8, B12, B13: an error inside the item of `peer_ids` concerns one person, and only this message."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 105, "Здравствуйте")
    await gateway.vk.call("POST", f"/communities/{linked.community_id}/users/105/block")

    await gateway.reply(linked, 105, "первый")
    (failed,) = await gateway.says(ReplyFailed)
    await gateway.vk.call("POST", f"/communities/{linked.community_id}/users/105/unblock")
    await gateway.reply(linked, 105, "второй")

    await gateway.says(ReplySent)
    assert failed.reason == "blocked_by_community"
    assert await gateway.vk.sent(linked.community_id, 105) == ["второй"]


async def test_the_limit_of_vk_slows_down_and_loses_nothing(gateway: Gateway) -> None:
    """B5: error 6 puts a reply back, in order."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 106, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=6, times=2)
    texts = [f"ответ {number}" for number in range(1, 6)]

    for text in texts:
        await gateway.reply(linked, 106, text)

    await gateway.says(ReplySent, 5)
    assert await gateway.vk.sent(linked.community_id, 106) == texts


async def test_deleting_cancels_what_waits_and_silences_vk(gateway: Gateway) -> None:
    """B17, D11: after the end of an epoch nothing is sent, and our server leaves VK."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 107, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=29)
    await gateway.reply(linked, 107, "в очереди")

    await gateway.hear(deleted(linked))
    (failed,) = await gateway.says(ReplyFailed)
    await gateway.reply(linked, 107, "слишком поздно")

    assert {event.reason for event in await gateway.says(ReplyFailed, 2)} == {"integration_deleted"}
    assert failed.reason == "integration_deleted"

    async def gone() -> bool:
        community = await gateway.vk.call("GET", f"/communities/{linked.community_id}")
        return community["callback_servers"] == []

    await wait_until(gone, describe="our callback server is gone")
    assert await gateway.vk.sent(linked.community_id, 107) == []


async def test_callbacks_repeated_and_in_parallel_are_stored_once(gateway: Gateway) -> None:
    """A1, A2: VK sends the same event again and again, also at the same moment."""
    linked = await gateway.connect()
    await gateway.vk.fault(linked.community_id, "callback_duplicate", probability=1.0)

    await asyncio.gather(
        *(gateway.vk.user_writes(linked.community_id, 200 + n, f"сообщение {n}") for n in range(20))
    )

    events = await gateway.says(MessageReceived, 20)
    assert len({(e.external_id, e.conversation_message_id) for e in events}) == len(events) == 20
