"""Edits, deletion, reactions, reading, buttons and other things that happen to messages."""

import json
from typing import Any

from tests.support.waiting import wait_until
from tests.vk_emulator.conftest import Receiver, Vk

USER = 73125540
STRANGER = 64400871
KEYBOARD = {
    "inline": True,
    "buttons": [
        [
            {"action": {"type": "text", "label": "Оператор", "payload": '{"act":"human"}'}},
            {"action": {"type": "callback", "label": "Оценить", "payload": {"score": 5}}},
            {"action": {"type": "open_link", "label": "Сайт", "link": "https://paper-crane.example"}},
        ]
    ],
}


async def send(vk: Vk, text: str = "Да", **more: Any) -> Any:
    [sent] = await vk.response("messages.send", peer_ids=USER, message=text, random_id=0, **more)
    return sent


async def history(vk: Vk) -> list[Any]:
    items: list[Any] = (await vk.response("messages.getHistory", peer_id=USER, rev=1))["items"]
    return items


async def test_the_community_edits_its_own_messages_of_the_last_day(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_edit",))
    asked = await vk.user_writes(USER, "Где заказ?")
    cmid = (await send(vk, payload='{"o":1}'))["conversation_message_id"]

    assert await vk.response("messages.edit", peer_id=USER, cmid=cmid, message="Нет") == 1

    await wait_until(lambda: len(receiver.events) == 1)
    edited = receiver.events[0]["object"]
    assert (edited["text"], edited["payload"], edited["out"]) == ("Нет", '{"o":1}', 1)
    assert edited["update_time"] >= edited["date"]
    assert (await history(vk))[1]["text"] == "Нет"
    for wrong, code in (
        ({"message_id": asked["id"]}, 15), ({"cmid": 9}, 100), ({"cmid": cmid, "message": ""}, 100),
        ({"cmid": cmid, "message": "я" * 4097}, 914),
    ):  # fmt: skip
        error = await vk.error("messages.edit", **{"peer_id": USER, "message": "Да", **wrong})
        assert error["error_code"] == code, wrong
    sticker = (await send(vk, "", sticker_id=1))["conversation_message_id"]
    assert (await vk.error("messages.edit", peer_id=USER, cmid=sticker, message="а"))["error_code"] == 920
    made = await vk.do("/history", {"dialogs": 1, "messages_each": 40, "days": 60})
    peer = made["user_ids"][0]
    found = (await vk.response("messages.getHistory", peer_id=peer, rev=1, count=200))["items"]
    old = next(message["conversation_message_id"] for message in found if message["out"])
    assert (await vk.error("messages.edit", peer_id=peer, cmid=old, message="а"))["error_code"] == 909


async def test_deletion_for_the_community_and_for_everybody(vk: Vk) -> None:
    asked = await vk.user_writes(USER, "Где заказ?")
    first, second = await send(vk, "раз"), await send(vk, "два")

    deleted = await vk.response(
        "messages.delete", message_ids=f"{asked['id']},{first['message_id']},999", delete_for_all=1
    )

    assert [(item["message_id"], item["response"]) for item in deleted] == [
        (asked["id"], 0), (first["message_id"], 1), (999, 0),
    ]  # fmt: skip
    assert deleted[0]["error"]["code"] == 924
    old_shape = await vk.response(
        "messages.delete", v="5.131", peer_id=USER, cmids=second["conversation_message_id"]
    )
    assert old_shape == {str(second["message_id"]): 1}
    assert [message["text"] for message in await history(vk)] == ["Где заказ?"]
    assert (await vk.response("messages.getById", message_ids=second["message_id"]))["count"] == 0
    await vk.response("messages.restore", message_id=second["message_id"])
    assert (await vk.error("messages.restore", message_id=first["message_id"]))["error_code"] == 100
    assert [message["text"] for message in await history(vk)] == ["Где заказ?", "два"]
    third = await send(vk, "три")
    assert third["conversation_message_id"] == 4
    assert (await vk.response("messages.deleteConversation", peer_id=USER))["last_deleted_id"] == 4
    assert (await vk.response("messages.getConversations"))["count"] == 0


async def test_a_user_deletes_a_message_and_no_event_tells_it(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_new",))
    await vk.user_writes(USER, "раз")
    await vk.user_writes(USER, "два")
    await vk.do(f"/users/{USER}/messages/2/delete")
    await wait_until(lambda: len(receiver.events) == 2)
    listed = await vk.response("messages.getConversations", filter="unread")
    assert listed["items"][0]["last_message"]["text"] == "раз"
    assert listed["items"][0]["conversation"]["unread_count"] == 1
    assert [message["text"] for message in await vk.see(f"/users/{USER}/messages")] == ["раз"]


async def test_reactions_of_both_sides(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_reaction_event",))
    await vk.user_writes(USER, "раз")
    cmid = (await send(vk))["conversation_message_id"]
    await vk.do(f"/users/{USER}/messages/{cmid}/reaction", {"reaction_id": 4})
    await vk.response("messages.sendReaction", peer_id=USER, cmid=cmid, reaction_id=4)

    reacted = (await history(vk))[1]
    assert reacted["reactions"] == [{"reaction_id": 4, "count": 2, "user_ids": [USER, -vk.id]}]
    assert (reacted["reaction_id"], reacted["last_reaction_id"]) == (4, 4)
    await vk.response("messages.deleteReaction", peer_id=USER, cmid=cmid)
    await vk.do(f"/users/{USER}/messages/{cmid}/reaction")
    assert "reactions" not in (await history(vk))[1]
    await wait_until(lambda: len(receiver.events) == 2)
    given, taken = sorted((event["object"] for event in receiver.events), key=len, reverse=True)
    assert given == {"reacted_id": USER, "peer_id": USER, "cmid": cmid, "reaction_id": 4}
    assert taken == {"reacted_id": USER, "peer_id": USER, "cmid": cmid}
    unknown = await vk.error("messages.sendReaction", peer_id=USER, cmid=cmid, reaction_id=65)
    assert unknown["error_code"] == 1009


async def test_reading_typing_and_answering(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_read", "message_typing_state"))
    await vk.user_writes(USER, "раз")
    sent = [await send(vk, text) for text in ("да", "нет")]
    await vk.do(f"/users/{USER}/read", {"conversation_message_id": 2})
    await vk.do(f"/users/{USER}/typing", {"state": "audiomessage"})

    await wait_until(lambda: len(receiver.events) == 2)
    [read], [typing] = receiver.of_type("message_read"), receiver.of_type("message_typing_state")
    assert read["object"] == {
        "from_id": USER, "peer_id": USER, "read_message_id": sent[0]["message_id"],
        "conversation_message_id": 2,
    }  # fmt: skip
    assert typing["object"] == {"state": "audiomessage", "from_id": USER, "to_id": -vk.id}
    await vk.response("messages.setActivity", peer_id=USER, type="typing")
    [activity] = await vk.see("/activities")
    assert (activity["user_id"], activity["type"]) == (USER, "typing")
    assert (await vk.see("/dialogs"))[0]["activity"]["type"] == "typing"

    await vk.user_writes(USER, "ещё")
    await vk.response("messages.markAsRead", peer_id=USER, up_to_cmid=1)
    await vk.response("messages.markAsAnsweredConversation", peer_id=USER)
    [found] = (await vk.response("messages.getConversationsById", peer_ids=USER))["items"]
    assert (found["in_read_cmid"], found["out_read_cmid"], found["unanswered"]) == (1, 4, False)
    assert (await vk.response("messages.getConversations", filter="unanswered"))["count"] == 0


async def test_buttons_write_or_wait_for_an_answer(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_event",))
    await vk.user_writes(USER, "раз")
    cmid = (await send(vk, keyboard=json.dumps(KEYBOARD)))["conversation_message_id"]
    path = f"/users/{USER}/messages/{cmid}/press"

    written = await vk.do(path)
    assert (written["text"], written["payload"]) == ("Оператор", '{"act":"human"}')
    pressed = await vk.do(path, {"column": 1})
    assert (await vk.do(path, {"column": 2}))["action"]["type"] == "open_link"

    await wait_until(lambda: len(receiver.events) == 1)
    event = receiver.events[0]["object"]
    assert event == {
        "user_id": USER, "peer_id": USER, "event_id": pressed["event_id"], "payload": {"score": 5},
        "conversation_message_id": cmid,
    }  # fmt: skip
    shown = '{"type":"show_snackbar","text":"Спасибо"}'
    answer = {"event_id": event["event_id"], "user_id": USER, "peer_id": USER, "event_data": shown}
    await vk.response("messages.sendMessageEventAnswer", **answer)
    assert (await vk.see(f"/users/{USER}/presses"))[0]["answer"]["text"] == "Спасибо"
    assert (await vk.error("messages.sendMessageEventAnswer", **answer))["error_code"] == 100
    for wrong in ("[]", '{"buttons":[[{}]]}', '{"inline":true,"one_time":true,"buttons":[]}'):
        error = await vk.error("messages.send", peer_id=USER, message="а", random_id=0, keyboard=wrong)
        assert error["error_code"] == 911, wrong


async def test_settings_officers_and_deactivated_users(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("group_change_settings", "group_officers_edit"))
    await vk.do("/settings", {"messages_enabled": False})
    await vk.do("/settings", {"messages_enabled": True})
    await vk.do(f"/admins/{vk.admin_id}/level", {"level": 1})
    await wait_until(lambda: len(receiver.events) == 3)
    [officer] = receiver.of_type("group_officers_edit")
    assert officer["object"] == {
        "admin_id": vk.admin_id, "user_id": vk.admin_id, "level_old": 3, "level_new": 1,
    }  # fmt: skip
    ghost = 810_000 + vk.id % 1000
    await vk.user_writes(ghost, "раз")
    changed = await vk.client.post(f"/emulator/v1/users/{ghost}", json={"deactivated": "banned"})
    assert changed.json()["deactivated"] == "banned"
    assert (await vk.error("messages.send", peer_id=ghost, message="а", random_id=0))["error_code"] == 18
    [found] = (await vk.response("messages.getConversationsById", peer_ids=ghost))["items"]
    assert found["can_write"] == {"allowed": False, "reason": 18}
    refused = await vk.client.post(f"{vk.path}/users/{ghost}/messages", json={"text": "два"})
    assert refused.json()["code"] == "user_deactivated"
