"""Long Poll with its failures, both transports at once, and events that are lost for good."""

import asyncio
from typing import Any

from starlette.responses import Response

from tests.support.waiting import wait_until
from tests.vk_emulator.conftest import Receiver, Vk

USER = 73125540


async def long_poll(vk: Vk) -> dict[str, Any]:
    """Switch it on; answers its address and the query for it."""
    flags = {"message_new": 1, "message_reply": 1}
    await vk.response("groups.setLongPollSettings", group_id=vk.id, enabled=1, api_version="5.131", **flags)
    return await address(vk)


async def address(vk: Vk) -> dict[str, Any]:
    server = await vk.response("groups.getLongPollServer", group_id=vk.id)
    return {"url": server["server"], "params": {"act": "a_check", "wait": 0, **server}}


async def check(vk: Vk, poll: dict[str, Any], **other: Any) -> Any:
    answer = await vk.client.get(poll["url"], params={**poll["params"], **other})
    assert answer.status_code == 200
    return answer.json()


async def test_settings_are_read_back(vk: Vk) -> None:
    await long_poll(vk)
    settings = await vk.response("groups.getLongPollSettings", group_id=vk.id)
    assert (settings["is_enabled"], settings["api_version"]) == (True, "5.131")
    on = [flag for flag, value in settings["events"].items() if value]
    assert on == ["message_new", "message_reply"]
    await vk.response("groups.setLongPollSettings", group_id=vk.id, enabled=0)
    assert (await vk.error("groups.getLongPollServer", group_id=vk.id))["error_code"] == 100


async def test_several_consumers_wait_and_each_gets_everything(vk: Vk) -> None:
    poll = await long_poll(vk)
    waiting = [asyncio.create_task(check(vk, poll, wait=10)) for _ in range(3)]
    # One round trip later they have arrived; were one late, it would still be given the event.
    await vk.response("utils.getServerTime")
    await vk.user_writes(USER, "раз")
    answers = await asyncio.gather(*waiting)
    assert [answer["updates"][0]["object"]["message"]["text"] for answer in answers] == ["раз"] * 3
    assert len({answer["ts"] for answer in answers}) == 1


async def test_failures_as_switches(vk: Vk) -> None:
    poll = await long_poll(vk)
    await vk.user_writes(USER, "раз")
    for code in (1, 2):
        await vk.do("/faults", {"kind": "long_poll_failed", "code": code, "times": 1})
    lost = await check(vk, poll)
    assert lost == {"failed": 1, "ts": str(int(poll["params"]["ts"]) + 1)}
    assert await check(vk, poll) == {"failed": 2}
    # The key is dead now, but the ts goes on with the next one.
    assert await check(vk, poll) == {"failed": 2}
    renewed = await address(vk)
    found = await check(vk, renewed, ts=poll["params"]["ts"])
    assert len(found["updates"]) == 1
    await vk.do("/faults", {"kind": "long_poll_failed", "code": 3, "times": 1})
    assert await check(vk, renewed) == {"failed": 3}
    await vk.do("/faults", {"kind": "long_poll_down"})
    assert (await vk.client.get(poll["url"], params=poll["params"])).status_code == 502
    refused = await vk.client.post(vk.path + "/faults", json={"kind": "long_poll_failed", "code": 4})
    assert refused.status_code == 422


async def test_old_events_are_forgotten(vk: Vk) -> None:
    poll = await long_poll(vk)
    await vk.do("/faults", {"kind": "rate_limit", "per_second": 100_000})
    await vk.user_writes(USER, "раз")
    script = f'API.messages.send({{"peer_id": {USER}, "random_id": 0, "message": "а"}});'
    for _ in range(41):
        await vk.call("execute", code=script * 25)
    last = int((await address(vk))["params"]["ts"])
    assert await check(vk, poll) == {"failed": 1, "ts": str(last)}
    kept = await check(vk, await address(vk), ts=last - 1000)
    assert len(kept["updates"]) == 1000


async def test_both_transports_tell_the_same_under_different_ids(vk: Vk, receiver: Receiver) -> None:
    poll = await long_poll(vk)
    await vk.connect(receiver, flags=("message_new",))
    await vk.user_writes(USER, "раз")
    await wait_until(lambda: len(receiver.events) == 1)
    [update] = (await check(vk, poll))["updates"]
    [event] = receiver.events
    assert update["object"] == event["object"]
    assert update["event_id"] != event["event_id"]
    assert "secret" not in update


async def test_lost_events_are_lost_for_good(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("message_new",))
    receiver.answers.append(Response("later", 503, headers={"Retry-After": "10000"}))
    await vk.user_writes(USER, "ждёт повтора")
    await wait_until(lambda: len(receiver.events) == 1)
    await wait_until(lambda: postponed(vk))
    await vk.do("/faults", {"kind": "callback_lost"})
    await vk.user_writes(USER, "пропало")
    await vk.do("/deliveries/retry-now")

    async def all_dropped() -> bool:
        return [delivery["state"] for delivery in await vk.see("/deliveries")] == ["dropped", "dropped"]

    await wait_until(all_dropped)
    await vk.do("/faults", method="DELETE")
    await vk.user_writes(USER, "дошло")
    await wait_until(lambda: len(receiver.events) == 2)
    assert receiver.events[1]["object"]["message"]["text"] == "дошло"
    assert (await vk.response("messages.getHistory", peer_id=USER))["count"] == 3


async def postponed(vk: Vk) -> bool:
    return [delivery["attempts"] for delivery in await vk.see("/deliveries")] == [1]
