"""A conversation as operators live it: messages come, replies go, cases open and close."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from shared.events.accounts import PersonJoined
from shared.events.channel import ReplyFailed, ReplyUnconfirmed
from shared.events.dialogs import CaseClosed, CaseOpened, CaseTaken, ReplyRequested
from tests.services.dialogs.cabinet import USER, Cabinet, moment


async def test_a_message_becomes_a_new_dialog_with_a_name(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1, "Привет"), cabinet.named("Иван Петров"))

    (item,) = await cabinet.tab("new")

    person = {"name": "Иван Петров", "external_id": USER}
    assert item["contact"] == dict.fromkeys(("screen_name", "profile_url", "avatar_url")) | person
    assert (item["channel"], item["community_name"]) == ("vk", "Кофейня")
    assert item["last_message"]["text"] == "Привет"
    assert datetime.fromisoformat(item["unanswered_since"]) == moment(1)
    dialog = await cabinet.call("GET", f"/{item['id']}")
    assert dialog["project"] == {"id": str(cabinet.project), "name": "Магазин"}
    assert dialog["community"]["name"] == "Кофейня"
    assert dialog["can_reply"] == {"allowed": True, "reason": None}
    assert dialog["position"] > 0
    (opened,) = await cabinet.announced(CaseOpened)
    assert str(opened.dialog_id) == item["id"]


async def test_a_reply_takes_the_dialog_and_is_requested_in_order(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    (item,) = await cabinet.tab("new")

    first = await cabinet.reply(item["id"], "раз")
    second = await cabinet.reply(item["id"], "два")

    assert [first["state"], second["state"]] == ["queued", "queued"]
    (mine,) = await cabinet.tab("mine")
    assert mine["operator"] == {"id": str(cabinet.anna), "name": "Анна"}
    assert mine["unanswered_since"] is None
    requested = await cabinet.announced(ReplyRequested)
    assert [(r.number, r.text, r.external_id, r.epoch) for r in requested] == [
        (1, "раз", USER, 1),
        (2, "два", USER, 1),
    ]
    assert len(await cabinet.announced(CaseTaken)) == 1


async def test_a_sent_reply_stands_where_the_messenger_numbered_it(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    reply = await cabinet.reply(dialog["id"], "ответ")
    await cabinet.hear(cabinet.wrote(2))
    assert [m["text"] for m in await cabinet.messages(dialog["id"])] == ["message 1", "ответ", "message 2"]

    await cabinet.hear(
        ReplyUnconfirmed(**cabinet.about(), reply_id=reply["id"]), cabinet.sent(reply["id"], 3)
    )
    await cabinet.hear(ReplyUnconfirmed(**cabinet.about(), reply_id=reply["id"]))

    messages = await cabinet.messages(dialog["id"])
    assert [m["text"] for m in messages] == ["message 1", "message 2", "ответ"]
    assert (messages[2]["state"], messages[2]["conversation_message_id"]) == ("sent", 3)
    # It was written before message 2 came, so it does not answer that one.
    after = await cabinet.only_dialog()
    assert datetime.fromisoformat(after["unanswered_since"]) == moment(2)


async def test_a_failed_reply_says_why_and_leaves_the_customer_unanswered(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    reply = await cabinet.reply(dialog["id"])

    failed = ReplyFailed(
        **cabinet.about(), reply_id=reply["id"], external_id=USER, reason="writing_not_allowed"
    )
    await cabinet.hear(failed)

    message = (await cabinet.messages(dialog["id"]))[1]
    assert (message["state"], message["reason"]) == ("failed", "writing_not_allowed")
    assert datetime.fromisoformat((await cabinet.only_dialog())["unanswered_since"]) == moment(1)


async def test_an_echo_that_came_first_and_the_reply_are_one_message(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    reply = await cabinet.reply(dialog["id"], "ответ")

    await cabinet.hear(cabinet.staff(2, "ответ"))
    await cabinet.hear(cabinet.sent(reply["id"], 2))
    await cabinet.hear(cabinet.staff(2, "ответ"))

    messages = await cabinet.messages(dialog["id"])
    assert [(m["id"], m["author"]["kind"]) for m in messages[1:]] == [(reply["id"], "operator")]


async def test_a_dialog_held_in_the_messenger_is_closed_without_being_taken(
    cabinet: Cabinet,
) -> None:
    await cabinet.hear(cabinet.wrote(1), cabinet.staff(2), cabinet.wrote(3), cabinet.staff(4))
    (item,) = await cabinet.tab("new")
    assert item["unanswered_since"] is None
    messages = await cabinet.messages(item["id"])
    assert [m["author"]["kind"] for m in messages] == ["customer", "staff", "customer", "staff"]
    assert messages[1]["author"]["name"] == "Ольга"

    await cabinet.call("POST", f"/{item['id']}/close")
    await cabinet.call("POST", f"/{item['id']}/close")

    (closed,) = await cabinet.tab("closed")
    assert closed["operator"] is None
    assert len(await cabinet.announced(CaseClosed)) == 1
    assert await cabinet.announced(CaseTaken) == []


async def test_only_a_newer_message_of_the_customer_opens_a_closed_dialog(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1), cabinet.wrote(5))
    dialog = await cabinet.only_dialog()
    await cabinet.call("POST", f"/{dialog['id']}/close")

    await cabinet.hear(cabinet.wrote(4), cabinet.staff(6))
    (closed,) = await cabinet.tab("closed")
    assert closed["unanswered_since"] is None
    await cabinet.hear(cabinet.wrote(7))

    (item,) = await cabinet.tab("new")
    assert item["operator"] is None
    assert len(await cabinet.announced(CaseOpened)) == 2


async def test_closing_settles_what_a_failed_reply_would_leave_unanswered(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    reply = await cabinet.reply(dialog["id"])
    await cabinet.hear(cabinet.wrote(2))
    await cabinet.call("POST", f"/{dialog['id']}/close")

    facts = {"reply_id": reply["id"], "external_id": USER, "reason": "writing_not_allowed"}
    await cabinet.hear(ReplyFailed(**cabinet.about(), **facts))

    (closed,) = await cabinet.tab("closed")
    assert closed["unanswered_since"] is None


async def test_replying_in_a_closed_dialog_opens_a_case_of_ones_own(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    await cabinet.call("POST", f"/{dialog['id']}/close")

    await cabinet.reply(dialog["id"], headers=cabinet.headers(cabinet.boris, "Борис"))

    (mine,) = await cabinet.tab("mine", headers=cabinet.headers(cabinet.boris))
    assert mine["operator"]["name"] == "Борис"
    assert [len(await cabinet.announced(kind)) for kind in (CaseOpened, CaseTaken)] == [2, 1]


async def test_taking_handing_over_returning_and_reopening(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    path = f"/{(await cabinet.only_dialog())['id']}"

    async def assign(operator: str, *, status: int = 200, **more: int) -> Any:
        document = {"operator_id": operator, **more}
        answer: dict[str, object] = await cabinet.call(
            "PUT", f"{path}/operator", json=document, status=status
        )
        return answer

    taken = await assign(str(cabinet.anna))
    assert (await assign(str(cabinet.anna)))["version"] == taken["version"]
    # Whoever is not in the project cannot be told from a slip of the pen.
    assert (await assign(str(cabinet.boris), status=404))["code"] == "operator_not_found"
    assert (await assign(str(uuid4()), status=404))["code"] == "operator_not_found"
    joined = PersonJoined(
        project_id=cabinet.project, operator_id=cabinet.boris, name="Борис", joined_at=moment(1)
    )
    await cabinet.hear(joined)
    given = await assign(str(cabinet.boris))
    assert given["operator"] == {"id": str(cabinet.boris), "name": "Борис"}
    refused = await assign(str(cabinet.anna), expected_version=1, status=409)
    assert (refused["code"], refused["version"]) == ("dialog_changed", given["version"])
    assert len(await cabinet.tab("mine", headers=cabinet.headers(cabinet.boris))) == 1
    back = await cabinet.call("DELETE", f"{path}/operator")
    assert (back["state"], back["operator"]) == ("new", None)
    await cabinet.call("POST", f"{path}/close")
    assert (await assign(str(cabinet.anna), status=409))["code"] == "dialog_closed"
    reopened = await cabinet.call("POST", f"{path}/reopen")
    assert (reopened["state"], reopened["operator"]["id"]) == ("taken", str(cabinet.anna))


async def test_a_deleted_community_leaves_a_thread_that_can_only_be_read(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    kept = await cabinet.reply(dialog["id"], client_id="kept")

    await cabinet.hear(cabinet.deleted(version=2), cabinet.wrote(2))

    assert (await cabinet.reply(dialog["id"], status=409))["code"] == "integration_deleted"
    assert (await cabinet.reply(dialog["id"], client_id="kept"))["id"] == kept["id"]
    shown = await cabinet.call("GET", f"/{dialog['id']}")
    assert shown["can_reply"] == {"allowed": False, "reason": "integration_deleted"}
    messages = await cabinet.messages(dialog["id"])
    assert [(m["state"], m["reason"]) for m in messages] == [
        ("received", None),
        ("failed", "integration_deleted"),
    ]


async def test_events_wait_for_their_epoch_and_older_ones_count_no_more(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1), cabinet.wrote(2, epoch=2))
    dialog = await cabinet.only_dialog()
    assert len(await cabinet.messages(dialog["id"])) == 1

    await cabinet.hear(cabinet.created(epoch=2, version=3))
    await cabinet.hear(cabinet.deleted(version=2), cabinet.wrote(3))

    assert [m["text"] for m in await cabinet.messages(dialog["id"])] == ["message 1", "message 2"]
    assert (await cabinet.call("GET", f"/{dialog['id']}"))["can_reply"]["allowed"] is True


async def test_others_see_nothing_of_a_foreign_dialog(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    path = f"/{(await cabinet.only_dialog())['id']}"
    foreign = cabinet.headers(projects=[uuid4()])
    calls = [
        ("GET", path, None),
        ("GET", f"{path}/messages", None),
        ("POST", f"{path}/messages", {"client_id": "a", "text": "b"}),
        ("PUT", f"{path}/operator", {"operator_id": str(cabinet.anna)}),
        ("DELETE", f"{path}/operator", None),
        ("POST", f"{path}/close", None),
        ("POST", f"{path}/reopen", None),
        ("GET", f"/{uuid4()}", None),
    ]
    for method, address, document in calls:
        answer = await cabinet.call(method, address, json=document, headers=foreign, status=404)
        assert answer["code"] == "dialog_not_found"
    listed = await cabinet.call("GET", f"?project_id={cabinet.project}&tab=all", headers=foreign, status=404)
    assert listed["code"] == "project_not_found"
