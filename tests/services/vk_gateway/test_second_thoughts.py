"""Operators change their minds: take back, try again, edit, delete; and VK learns what they read and type."""

import asyncio
import json
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from shared.events.channel import (
    ChangeApplied,
    ChangeFailed,
    ReplyFailed,
    ReplySent,
    WritingPermissionChanged,
)
from shared.events.dialogs import (
    ChangeKind,
    ChangeRequested,
    MessagesSeen,
    ReplyCancelled,
    ReplyRequested,
)
from tests.services.vk_gateway.conftest import Gateway, Linked, deleted
from tests.services.vk_gateway.test_epochs import connect_again
from tests.support.waiting import wait_until
from vk_gateway.tables import MessageChange, Outgoing, OutgoingState, ReadMark


def taken_back(request: ReplyRequested) -> ReplyCancelled:
    fields = request.model_dump(include=set(ReplyCancelled.model_fields))
    return ReplyCancelled.model_validate(fields)


def again(request: ReplyRequested, number: int) -> ReplyRequested:
    return request.model_copy(update={"number": number, "attempt": request.attempt + 1})


def change(
    gateway: Gateway, request: ReplyRequested, sent: ReplySent, number: int, text: str | None
) -> ChangeRequested:
    return ChangeRequested(
        project_id=request.project_id,
        change_id=gateway.world.new_id(),
        kind=ChangeKind.DELETE if text is None else ChangeKind.EDIT,
        number=number,
        reply_id=request.reply_id,
        dialog_id=request.dialog_id,
        integration_id=request.integration_id,
        epoch=request.epoch,
        external_id=request.external_id,
        conversation_message_id=sent.conversation_message_id,
        text=text,
    )


async def connected(gateway: Gateway, user: int) -> Linked:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, user, "Здравствуйте")
    return linked


async def due_now(gateway: Gateway) -> None:
    """Let pass what waits for its next attempt."""
    async with gateway.service.database.write() as session:
        await session.execute(update(Outgoing).values(next_attempt_at=session.now))
        await session.execute(update(MessageChange).values(next_attempt_at=session.now))


async def state_of(gateway: Gateway, reply_id: UUID) -> OutgoingState:
    async with gateway.service.database.read() as session:
        return (await session.get_one(Outgoing, reply_id)).state


async def test_a_waiting_reply_is_taken_back_and_the_next_goes(gateway: Gateway) -> None:
    linked = await connected(gateway, 8100)
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=9, times=1)
    first = await gateway.reply(linked, 8100, "первый")

    async def tried() -> bool:
        async with gateway.service.database.read() as session:
            return (await session.get_one(Outgoing, first.reply_id)).reason == "writing_too_often"

    await wait_until(tried, describe="VK has complained")
    second = gateway.request(linked, 8100, "второй")
    third = gateway.request(linked, 8100, "третий")
    # The second is taken back while the first is before it, and before it was heard at all.
    await gateway.hear(taken_back(second))
    await gateway.hear(third, second)
    await gateway.hear(taken_back(first))

    await gateway.says(ReplySent)
    failed = await gateway.says(ReplyFailed, 2)
    assert {(event.reply_id, event.reason) for event in failed} == {
        (first.reply_id, "cancelled"),
        (second.reply_id, "cancelled"),
    }
    assert await gateway.vk.sent(linked.community_id, 8100) == ["третий"]
    await gateway.hear(taken_back(third))
    assert await state_of(gateway, third.reply_id) is OutgoingState.SENT


async def test_a_failed_reply_is_tried_again_under_its_own_identity(gateway: Gateway) -> None:
    linked = await connected(gateway, 8101)
    path = f"/communities/{linked.community_id}/users/8101"
    await gateway.vk.call("POST", f"{path}/block")
    first = await gateway.reply(linked, 8101, "первый")
    (failed,) = await gateway.says(ReplyFailed)
    (permission,) = await gateway.says(WritingPermissionChanged)
    await gateway.vk.call("POST", f"{path}/unblock")
    await gateway.reply(linked, 8101, "второй", number=2)

    await gateway.hear(again(first, 3))
    # The first attempt comes once more, late.
    await gateway.hear(first)

    sent = {event.reply_id: event for event in await gateway.says(ReplySent, 2)}
    assert (failed.attempt, sent[first.reply_id].attempt) == (1, 2)
    assert await gateway.vk.sent(linked.community_id, 8101) == ["второй", "первый"]
    assert (permission.allowed, permission.reason) == (False, "blocked_by_community")


async def test_trying_again_what_vk_has_after_all_sends_nothing(gateway: Gateway) -> None:
    """It failed for us while it was on its way; a further attempt looks into VK's history first."""
    linked = await connected(gateway, 8102)
    await gateway.vk.fault(linked.community_id, "echo_drop")
    lost = {"method": "messages.send", "when": "after", "seconds": 0, "times": 1}
    await gateway.vk.fault(linked.community_id, "api_timeout", **lost)
    unread = {"method": "messages.getHistory", "code": 10}
    await gateway.vk.fault(linked.community_id, "api_error", **unread)
    first = await gateway.reply(linked, 8102, "ответ")

    async def doubted() -> bool:
        return await state_of(gateway, first.reply_id) is OutgoingState.CHECKING

    await wait_until(doubted, describe="nobody knows")
    await gateway.hear(deleted(linked))
    await gateway.says(ReplyFailed)
    linked_again = await connect_again(gateway, linked)
    await gateway.vk.mend(linked.community_id)
    await gateway.hear(again(first, 2).model_copy(update={"epoch": linked_again.epoch}))

    (sent,) = await gateway.says(ReplySent)
    assert sent.attempt == 2
    assert await gateway.vk.sent(linked.community_id, 8102) == ["ответ"]


async def test_trying_again_in_a_new_epoch_what_was_sent_in_the_old_one_is_answered_in_the_new(
    gateway: Gateway,
) -> None:
    """Dialogs heard of the end before it heard of the sending, and waits for the attempt's own epoch."""
    linked = await connected(gateway, 8103)
    first = await gateway.reply(linked, 8103, "ответ")
    await gateway.says(ReplySent)
    await gateway.hear(deleted(linked))
    linked_again = await connect_again(gateway, linked)

    await gateway.hear(again(first, 2).model_copy(update={"epoch": linked_again.epoch}))

    _, sent = await gateway.says(ReplySent, 2)
    assert (sent.attempt, sent.epoch) == (2, linked_again.epoch)
    assert await gateway.vk.sent(linked.community_id, 8103) == ["ответ"]


async def sent_reply(
    gateway: Gateway, linked: Linked, user: int, text: str
) -> tuple[ReplyRequested, ReplySent]:
    request = await gateway.reply(linked, user, text)
    (sent,) = await gateway.says(ReplySent)
    return request, sent


async def test_edits_and_a_deletion_reach_vk_in_order(gateway: Gateway) -> None:
    linked = await connected(gateway, 8103)
    request, sent = await sent_reply(gateway, linked, 8103, "очепятка")
    first, second = (change(gateway, request, sent, n, text) for n, text in ((1, "опечатка"), (2, "ошибка")))
    for fault in ({"code": 10}, {"code": 6}):
        await gateway.vk.fault(linked.community_id, "api_error", method="messages.edit", times=1, **fault)
    lost = {"method": "messages.edit", "when": "after", "seconds": 0, "times": 1}
    await gateway.vk.fault(linked.community_id, "api_timeout", **lost)

    await gateway.hear(second)
    await gateway.hear(first)
    await gateway.hear(first)

    applied = await gateway.says(ChangeApplied, 2)
    assert [event.change_id for event in applied] == [first.change_id, second.change_id]
    assert await gateway.vk.sent(linked.community_id, 8103) == ["ошибка"]

    lost["method"] = "messages.delete"
    await gateway.vk.fault(linked.community_id, "api_timeout", **lost)
    await gateway.hear(change(gateway, request, sent, 3, None))
    await gateway.says(ChangeApplied, 3)
    assert await gateway.vk.sent(linked.community_id, 8103) == []

    await gateway.hear(change(gateway, request, sent, 4, "поздно"))
    (failed,) = await gateway.says(ChangeFailed)
    assert failed.reason == "already_deleted"


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [(909, "позже", "edit_window_over"), (920, "иначе", "not_editable"), (924, None, "delete_window_over")],
)
async def test_a_change_that_vk_refuses_fails_with_its_reason(
    gateway: Gateway, code: int, text: str | None, reason: str
) -> None:
    linked = await connected(gateway, 8104)
    request, sent = await sent_reply(gateway, linked, 8104, "ответ")
    method = "messages.delete" if text is None else "messages.edit"
    await gateway.vk.fault(linked.community_id, "api_error", method=method, code=code)

    await gateway.hear(change(gateway, request, sent, 1, text))

    (failed,) = await gateway.says(ChangeFailed)
    assert failed.reason == reason
    assert await gateway.vk.sent(linked.community_id, 8104) == ["ответ"]


async def test_changes_that_wait_end_with_their_epoch(gateway: Gateway) -> None:
    linked = await connected(gateway, 8105)
    request, sent = await sent_reply(gateway, linked, 8105, "ответ")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.edit", code=29)
    await gateway.hear(change(gateway, request, sent, 1, "иначе"))

    await gateway.hear(deleted(linked))
    await gateway.hear(change(gateway, request, sent, 2, "ещё"))

    failed = await gateway.says(ChangeFailed, 2)
    assert {event.reason for event in failed} == {"integration_deleted"}


async def test_vk_learns_what_operators_have_read_once_for_many(gateway: Gateway) -> None:
    linked = await connected(gateway, 8106)
    for number in range(2, 6):
        await gateway.vk.user_writes(linked.community_id, 8106, f"ещё {number}")
    dialog_id = gateway.request(linked, 8106, "").dialog_id
    seen = [
        MessagesSeen(
            project_id=linked.project_id,
            dialog_id=dialog_id,
            integration_id=linked.integration_id,
            epoch=linked.epoch,
            external_id="8106",
            conversation_message_id=number,
        )
        for number in (3, 5, 1)
    ]

    await gateway.hear(*seen)

    async def told() -> int | None:
        async with gateway.service.database.read() as session:
            return (await session.scalars(select(ReadMark.told_number))).one()

    async def is_told() -> bool:
        return await told() == 5

    await wait_until(is_told, describe="VK knows")
    items = (await gateway.vk.call("GET", f"/communities/{linked.community_id}/calls"))["items"]
    assert [item["count"] for item in items if item["method"] == "messages.markAsRead"] == [1]


async def test_vk_is_not_asked_for_ever_to_take_a_mark_that_it_refuses(gateway: Gateway) -> None:
    linked = await connected(gateway, 8108)
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.markAsRead", code=917)
    seen = MessagesSeen(
        project_id=linked.project_id,
        dialog_id=gateway.request(linked, 8108, "").dialog_id,
        integration_id=linked.integration_id,
        epoch=linked.epoch,
        external_id="8108",
        conversation_message_id=1,
    )
    await gateway.hear(seen)

    async def mark_is(told: int) -> bool:
        async with gateway.service.database.read() as session:
            mark = (await session.scalars(select(ReadMark))).one()
        return (mark.told_number, mark.wanted_at) == (told, None)

    await wait_until(partial(mark_is, 0), describe="it is given up")
    await gateway.vk.mend(linked.community_id)
    await gateway.vk.user_writes(linked.community_id, 8108, "ещё")
    await gateway.hear(seen.model_copy(update={"conversation_message_id": 2}))
    await wait_until(partial(mark_is, 2), describe="the next one is told")


async def test_the_person_sees_an_operator_type_but_not_too_often(gateway: Gateway) -> None:
    linked = await connected(gateway, 8107)
    names = {"project_id": str(linked.project_id), "integration_id": str(linked.integration_id)}

    async def activities() -> list[dict[str, Any]]:
        return (await gateway.vk.call("GET", f"/communities/{linked.community_id}/activities"))["items"]

    foreign = names | {"project_id": str(gateway.world.new_id())}
    for told in (foreign, names, names, names):
        await gateway.bus.nudge("dialogs.operator_typed", json.dumps(told | {"external_id": "8107"}))
    await gateway.bus.nudge("dialogs.operator_typed", "not understood")

    async def shown() -> bool:
        return bool(await activities())

    await wait_until(shown, describe="VK shows it")
    await asyncio.gather(*(gateway.bus.nudge("dialogs.operator_typed", "{}") for _ in range(3)))
    assert [each["user_id"] for each in await activities()] == [8107]


async def test_a_sign_of_typing_waits_while_vk_wants_a_pause(gateway: Gateway) -> None:
    linked = await connected(gateway, 8109)
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=6, times=1)
    told = {"project_id": str(linked.project_id), "integration_id": str(linked.integration_id)}
    reply = await gateway.reply(linked, 8109, "Сейчас")

    async def refused() -> bool:
        async with gateway.service.database.read() as session:
            return (await session.get_one(Outgoing, reply.reply_id)).reason is not None

    await wait_until(refused, describe="VK wants fewer calls")
    await gateway.bus.nudge("dialogs.operator_typed", json.dumps(told | {"external_id": "8109"}))

    async def shown() -> bool:
        path = f"/communities/{linked.community_id}/activities"
        return [each["user_id"] for each in (await gateway.vk.call("GET", path))["items"]] == [8109]

    await wait_until(shown, describe="VK shows it after the pause")
