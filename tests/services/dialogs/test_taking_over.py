"""Two operators at one dialog: nobody writes into another's by accident, or past what a colleague replied."""

import asyncio
from typing import Any
from uuid import UUID

from shared.events.dialogs import CaseTaken, ReplyRequested
from shared.http.access import Role
from tests.services.dialogs.cabinet import KEYS, Cabinet
from tests.services.dialogs.streams import listening, serving


def boris(cabinet: Cabinet) -> Any:
    return cabinet.headers(cabinet.boris, "Борис")


async def test_writing_into_anothers_dialog_takes_a_deliberate_word(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    await cabinet.reply(dialog_id)

    async with (
        serving(cabinet) as address,
        listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream,
    ):
        refused = await cabinet.reply(dialog_id, client_id="b", status=409, headers=boris(cabinet))
        assert refused["code"] == "dialog_taken"
        assert refused["operator"] == {"id": str(cabinet.anna), "name": "Анна"}
        over = {"client_id": "b", "headers": boris(cabinet), "more": {"take_over": True}}
        message = await cabinet.reply(dialog_id, **over)
        over = {"client_id": "b", "headers": boris(cabinet), "more": {"take_over": True}}
        assert await cabinet.reply(dialog_id, **over) == message
        (change,) = await stream.heard(1)

    # One change tells the reply and whose the dialog is now.
    assert change["message"]["id"] == message["id"]
    assert change["dialog"]["operator"] == {"id": str(cabinet.boris), "name": "Борис"}
    assert len(await cabinet.messages(dialog_id)) == 3
    taken = await cabinet.announced(CaseTaken)
    assert [event.operator_id for event in taken] == [cabinet.anna, cabinet.boris]
    # What Anna does not want to take back she cannot write into by accident either.
    assert (await cabinet.reply(dialog_id, status=409))["code"] == "dialog_taken"


async def test_a_program_writes_where_it_likes_and_takes_nothing_away(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    await cabinet.reply(dialog_id)
    roles = {cabinet.project: Role.OPERATOR}
    token = KEYS.token(cabinet.boris, name="API: склад", roles=roles, is_program=True)

    await cabinet.reply(dialog_id, headers={"Authorization": f"Bearer {token}"})

    assert (await cabinet.only_dialog())["operator"]["name"] == "Анна"
    people = (await cabinet.call("GET", f"/operators?project_id={cabinet.project}"))["items"]
    assert [(one["name"], one["taken"]) for one in people] == [("Анна", 1)]
    # It is nobody to hand a dialog over to.
    body = {"operator_id": str(cabinet.boris)}
    refused = await cabinet.call("PUT", f"/{dialog_id}/operator", json=body, status=404)
    assert refused["code"] == "operator_not_found"


async def test_what_a_colleague_replied_meanwhile_is_seen_first(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1), cabinet.wrote(2))
    dialog_id = (await cabinet.only_dialog())["id"]
    seen: Any = {"seen_number": 2}
    await cabinet.hear(cabinet.staff(3))
    refused = await cabinet.reply(dialog_id, client_id="a", status=409, more=seen)
    assert (refused["code"], refused["author"]) == (
        "colleague_replied",
        {"kind": "staff", "id": None, "name": "Ольга"},
    )
    reply = await cabinet.reply(dialog_id, headers=boris(cabinet), more={"seen_number": 3})
    await cabinet.hear(cabinet.sent(reply["id"], 4))
    await cabinet.call("DELETE", f"/{dialog_id}/operator")
    refused = await cabinet.reply(dialog_id, client_id="a", status=409, more={"seen_number": 3})
    assert refused["author"] == {"kind": "operator", "id": str(cabinet.boris), "name": "Борис"}
    assert refused["message_id"] == reply["id"]
    # Nothing was kept, the customer's own messages stop nobody, and who did not ask is not told.
    assert len(await cabinet.messages(dialog_id)) == 4
    await cabinet.hear(cabinet.wrote(5))
    own = await cabinet.reply(dialog_id, client_id="a", more={"seen_number": 4})
    await cabinet.hear(cabinet.sent(own["id"], 6))
    await cabinet.reply(dialog_id, more={"seen_number": 4})
    await cabinet.reply(dialog_id, headers=boris(cabinet), more={"take_over": True})


async def test_two_who_write_at_once_get_one_dialog_and_one_owner(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    people = [(cabinet.anna, "Анна"), (cabinet.boris, "Борис")]
    for number in range(1, 5):
        user = f"70{number}"
        await cabinet.hear(cabinet.wrote(1, user=user))
        (dialog_id,) = [one["id"] for one in await cabinet.tab("new")]
        # Nobody has it yet: one is first, the other is asked.
        tries = [_write(cabinet, dialog_id, *who, take_over=False) for who in people]
        assert sorted(await asyncio.gather(*tries)) == [202, 409]
        # Both take it over: both replies go out, in order, and the last to come has it.
        tries = [_write(cabinet, dialog_id, *who, take_over=True) for who in people]
        assert await asyncio.gather(*tries) == [202, 202]
        last = (await cabinet.messages(dialog_id))[-1]
        dialog = await cabinet.call("GET", f"/{dialog_id}")
        assert dialog["operator"]["id"] == last["author"]["id"]
        requested, taken = [
            [one for one in await cabinet.announced(kind) if str(one.dialog_id) == dialog_id]
            for kind in (ReplyRequested, CaseTaken)
        ]
        assert [one.number for one in requested] == [1, 2, 3]
        assert str(taken[-1].operator_id) == last["author"]["id"]
        assert 2 <= len(taken) <= 3


async def _write(cabinet: Cabinet, dialog_id: str, operator: UUID, name: str, *, take_over: bool) -> int:
    body = {"client_id": f"{name}-{take_over}", "text": name, "take_over": take_over}
    path = f"/api/v1/dialogs/{dialog_id}/messages"
    answer = await cabinet.client.post(path, json=body, headers=cabinet.headers(operator, name))
    return answer.status_code
