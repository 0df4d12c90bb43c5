"""Whether one may reply (M13): what the messenger says of a person, shown and enforced, back by itself."""

import itertools
from typing import Any
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.threads.rules import PERSONAL_REASONS, Writing, refusal_of
from shared.events.dialogs import ReplyRequested
from shared.events.integrations import IntegrationStateChanged
from tests.services.dialogs.cabinet import T0, Cabinet, moment, open_cabinet

ALLOWED = {"allowed": True, "reason": None}


async def _begun(cabinet: Cabinet) -> str:
    await cabinet.hear(cabinet.wrote(1))
    found: str = (await cabinet.only_dialog())["id"]
    return found


async def _shown(cabinet: Cabinet, dialog_id: str) -> Any:
    """The list and the dialog agree."""
    in_list = (await cabinet.only_dialog())["can_reply"]
    assert (await cabinet.call("GET", f"/{dialog_id}"))["can_reply"] == in_list
    return in_list


async def test_who_takes_no_messages_gets_none_until_they_do(cabinet: Cabinet) -> None:
    dialog_id = await _begun(cabinet)
    for hour, reason in enumerate(sorted(PERSONAL_REASONS), 1):
        await cabinet.hear(cabinet.permission(reason, 60 * hour))

        assert await _shown(cabinet, dialog_id) == {"allowed": False, "reason": reason}
        assert (await cabinet.reply(dialog_id, status=409))["code"] == reason
    assert await cabinet.announced(ReplyRequested) == []
    assert [message["text"] for message in await cabinet.messages(dialog_id)] == ["message 1"]

    await cabinet.hear(cabinet.permission(None, 1000))

    assert await _shown(cabinet, dialog_id) == ALLOWED
    await cabinet.reply(dialog_id)


async def test_a_reason_of_tomorrow_is_a_person_out_of_reach(cabinet: Cabinet) -> None:
    dialog_id = await _begun(cabinet)
    await cabinet.hear(cabinet.permission("on_the_moon", 5))

    assert await _shown(cabinet, dialog_id) == {"allowed": False, "reason": "person_unreachable"}
    assert (await cabinet.reply(dialog_id, status=409))["code"] == "person_unreachable"


async def test_who_writes_again_takes_answers_again_in_the_same_thread(cabinet: Cabinet) -> None:
    dialog_id = await _begun(cabinet)
    await cabinet.hear(cabinet.permission("writing_not_allowed", 5))

    await cabinet.hear(cabinet.wrote(2))  # before the check, told late
    assert not (await _shown(cabinet, dialog_id))["allowed"]

    await cabinet.hear(cabinet.wrote(6))
    assert await _shown(cabinet, dialog_id) == ALLOWED
    await cabinet.reply(dialog_id)


async def test_somebody_who_is_blocked_before_their_messages_are_found(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.permission("writing_not_allowed", 5))
    assert await cabinet.tab("all") == []

    dialog_id = await _begun(cabinet)

    assert (await _shown(cabinet, dialog_id))["reason"] == "writing_not_allowed"


async def test_a_blocked_persons_failed_reply_is_not_tried_again_until_they_take_it(cabinet: Cabinet) -> None:
    dialog_id = await _begun(cabinet)
    reply = await cabinet.reply(dialog_id)
    failed = cabinet.failed(reply["id"], "writing_not_allowed")
    await cabinet.hear(failed, cabinet.permission("writing_not_allowed", 5))

    refused = await cabinet.call("POST", f"/{dialog_id}/messages/{reply['id']}/retry", status=409)
    assert refused["code"] == "writing_not_allowed"

    await cabinet.hear(cabinet.permission(None, 6))
    again = await cabinet.call("POST", f"/{dialog_id}/messages/{reply['id']}/retry", status=202)
    assert (again["state"], again["attempt"]) == ("queued", 2)


async def test_messages_that_are_off_for_all_concern_every_dialog(cabinet: Cabinet) -> None:
    dialog_id = await _begun(cabinet)
    facts: Any = cabinet.registry(1, 2)
    await cabinet.hear(IntegrationStateChanged(**facts, state="unavailable", reason="messages_disabled"))

    assert await _shown(cabinet, dialog_id) == {"allowed": False, "reason": "messages_off"}
    assert (await cabinet.reply(dialog_id, status=409))["code"] == "messages_off"

    await cabinet.hear(cabinet.state("active", version=3))
    assert await _shown(cabinet, dialog_id) == ALLOWED


async def test_what_befalls_the_whole_community_delays_replies_or_refuses_them(cabinet: Cabinet) -> None:
    dialog_id = await _begun(cabinet)
    sent = await cabinet.reply(dialog_id)
    await cabinet.hear(cabinet.sent(sent["id"], 2))
    waiting: Any = {"allowed": True, "reason": "integration_unavailable"}
    told: list[tuple[str, str, Any]] = [
        ("unavailable", "vk_unavailable", waiting),
        ("unavailable", "key_revoked", waiting),
        ("deactivated", "key_revoked", {"allowed": False, "reason": "integration_deactivated"}),
        ("attention", "callback_failed", ALLOWED),
    ]
    for version, (state, reason, can_reply) in enumerate(told, 2):
        facts: Any = cabinet.registry(1, version)
        await cabinet.hear(IntegrationStateChanged(**facts, state=state, reason=reason))

        assert await _shown(cabinet, dialog_id) == can_reply
        community = (await cabinet.call("GET", f"/{dialog_id}"))["community"]
        assert (community["state"], community["reason"]) == (state, reason)
        if can_reply["allowed"]:
            await cabinet.reply(dialog_id)
        else:
            assert (await cabinet.reply(dialog_id, status=409))["code"] == can_reply["reason"]
            edit = f"/{dialog_id}/messages/{sent['id']}"
            refused = await cabinet.call("PATCH", edit, json={"text": "Иначе"}, status=409)
            assert refused["code"] == can_reply["reason"]
    assert len(await cabinet.announced(ReplyRequested)) == 4


async def test_who_takes_no_messages_counts_more_than_a_delay(cabinet: Cabinet) -> None:
    dialog_id = await _begun(cabinet)
    facts: Any = cabinet.registry(1, 2)
    await cabinet.hear(
        IntegrationStateChanged(**facts, state="unavailable", reason="vk_unavailable"),
        cabinet.permission("writing_not_allowed", 5),
    )

    assert await _shown(cabinet, dialog_id) == {"allowed": False, "reason": "writing_not_allowed"}


async def test_any_order_of_checks_and_messages_gives_the_same_permission(cabinet: Cabinet) -> None:
    told = [
        cabinet.permission("privacy_settings", 4),
        cabinet.permission(None, 6),
        cabinet.permission("writing_not_allowed", 8),
        cabinet.wrote(7),
    ]
    people = {str(uuid4().int): order for order in itertools.permutations(told)}
    await cabinet.hear(*(cabinet.wrote(1, user=user) for user in people))
    for place in (0, 1, 2, 3, 0, 1):
        batch = [order[place].model_copy(update={"external_id": user}) for user, order in people.items()]
        await cabinet.hear(*batch)
    shown = {str(dialog["can_reply"]) for dialog in await cabinet.tab("all")}
    assert shown == {str({"allowed": False, "reason": "writing_not_allowed"})}


@settings(database=None, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=6),
    st.lists(st.integers(0, 9), max_size=4),
)
def test_the_last_word_counts(checks: list[tuple[bool, int]], wrote: list[int]) -> None:
    """Against the plain reading: the latest of all that was said, of equals the check."""
    last_check = max(checks, key=lambda check: (check[1], check[0]))
    last_message = max(wrote, default=-1)
    writing = Writing(last_check[0], None, moment(last_check[1]))

    refusal = refusal_of(writing, moment(last_message) if wrote else None)

    assert (refusal is None) == (last_check[0] or last_message > last_check[1])
    assert moment(last_check[1]) >= T0


async def test_who_takes_no_messages_is_shown_on_postgresql_too(postgres_database: str) -> None:
    async with open_cabinet(postgres_database) as cabinet:
        await cabinet.connect()
        dialog_id = await _begun(cabinet)
        await cabinet.hear(cabinet.permission("blocked_by_community", 5), cabinet.wrote(3))
        assert (await _shown(cabinet, dialog_id))["reason"] == "blocked_by_community"
