"""Callback API: handshake, events, retries, pauses and the answers that change a server."""

import re
from pathlib import Path
from typing import Any

import httpx
from starlette.responses import Response

from tests.support.waiting import wait_until
from tests.vk_emulator.conftest import EmulatorProcess, Receiver, Vk, new_community

USER = 73125540


async def servers(vk: Vk) -> list[dict[str, Any]]:
    found = await vk.response("groups.getCallbackServers", group_id=vk.id)
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_a_server_is_confirmed_while_it_is_added_and_its_flags_are_all_zero(
    vk: Vk, receiver: Receiver
) -> None:
    code = (await vk.response("groups.getCallbackConfirmationCode", group_id=vk.id))["code"]
    assert re.fullmatch("[0-9a-f]{8}", code)
    receiver.confirmation = code

    entry = {"url": receiver.url, "title": "Cabinet", "secret_key": "kRq7"}
    added = await vk.response("groups.addCallbackServer", group_id=vk.id, **entry)

    assert [server["status"] for server in await servers(vk)] == ["ok"]
    assert receiver.requests[0]["body"] == {"type": "confirmation", "group_id": vk.id, "secret": "kRq7"}
    settings = await vk.response("groups.getCallbackSettings", group_id=vk.id, server_id=added["server_id"])
    assert len(settings["events"]) == 56
    assert set(settings["events"].values()) == {0}
    assert (await vk.response("groups.getCallbackConfirmationCode", group_id=vk.id))["code"] != code


async def test_a_wrong_code_fails_and_an_edit_with_the_right_one_heals(vk: Vk, receiver: Receiver) -> None:
    receiver.confirmation = "wrong"
    entry = {"group_id": vk.id, "url": receiver.url, "title": "Cabinet"}
    server_id = (await vk.response("groups.addCallbackServer", **entry))["server_id"]
    assert [server["status"] for server in await servers(vk)] == ["failed"]

    code = await vk.response("groups.getCallbackConfirmationCode", group_id=vk.id)
    receiver.confirmation = code["code"]
    await vk.response("groups.editCallbackServer", server_id=server_id, **entry)
    assert [server["status"] for server in await servers(vk)] == ["ok"]


async def test_the_limits_of_server_entries(vk: Vk, receiver: Receiver) -> None:
    entry = {"group_id": vk.id, "url": receiver.url, "title": "Cabinet"}
    for _ in range(10):
        await vk.response("groups.addCallbackServer", **entry)
    assert (await vk.error("groups.addCallbackServer", **entry))["error_code"] == 2000
    too_long = await vk.error("groups.editCallbackServer", **{**entry, "server_id": 1, "title": "x" * 15})
    assert too_long["error_code"] == 100
    assert (await vk.error("groups.deleteCallbackServer", group_id=vk.id, server_id=99))["error_code"] == 104
    assert (await vk.error("groups.getCallbackSettings", group_id=vk.id))["error_code"] == 100


async def test_the_first_message_comes_with_consent_and_in_the_new_shape(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, secret="s3cret")
    stored = await vk.user_writes(USER, "Здравствуйте!", ref="site")

    await wait_until(lambda: len(receiver.events) == 2)
    event = receiver.of_type("message_new")[0]
    assert receiver.of_type("message_allow")[0]["object"] == {"user_id": USER, "key": ""}
    assert re.fullmatch("[0-9a-f]{40}", event["event_id"])
    assert (event["v"], event["group_id"], event["secret"]) == ("5.199", vk.id, "s3cret")
    assert set(event["object"]) == {"message", "client_info"}
    message = event["object"]["message"]
    assert (message["text"], message["ref"], message["id"]) == ("Здравствуйте!", "site", stored["id"])


async def test_every_send_and_every_admin_reply_is_echoed(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_reply",))
    await vk.user_writes(USER, "Здравствуйте!")
    await vk.response("messages.send", peer_id=USER, message="Мы", random_id=4242, payload='{"o":7}')
    await vk.do(f"/admins/{vk.admin_id}/replies", {"user_id": USER, "text": "Я сам"})

    await wait_until(lambda: len(receiver.events) == 2)
    ours, theirs = sorted((event["object"] for event in receiver.events), key=lambda message: message["id"])
    assert (ours["random_id"], ours["payload"], ours["from_id"]) == (4242, '{"o":7}', -vk.id)
    assert "admin_author_id" not in ours
    assert theirs["admin_author_id"] == vk.admin_id
    assert theirs["random_id"] != 0


async def test_a_failed_event_is_retried_with_the_same_body_and_a_counter(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_new",))
    receiver.answers += [Response("no", 500), Response("OK?"), Response("slow", 404)]
    await vk.user_writes(USER, "Здравствуйте!")

    await wait_until(lambda: len(receiver.events) == 4)
    attempts = receiver.requests[1:]
    assert [attempt["headers"].get("x-retry-counter") for attempt in attempts] == [None, "1", "2", "3"]
    assert len({attempt["raw"] for attempt in attempts}) == 1
    # The clock runs a thousand times quicker: 180 s and 600 s are 0.18 s and 0.6 s.
    assert attempts[2]["at"] - attempts[1]["at"] >= 0.17
    assert attempts[3]["at"] - attempts[2]["at"] >= 0.59


async def test_retry_after_is_honoured_and_is_no_failure(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_new",))
    receiver.answers += [Response("later", 503, headers={"Retry-After": "400"})]
    await vk.user_writes(USER, "Здравствуйте!")

    await wait_until(lambda: len(receiver.events) == 2)
    first, second = receiver.requests[1:]
    assert second["at"] - first["at"] >= 0.39
    assert "x-retry-counter" not in second["headers"]


async def test_a_server_that_keeps_failing_is_paused_and_retry_now_ends_the_pause(
    vk: Vk, receiver: Receiver
) -> None:
    await vk.connect(receiver, flags=("message_new",))
    receiver.otherwise = "broken"
    for number in range(6):
        await vk.user_writes(USER + number, "Здравствуйте!")

    async def paused() -> Any:
        answer = await vk.client.get(vk.path)
        return answer.json()["callback_servers"][0]["paused_until"]

    await wait_until(paused)
    receiver.otherwise = "ok"
    await vk.do("/deliveries/retry-now")

    async def all_delivered() -> bool:
        return {delivery["state"] for delivery in await vk.see("/deliveries")} == {"delivered"}

    await wait_until(all_delivered)


async def test_answers_that_change_the_server(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_new",))
    receiver.answers += [Response("version 5.92"), Response("ok"), Response("remove")]
    await vk.user_writes(USER, "раз")
    await wait_until(lambda: len(receiver.events) == 1)

    async def version() -> Any:
        return (await vk.client.get(vk.path)).json()["callback_servers"][0]["api_version"] == "5.92"

    await wait_until(version)
    await vk.user_writes(USER, "два")
    await wait_until(lambda: len(receiver.events) == 2)
    assert receiver.events[1]["object"]["text"] == "два"
    await vk.user_writes(USER, "три")

    async def gone() -> bool:
        return (await vk.client.get(vk.path)).json()["callback_servers"] == []

    await wait_until(gone)


async def test_faults_of_callbacks(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_new",))
    await vk.do("/faults", {"kind": "callback_duplicate", "times": 1})
    await vk.do("/faults", {"kind": "extra_keys"})
    await vk.user_writes(USER, "раз")
    await wait_until(lambda: len(receiver.events) == 2)
    assert len({event["event_id"] for event in receiver.events}) == 1
    assert "quantum_state" in receiver.events[0]["object"]["message"]

    await vk.do("/faults", method="DELETE")
    await vk.do("/faults", {"kind": "callback_drop", "times": 1})
    await vk.do("/faults", {"kind": "message_new_bare"})
    await vk.user_writes(USER, "пропало")
    await vk.user_writes(USER, "дошло")
    await wait_until(lambda: len(receiver.events) == 3)
    assert receiver.events[2]["object"]["text"] == "дошло"


async def test_an_echo_can_come_before_the_answer(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_reply",))
    await vk.user_writes(USER, "раз")
    await vk.do("/faults", {"kind": "echo_before_answer"})
    await vk.response("messages.send", peer_id=USER, message="Мы", random_id=1)
    assert [event["object"]["text"] for event in receiver.events] == ["Мы"]


async def test_a_crash_keeps_numbers_keys_servers_and_pending_events(
    tmp_path: Path, receiver: Receiver
) -> None:
    emulator = EmulatorProcess(tmp_path, scale=0.01)
    emulator.start()
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as client:
        vk = await new_community(client)
        await vk.connect(receiver, flags=("message_new",))
        receiver.otherwise = "broken"
        await vk.user_writes(USER, "раз")
        await wait_until(lambda: len(receiver.events) == 1)
        [before] = await wait_until(lambda: failed_once(vk))
        await vk.do(f"/users/{USER}/messages/1/reaction", {"reaction_id": 3})
        file = {"file": ("счёт.txt", b"1490")}
        kept = (await client.post(f"{vk.path}/users/{USER}/files", files=file)).json()
        emulator.kill()

        # A slow machine may have seen another attempt by now.
        tried = len(receiver.events)
        receiver.otherwise = "ok"
        emulator.start()
        await wait_until(lambda: len(receiver.events) > tried)
        [after] = await vk.see("/deliveries")
        assert after["event_id"] == before["event_id"]
        assert int(receiver.requests[-1]["headers"]["x-retry-counter"]) >= 1
        stored = await vk.user_writes(USER, "два")
        assert (stored["id"], stored["conversation_message_id"]) == (2, 2)
        assert (await vk.response("messages.getHistory", peer_id=USER))["count"] == 2
        [first] = (await vk.response("messages.getById", message_ids=1))["items"]
        assert first["last_reaction_id"] == 3
        link = kept["attachment"]["doc"]["url"]
        assert (await client.get(link, follow_redirects=True)).content == b"1490"
    emulator.kill()


async def failed_once(vk: Vk) -> Any:
    deliveries = await vk.see("/deliveries")
    return deliveries if deliveries[0]["attempts"] else None
