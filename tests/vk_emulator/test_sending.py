"""messages.send and what it leaves behind."""

import asyncio
import time
from typing import Any

from tests.vk_emulator.conftest import Vk

USER = 73125540
STRANGER = 64400871


async def send(vk: Vk, random_id: int, **more: Any) -> Any:
    return await vk.response(
        "messages.send", **{"peer_id": USER, "message": "Да", "random_id": random_id, **more}
    )


async def test_one_recipient_gives_an_id_and_many_give_an_array(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")

    assert await send(vk, 1) == 2
    several = await vk.response(
        "messages.send", peer_ids=f"{USER},{STRANGER}", message="Добрый день", random_id=2
    )

    assert several == [
        {"peer_id": USER, "message_id": 3, "conversation_message_id": 3},
        {
            "peer_id": STRANGER,
            "message_id": 0,
            "conversation_message_id": 0,
            "error": {"code": 901, "description": "Can't send messages for users without permission"},
        },
    ]


async def test_a_repeated_random_id_gives_the_first_message_again(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")

    first = await send(vk, 77, message="раз")
    again = await send(vk, 77, message="два")

    assert first == again
    ledger = await vk.see(f"/users/{USER}/messages")
    assert [message["text"] for message in ledger] == ["Здравствуйте!", "раз"]


async def test_random_id_zero_never_counts_as_a_repeat(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")
    assert await send(vk, 0) != await send(vk, 0)


async def test_the_window_for_repeats_is_per_dialog_and_a_hundred_messages_long(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")
    await vk.user_writes(STRANGER, "И вам!")
    first = await send(vk, 5)
    assert await send(vk, 5, peer_id=STRANGER) != first

    for number in range(98):
        await vk.user_writes(USER, f"ещё {number}")
    assert await send(vk, 5) == first
    await vk.user_writes(USER, "сотое")
    await vk.user_writes(USER, "сто первое")
    assert await send(vk, 5) != first


async def test_the_window_for_repeats_ends(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")
    first = await send(vk, 5)
    await vk.do("/faults", {"kind": "dedupe_window", "messages": 0})
    assert await send(vk, 5) != first


async def test_texts_are_limited_in_utf16_units(vk: Vk) -> None:
    await vk.user_writes(USER, "Здравствуйте!")
    await send(vk, 1, message="я" * 4096)
    assert (await vk.error("messages.send", peer_id=USER, random_id=2, message="я" * 4097))[
        "error_code"
    ] == 914
    assert (await vk.error("messages.send", peer_id=USER, random_id=3, message="🙂" * 2049))[
        "error_code"
    ] == 914


async def test_who_may_be_written_to(vk: Vk) -> None:
    async def code() -> Any:
        body = await vk.call("messages.send", peer_id=USER, message="Да", random_id=0)
        return body.get("error", {}).get("error_code")

    assert await code() == 901
    await vk.user_writes(USER, "Здравствуйте!")
    assert await code() is None
    await vk.do(f"/users/{USER}/deny")
    assert await code() == 901
    await vk.do(f"/users/{USER}/allow")
    assert await code() is None
    await vk.do(f"/users/{USER}/block")
    assert await code() == 900
    await vk.do(f"/users/{USER}/unblock")
    assert await code() is None


async def test_wrong_parameters_get_the_texts_that_were_measured(vk: Vk) -> None:
    stable = "One of the parameters specified was missing or invalid: "
    missing = await vk.error("messages.send", peer_id=USER, message="Да")
    assert missing["error_msg"] == stable + "random_id is a required parameter"
    nobody = await vk.error("messages.send", random_id=1, message="Да")
    assert (
        nobody["error_msg"]
        == stable + "you should specify peer_id, user_id, domain, chat_id or user_ids param"
    )
    await vk.user_writes(USER, "Здравствуйте!")
    nonsense = await vk.error("messages.send", random_id=1, peer_id=USER, forward='{"cmids":["x"]}')
    assert nonsense["error_code"] == 100
    empty = await vk.error("messages.send", random_id=1, peer_id=USER)
    assert empty["error_msg"] == stable + "message is empty or invalid"


async def test_replies_and_payloads_are_kept(vk: Vk) -> None:
    asked = await vk.user_writes(USER, "Где заказ?")
    forward = (
        f'{{"peer_id":{USER},"conversation_message_ids":[{asked["conversation_message_id"]}],"is_reply":1}}'
    )

    await send(vk, 1, forward=forward, payload='{"o":1}')
    await send(vk, 2, reply_to=asked["id"])

    history = await vk.response("messages.getHistory", peer_id=USER, rev=1)
    assert [m.get("reply_message", {}).get("text") for m in history["items"]] == [
        None,
        "Где заказ?",
        "Где заказ?",
    ]
    assert history["items"][1]["payload"] == '{"o":1}'


async def test_numbers_grow_by_one_per_peer_and_ids_per_community(vk: Vk) -> None:
    await vk.user_writes(USER, "раз")
    other = await vk.user_writes(STRANGER, "два")
    third = await vk.user_writes(USER, "три")
    assert (other["id"], other["conversation_message_id"]) == (2, 1)
    assert (third["id"], third["conversation_message_id"]) == (3, 2)


async def test_the_twenty_first_request_within_a_second_is_refused(vk: Vk) -> None:
    began = time.monotonic()
    answers = await asyncio.gather(*(vk.call("utils.getServerTime") for _ in range(30)))
    took_a_second = time.monotonic() - began >= 1
    taken = [answer for answer in answers if "error" not in answer]
    refused = [answer["error"]["error_code"] for answer in answers if "error" in answer]
    # A slow machine gives them more than one of VK's seconds.
    assert len(taken) == 20 or (took_a_second and len(taken) > 20)
    assert set(refused) <= {6}


async def test_messages_that_are_off_are_seen_without_sending(vk: Vk) -> None:
    await vk.user_writes(USER, "раз")
    await vk.do("/settings", {"messages_enabled": False})
    found = await vk.response("messages.getConversationsById", peer_ids=USER)
    assert found["items"][0]["can_write"] == {"allowed": False, "reason": 915}
    assert (await vk.error("messages.send", peer_id=USER, message="Да", random_id=0))["error_code"] == 15
    await vk.response("groups.setSettings", group_id=vk.id, messages=1)
    assert await send(vk, 0)
