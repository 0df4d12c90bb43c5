"""Many replies at once: in few calls, each judged by itself, in order whatever goes wrong."""

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shared.database.leases import forget_holders, hold_lease
from shared.events.channel import AccountChecked, ReplyFailed, ReplySent
from shared.events.dialogs import ReplyRequested
from tests.services.vk_gateway.conftest import Emulator, Gateway, Linked, a_gateway
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_emulator.vkscript.machine import Machine
from vk_emulator.vkscript.parser import parse
from vk_gateway.outgoing.attempts import (
    begin_attempts,
    doubt_all,
    settle_attempts,
    settle_look_up,
)
from vk_gateway.outgoing.order import settle_number
from vk_gateway.outgoing.rules import Outcome, Verdict
from vk_gateway.outgoing.script import Send, read_results, write_script
from vk_gateway.tables import Outgoing, OutgoingDialog, OutgoingState, SettledAhead

HEARD = (
    ("api_error", {"code": 6}),
    ("api_error", {"code": 10}),
    ("api_error", {"code": 13}),
    ("api_timeout", {"when": "after", "seconds": 0}),
    ("api_timeout", {"when": "before", "seconds": 0}),
    ("api_html", {"body": "truncated"}),
)


async def calls(gateway: Gateway, linked: Linked) -> dict[str, int]:
    items = (await gateway.vk.call("GET", f"/communities/{linked.community_id}/calls"))["items"]
    return {item["method"]: item["count"] for item in items}


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_many_replies_need_few_calls_and_one_refused_stops_no_other(
    emulator: Emulator, database: str, request: pytest.FixtureRequest
) -> None:
    async with a_gateway(request.getfixturevalue(database), emulator, TestKeys()) as gateway:
        linked = await gateway.connect()
        people = range(7000, 7006)
        for user in people:
            await gateway.vk.user_writes(linked.community_id, user, "Здравствуйте")
        await gateway.vk.call("POST", f"/communities/{linked.community_id}/users/7003/block")
        await gateway.vk.fault(linked.community_id, "text_limit", units=50)
        texts = ["один", "два", "слишком длинно " * 10, "четыре"]

        await gateway.hear(*[gateway.request(linked, user, text) for text in texts for user in people])

        failed = await gateway.says(ReplyFailed, 4 + 5)
        await gateway.says(ReplySent, 3 * 5)
        for user in people:
            sent = await gateway.vk.sent(linked.community_id, user)
            assert sent == ([] if user == 7003 else ["один", "два", "четыре"])
        reasons = {(event.external_id == "7003", event.reason) for event in failed}
        too_long = {(True, "message_too_long"), (False, "message_too_long")}
        assert reasons == {(True, "blocked_by_community"), *too_long}
        made = await calls(gateway, linked)
        assert made["execute"] + made.get("messages.send", 0) < 40


@pytest.mark.parametrize("seed", [1, 2])
async def test_order_holds_whatever_goes_wrong(gateway: Gateway, seed: int) -> None:
    """B1, B2, B5, B13, B16: each accepted reply is in VK once and in order, whatever VK answers."""
    chance = random.Random(seed)
    linked = await gateway.connect()
    people = range(7100, 7106)
    for user in people:
        await gateway.vk.user_writes(linked.community_id, user, "Здравствуйте")
    for kind, options in HEARD:
        # 13 is an error of scripts only; of a message it would be VK's word on the message.
        method = "execute" if options.get("code") == 13 else chance.choice(["execute", "messages.send"])
        times = chance.randint(1, 2)
        await gateway.vk.fault(linked.community_id, kind, method=method, times=times, **options)
    if chance.random() < 0.5:
        await gateway.vk.fault(linked.community_id, "echo_before_answer", times=10)
    requests = [gateway.request(linked, chance.choice(people), f"ответ {number}") for number in range(40)]
    heard = requests.copy()
    chance.shuffle(heard)

    for first in range(0, len(heard), 9):
        await gateway.hear(*heard[first : first + 9])

    await gateway.says(ReplySent, len(requests), seconds=40)
    for user in people:
        wanted = [each.text for each in requests if each.external_id == str(user)]
        assert await gateway.vk.sent(linked.community_id, user) == wanted
    assert await gateway.said(ReplyFailed) == []


async def test_replies_go_one_by_one_where_scripts_do_not_run(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 7200, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="execute", code=15)
    texts = ["один", "два", "три"]

    await gateway.hear(*[gateway.request(linked, 7200, text) for text in texts])

    await gateway.says(ReplySent, 3)
    assert await gateway.vk.sent(linked.community_id, 7200) == texts
    assert (await calls(gateway, linked))["execute"] == 1


Answer = st.sampled_from(["sent", "refused inside", "refused", "odd"])


async def _check_script(dialogs: list[list[str]]) -> None:
    planned = {f"{d}:{n}": answer for d, of in enumerate(dialogs) for n, answer in enumerate(of)}
    made: list[str] = []
    errors: list[dict[str, object]] = []

    async def send(name: str, given: dict[str, object]) -> object:
        made.append(str(given["message"]))
        match planned[made[-1]]:
            case "sent":
                return [{"peer_id": 1, "message_id": 5, "conversation_message_id": len(made)}]
            case "refused inside":
                return [{"message_id": 0, "conversation_message_id": 0, "error": {"code": 901}}]
            case "odd":
                return [{"message_id": 0}]
        errors.append({"method": name, "error_code": 914, "error_msg": "Message is too long"})
        return False

    sends: list[list[Send]] = [
        [{"peer_ids": "1", "random_id": 1, "message": f"{d}:{n}"} for n in range(len(of))]
        for d, of in enumerate(dialogs)
    ]
    code, arguments = write_script(sends)
    texts = {name: str(value) for name, value in arguments.items()}
    response = await Machine(send, texts).run(parse(code))
    outcomes = read_results(response, errors, [[1] * len(of) for of in dialogs])

    expected = {"sent": Verdict.SENT, "odd": Verdict.UNKNOWN}
    for number, (of, judged) in enumerate(zip(dialogs, outcomes, strict=True)):
        stopped = next((n for n, answer in enumerate(of) if answer != "sent"), len(of))
        assert [text for text in made if text.startswith(f"{number}:")] == [
            f"{number}:{n}" for n in range(min(stopped + 1, len(of)))
        ]
        for n, outcome in enumerate(judged):
            wanted = expected.get(of[n], Verdict.REFUSED) if n <= stopped else Verdict.NOT_TRIED
            assert outcome.verdict is wanted


@settings(max_examples=200, deadline=None)
@given(dialogs=st.lists(st.lists(Answer, min_size=1, max_size=5), min_size=1, max_size=5))
def test_a_script_goes_on_with_a_dialog_only_while_its_replies_are_sent(dialogs: list[list[str]]) -> None:
    asyncio.run(_check_script(dialogs))


@pytest.mark.parametrize(
    ("response", "errors"),
    [
        (None, []),
        ([], []),
        ([False, False], [{"method": "messages.send", "error_code": 914}]),
        ([False, False], []),
        ([None, None], []),
        ([[], [{"message_id": 7}]], []),
        ("odd", [{"method": "execute", "error_code": 13}]),
    ],
)
def test_what_an_answer_does_not_tell_for_certain_is_unknown(response: object, errors: list[object]) -> None:
    ((first,), (second,)) = read_results(response, errors, [[1], [1]])
    assert {first.verdict, second.verdict} == {Verdict.UNKNOWN}


async def test_numbers_settled_in_any_order_release_the_next_without_a_gap(gateway: Gateway) -> None:
    database, dialog_id = gateway.service.database, UUID(int=99)
    for seed in range(5):
        numbers = list(range(1, 9))
        random.Random(seed).shuffle(numbers)
        settled: set[int] = set()
        for number in numbers:
            async with database.write() as session:
                settle_number(session, dialog_id, number)
                settle_number(session, UUID(int=98), seed + 1)
            settled.add(number)
            async with database.read() as session:
                mark = (await session.get_one(OutgoingDialog, dialog_id)).settled_number
                ahead = set(await session.scalars(select(SettledAhead.number)))
            assert set(range(1, mark + 1)) | ahead == settled
            assert mark + 1 not in settled
        async with database.write() as session:
            await session.delete(await session.get_one(OutgoingDialog, dialog_id))


async def test_a_reply_that_is_alone_goes_at_once(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 7300, "Здравствуйте")

    await gateway.reply(linked, 7300, "сразу")

    await gateway.says(ReplySent)
    made = await calls(gateway, linked)
    assert made["messages.send"] == 1
    assert "execute" not in made


async def test_a_dialog_that_waits_holds_up_no_other(gateway: Gateway) -> None:
    """B6: after error 9 one dialog pauses for half a minute, with all that follows in it."""
    linked = await gateway.connect()
    for user in (7400, 7401):
        await gateway.vk.user_writes(linked.community_id, user, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=9, times=1)
    await gateway.reply(linked, 7400, "слишком часто")

    async def paused() -> bool:
        return (await calls(gateway, linked)).get("messages.send") == 1

    await wait_until(paused, describe="VK has complained")
    later: list[ReplyRequested] = [gateway.request(linked, 7400, "потом") for _ in range(30)]
    await gateway.hear(*later, gateway.request(linked, 7401, "сразу"))

    (sent,) = await gateway.says(ReplySent)
    assert sent.external_id == "7401"
    assert await gateway.vk.sent(linked.community_id, 7400) == []


async def test_a_problem_of_the_account_stops_all_and_keeps_the_queue(gateway: Gateway) -> None:
    """B7: VK wants a captcha; nothing more is asked for a minute, nothing is lost."""
    linked = await gateway.connect()
    people = range(7500, 7504)
    for user in people:
        await gateway.vk.user_writes(linked.community_id, user, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=14)
    await gateway.hear(*[gateway.request(linked, user, "ответ") for user in people])

    (checked,) = await gateway.says(AccountChecked)
    await gateway.vk.mend(linked.community_id)
    await asyncio.gather(*(gateway.reply(linked, user, "ещё") for user in people))
    assert checked.problem == "captcha_needed"
    async with gateway.service.database.write() as session:
        waiting = (await session.scalars(select(Outgoing))).all()
        assert {reply.state for reply in waiting} == {OutgoingState.QUEUED}
        for reply in waiting:
            reply.next_attempt_at = session.now

    await gateway.says(ReplySent, 8)
    assert [event.problem for event in await gateway.said(AccountChecked)] == ["captcha_needed", None]
    for user in people:
        assert await gateway.vk.sent(linked.community_id, user) == ["ответ", "ещё"]


async def test_a_sender_that_slept_past_its_lease_changes_nothing(gateway: Gateway) -> None:
    """B14: two processes think that a community is theirs; what the older one says late does not count."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 7600, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=29)
    request = await gateway.reply(linked, 7600, "ответ")
    database, name = gateway.service.database, f"community:{linked.integration_id}"

    async def put_off() -> bool:
        async with database.read() as session:
            return (await session.get_one(Outgoing, request.reply_id)).reason == "vk_unavailable"

    await wait_until(put_off, describe="VK has refused for now")
    async with database.write() as session:
        await forget_holders(session)
        old = await hold_lease(session, name, holder="old", seconds=600)
        (await session.get_one(Outgoing, request.reply_id)).next_attempt_at = session.now
    assert old is not None
    async with database.write() as session:
        (begun,) = (await begin_attempts(session, [request.reply_id], old)).replies
    async with database.write() as session:
        await forget_holders(session)
        new = await hold_lease(session, name, holder="new", seconds=600)
        assert new is not None
        await doubt_all(session, [request.reply_id], timedelta())
        await settle_look_up(session, request.reply_id, None, new)
    async with database.write() as session:
        assert (await begin_attempts(session, [request.reply_id], old)).replies == []
        (again,) = (await begin_attempts(session, [request.reply_id], new)).replies
    assert again.fence > old.fence

    async with database.write() as session:
        refused = Outcome(Verdict.REFUSED, reason="refused_by_vk")
        await settle_attempts(session, [(begun, refused)], doubt_for=timedelta())
    async with database.read() as session:
        assert (await session.get_one(Outgoing, request.reply_id)).state is OutgoingState.SENDING
