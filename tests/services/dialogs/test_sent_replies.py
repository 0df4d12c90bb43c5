"""What can be done with a reply once it is written: cancel, try again, edit, delete."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.audit import ActionRecorded
from shared.events.channel import ChangeApplied, ChangeFailed
from shared.events.dialogs import ChangeRequested, ReplyCancelled, ReplyRequested
from tests.services.dialogs.cabinet import T0, Cabinet


class Thread:
    """A dialog that a customer began, and the calls about its messages."""

    def __init__(self, cabinet: Cabinet, dialog_id: str) -> None:
        self.cabinet = cabinet
        self.id = dialog_id

    async def do(
        self, method: str, message_id: str, what: str = "", *, status: int = 202, **body: Any
    ) -> Any:
        path = f"/{self.id}/messages/{message_id}{what and f'/{what}'}"
        return await self.cabinet.call(method, path, status=status, json=body or None)

    async def sent(self, number: int, text: str = "Здравствуйте!") -> Any:
        reply = await self.cabinet.reply(self.id, text)
        await self.cabinet.hear(self.cabinet.sent(reply["id"], number))
        return await self.shown(reply["id"])

    async def shown(self, message_id: str) -> Any:
        return next(one for one in await self.cabinet.messages(self.id) if one["id"] == message_id)

    def applied(self, request: ChangeRequested) -> ChangeApplied:
        return ChangeApplied(
            **self.cabinet.about(),
            change_id=request.change_id,
            reply_id=request.reply_id,
            applied_at=T0 + timedelta(hours=1, seconds=request.number),
        )

    def refused(self, request: ChangeRequested, reason: str = "edit_window_over") -> ChangeFailed:
        about = self.cabinet.about()
        return ChangeFailed(**about, change_id=request.change_id, reply_id=request.reply_id, reason=reason)


@pytest.fixture
async def thread(cabinet: Cabinet) -> Thread:
    await cabinet.hear(cabinet.wrote(1))
    return Thread(cabinet, (await cabinet.only_dialog())["id"])


async def test_a_waiting_reply_is_taken_back_when_the_gateway_says_so(thread: Thread) -> None:
    reply = await thread.cabinet.reply(thread.id)

    asked = await thread.do("POST", reply["id"], "cancel")
    again = await thread.do("POST", reply["id"], "cancel")

    assert asked == again
    assert asked["state"] == "queued"
    assert asked["cancel_wanted_at"] is not None
    (cancelled,) = await thread.cabinet.announced(ReplyCancelled)
    assert (str(cancelled.reply_id), cancelled.attempt) == (reply["id"], 1)

    await thread.cabinet.hear(thread.cabinet.failed(reply["id"], "cancelled"))
    shown = await thread.shown(reply["id"])
    assert (shown["state"], shown["reason"]) == ("failed", "cancelled")


async def test_what_is_sent_is_too_late_to_cancel(thread: Thread) -> None:
    reply = await thread.cabinet.reply(thread.id)
    await thread.do("POST", reply["id"], "cancel")
    await thread.cabinet.hear(thread.cabinet.sent(reply["id"], 2))

    shown = await thread.shown(reply["id"])
    assert (shown["state"], shown["cancel_wanted_at"] is None) == ("sent", False)
    refused = await thread.do("POST", reply["id"], "cancel", status=409)
    assert refused["code"] == "too_late_to_cancel"


async def test_a_failed_reply_is_tried_again_as_the_same_message_at_the_end(thread: Thread) -> None:
    cabinet = thread.cabinet
    first = await cabinet.reply(thread.id, "первый")
    second = await cabinet.reply(thread.id, "второй")
    await cabinet.hear(cabinet.failed(first["id"], "vk_unavailable"), cabinet.wrote(2))
    unanswered = (await cabinet.only_dialog())["unanswered_since"]
    assert unanswered is not None

    again = await thread.do("POST", first["id"], "retry")
    once_more = await thread.do("POST", first["id"], "retry")

    assert again == once_more
    assert (again["id"], again["state"], again["reason"], again["attempt"]) == (
        first["id"],
        "queued",
        None,
        2,
    )
    requested = await cabinet.announced(ReplyRequested)
    assert [(str(one.reply_id), one.number, one.attempt) for one in requested] == [
        (first["id"], 1, 1),
        (second["id"], 2, 1),
        (first["id"], 3, 2),
    ]
    assert [one["text"] for one in await cabinet.messages(thread.id)] == [
        "message 1",
        "второй",
        "message 2",
        "первый",
    ]
    dialog = await cabinet.only_dialog()
    assert (dialog["last_message"]["id"], dialog["unanswered_since"]) == (first["id"], None)

    # The first attempt's words come again and late, and are about nothing that is now.
    await cabinet.hear(cabinet.failed(first["id"]), cabinet.sent(first["id"], 3))
    assert (await thread.shown(first["id"]))["state"] == "queued"
    await cabinet.hear(cabinet.sent(first["id"], 4, attempt=2, dropped=(1,)))
    shown = await thread.shown(first["id"])
    assert (shown["state"], shown["conversation_message_id"], shown["dropped"]) == ("sent", 4, [1])
    assert (await thread.do("POST", first["id"], "retry", status=409))["code"] == "message_not_failed"


async def test_an_edit_is_pending_until_the_messenger_has_it(thread: Thread) -> None:
    cabinet, reply = thread.cabinet, await thread.sent(2)

    pending = await thread.do("PATCH", reply["id"], text="Добрый день!", expected_version=reply["version"])

    assert pending["text"] == reply["text"]
    assert (pending["change"]["kind"], pending["change"]["state"]) == ("edit", "pending")
    assert pending["change"]["text"] == "Добрый день!"
    assert await thread.do("PATCH", reply["id"], text="Добрый день!") == pending
    (request,) = await cabinet.announced(ChangeRequested)
    assert (request.conversation_message_id, request.text, request.number) == (2, "Добрый день!", 1)

    await cabinet.hear(thread.applied(request), thread.applied(request))
    shown = await thread.shown(reply["id"])
    assert (shown["text"], shown["change"], shown["edits"]) == ("Добрый день!", None, 1)
    versions = await cabinet.call("GET", f"/{thread.id}/messages/{reply['id']}/versions")
    assert [one["text"] for one in versions["items"]] == [reply["text"], "Добрый день!"]
    changed = await thread.do(
        "PATCH", reply["id"], text="Иначе", expected_version=reply["version"], status=409
    )
    assert (changed["code"], changed["version"]) == ("message_changed", shown["version"])
    told = [record.action for record in await cabinet.announced(ActionRecorded)]
    assert told == ["dialogs.message_edited"]


async def test_a_refused_edit_says_why_and_the_text_is_what_it_was(thread: Thread) -> None:
    cabinet, reply = thread.cabinet, await thread.sent(2)
    await thread.do("PATCH", reply["id"], text="Поздно")
    (request,) = await cabinet.announced(ChangeRequested)

    await cabinet.hear(thread.refused(request), thread.refused(request, "other"))

    shown = await thread.shown(reply["id"])
    assert shown["text"] == reply["text"]
    assert (shown["change"]["state"], shown["change"]["reason"]) == ("failed", "edit_window_over")
    # Asking for another one puts the failure away.
    asked = await thread.do("PATCH", reply["id"], text="Ещё раз")
    assert (asked["change"]["state"], asked["change"]["text"]) == ("pending", "Ещё раз")


async def test_edits_and_a_deletion_are_asked_for_in_order(thread: Thread) -> None:
    cabinet, reply = thread.cabinet, await thread.sent(2)
    for text in ("раз", "два"):
        await thread.do("PATCH", reply["id"], text=text)
    deleted = await thread.do("DELETE", reply["id"])
    assert await thread.do("DELETE", reply["id"]) == deleted
    requests = await cabinet.announced(ChangeRequested)
    assert [(one.number, one.kind, one.text) for one in requests] == [
        (1, "edit", "раз"),
        (2, "edit", "два"),
        (3, "delete", None),
    ]

    await cabinet.hear(thread.applied(requests[1]), thread.applied(requests[0]), batch=False)
    shown = await thread.shown(reply["id"])
    assert (shown["change"]["kind"], shown["change"]["state"]) == ("delete", "pending")
    assert (shown["text"], shown["deleted_at"]) == ("два", None)
    await cabinet.hear(thread.applied(requests[2]))
    shown = await thread.shown(reply["id"])
    assert (shown["change"], shown["deleted_at"] is None) == (None, False)
    assert await thread.do("DELETE", reply["id"]) == shown
    assert (await thread.do("PATCH", reply["id"], text="три", status=409))["code"] == "message_deleted"


async def test_a_failed_reply_is_put_away_at_once(thread: Thread) -> None:
    cabinet, reply = thread.cabinet, await thread.cabinet.reply(thread.id)
    await cabinet.hear(cabinet.failed(reply["id"]))

    put_away = await thread.do("DELETE", reply["id"])

    assert put_away["deleted_at"] is not None
    assert await cabinet.announced(ChangeRequested) == []
    assert (await thread.do("POST", reply["id"], "retry", status=409))["code"] == "message_deleted"
    # It was sent after all, so the customer sees it and so do we.
    await cabinet.hear(cabinet.sent(reply["id"], 2))
    shown = await thread.shown(reply["id"])
    assert (shown["state"], shown["deleted_at"]) == ("sent", None)


async def test_changes_of_a_disconnected_community_are_given_up(thread: Thread) -> None:
    cabinet, reply = thread.cabinet, await thread.sent(2)
    await thread.do("PATCH", reply["id"], text="Иначе")

    await cabinet.hear(cabinet.deleted(version=2))

    change = (await thread.shown(reply["id"]))["change"]
    assert (change["state"], change["reason"]) == ("failed", "integration_deleted")
    refused = await thread.do("DELETE", reply["id"], status=409)
    assert refused["code"] == "integration_deleted"
    # It was carried out just before, and that is told late.
    (request,) = await cabinet.announced(ChangeRequested)
    await cabinet.hear(thread.applied(request))
    assert (await thread.shown(reply["id"]))["text"] == "Иначе"


async def test_changes_of_a_community_that_is_connected_again_go_on_waiting(thread: Thread) -> None:
    cabinet, reply = thread.cabinet, await thread.sent(2)
    await thread.do("PATCH", reply["id"], text="Иначе")
    await cabinet.hear(cabinet.deleted(version=2), cabinet.created(epoch=2, version=3), batch=False)
    assert (await thread.shown(reply["id"]))["change"]["reason"] == "integration_deleted"

    await thread.do("PATCH", reply["id"], text="Совсем иначе")
    await cabinet.hear(cabinet.state("attention", version=4, epoch=2))

    change = (await thread.shown(reply["id"]))["change"]
    assert (change["text"], change["state"]) == ("Совсем иначе", "pending")
    await cabinet.hear(cabinet.deleted(version=5, epoch=2))
    assert (await thread.shown(reply["id"]))["change"]["state"] == "failed"


async def test_only_replies_of_ours_that_are_sent_can_be_changed(thread: Thread) -> None:
    cabinet = thread.cabinet
    await cabinet.hear(cabinet.staff(2))
    customers, staffs = await cabinet.messages(thread.id)
    waiting = await cabinet.reply(thread.id)
    for message, code in (
        (customers, "message_not_ours"),
        (staffs, "message_not_ours"),
        (waiting, "message_not_sent"),
    ):
        for method, body in (("PATCH", {"text": "Иначе"}), ("DELETE", {})):
            refused = await thread.do(method, message["id"], status=409, **body)
            assert refused["code"] == code, (message, method)
    other = await thread.do("DELETE", thread.id, status=404)
    assert other["code"] == "message_not_found"


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("😀" * 2049, "message_too_long")])
async def test_an_edited_text_has_the_limits_of_a_reply(thread: Thread, text: str, code: str) -> None:
    reply = await thread.sent(2)
    assert (await thread.do("PATCH", reply["id"], text=text, status=422))["code"] == code


async def test_the_same_client_id_is_the_same_message_after_its_edit(thread: Thread) -> None:
    cabinet = thread.cabinet
    first = await cabinet.reply(thread.id, "раз", client_id="a")
    await cabinet.hear(cabinet.sent(first["id"], 2))
    await thread.do("PATCH", first["id"], text="два")
    (request,) = await cabinet.announced(ChangeRequested)
    await cabinet.hear(thread.applied(request))

    again = await cabinet.reply(thread.id, "раз", client_id="a")
    assert (again["id"], again["text"]) == (first["id"], "два")
    assert (await cabinet.reply(thread.id, "два", client_id="a", status=422))["code"] == "client_id_reused"


async def test_clicks_at_the_same_moment_are_one_retry(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    await cabinet.hear(cabinet.wrote(1))
    thread = Thread(cabinet, (await cabinet.only_dialog())["id"])
    reply = await cabinet.reply(thread.id)
    await cabinet.hear(cabinet.failed(reply["id"]))

    calls = [thread.do("POST", reply["id"], "retry") for _ in range(20)]
    answers = await asyncio.gather(*calls)

    assert {answer["attempt"] for answer in answers} == {2}
    assert len(await cabinet.announced(ReplyRequested)) == 2


async def test_typing_is_told_now_and_then(thread: Thread) -> None:
    heard: list[str] = []
    thread.cabinet.bus.hear("dialogs.operator_typed", heard.append)
    for _ in range(5):
        answer = await thread.cabinet.client.post(
            f"/api/v1/dialogs/{thread.id}/typing", headers=thread.cabinet.headers()
        )
        assert answer.status_code == 204
    assert len(heard) == 1
    assert str(UUID(str(thread.cabinet.integration))) in heard[0]
