"""What waits when an epoch ends, and what one update can do to the others."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from shared.database.vault import Vault
from shared.events.channel import AccountChecked, AccountLinked, MessageReceived, ReplyFailed, ReplySent
from shared.http.client import HttpClient
from tests.services.vk_gateway.conftest import (
    ENCRYPTION_KEY,
    Emulator,
    Gateway,
    Linked,
    a_gateway,
    created,
    deleted,
)
from tests.services.vk_gateway.test_callback import caller_of
from tests.support.signing import TestKeys
from tests.support.waiting import wait_until
from vk_gateway.communities.callback_servers import CallbackServers
from vk_gateway.communities.duties import Apis
from vk_gateway.communities.linking import Linker
from vk_gateway.communities.queries import get_due
from vk_gateway.health.suspicions import Suspicions
from vk_gateway.tables import Community, Outgoing, OutgoingDialog, OutgoingState, RawUpdate
from vk_gateway.vk.client import Vk


async def connect_again(gateway: Gateway, linked: Linked) -> Linked:
    """Connect the community once more, as a new epoch with a connection of its own."""
    async with gateway.client(linked.project_id) as client:
        body = {"project_id": str(linked.project_id), "method": "key", "key": linked.key}
        answer = await client.post("/api/v1/vk/connections", json=body)
    again = replace(linked, connection_id=answer.json()["id"], epoch=linked.epoch + 1)
    await gateway.hear(created(again, version=10))
    return again


@pytest.mark.parametrize("hears_of_the_end", [True, False])
async def test_a_dialog_goes_on_after_an_epoch_ended_with_replies_waiting(
    gateway: Gateway, hears_of_the_end: bool
) -> None:
    """D12: also when the news of the new epoch overtakes that of the old one's end."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 600, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=29)
    await gateway.reply(linked, 600, "старый")

    if hears_of_the_end:
        await gateway.hear(deleted(linked))
    again = await connect_again(gateway, linked)
    if not hears_of_the_end:
        await gateway.hear(deleted(linked))
    await gateway.vk.mend(linked.community_id)
    await gateway.reply(again, 600, "новый")

    await gateway.says(ReplySent)
    (failed,) = await gateway.said(ReplyFailed)
    assert failed.reason == "integration_deleted"
    assert await gateway.vk.sent(linked.community_id, 600) == ["новый"]
    async with gateway.client(linked.project_id) as client:
        before = await client.get(f"/api/v1/vk/connections/{linked.connection_id}")
    assert before.json()["state"] == "used", "the key of the epoch that ended is still there"


async def test_what_an_earlier_epoch_still_had_under_way_does_not_stop_the_next(
    emulator: Emulator, tmp_path: Path
) -> None:
    """Disconnected and connected again while VK was slow: the old link's last words come after the end."""
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(url, emulator, TestKeys(), callback_url="", watch_seconds=0.3) as gateway:
        linked = await gateway.connect()
        database = gateway.service.database
        async with database.read() as session:
            old = await get_due(session, linked.integration_id)
        assert old is not None
        await emulator.fault(linked.community_id, "api_error", method="messages.getConversations", code=29)
        await gateway.hear(deleted(linked))
        await connect_again(gateway, linked)
        await emulator.mend(linked.community_id)

        vault, outside = Vault(ENCRYPTION_KEY), HttpClient()
        vk = Vk(f"{emulator.url}/method", outside, timeout_seconds=2.0)
        api = Apis(vault, vk, gateway.world, Suspicions(database), per_second=20).open(old)
        servers = CallbackServers(database, vault, "", address_lasts=timedelta(days=90))
        await Linker(database, servers).work(old, api)
        await outside.close()

        await gateway.says(AccountLinked, 2)
        await emulator.user_writes(linked.community_id, 602, "Вы снова здесь?")
        (told,) = await gateway.says(MessageReceived)
        assert told.epoch == linked.epoch + 1


async def test_an_update_that_cannot_be_told_leaves_its_neighbours_alone(gateway: Gateway) -> None:
    """A18, C21: an administrator of one community can forge updates, and stop nobody's messages with them."""
    caller = await caller_of(gateway)
    huge = {"peer_id": 5, "from_id": 5, "conversation_message_id": 2, "text": "я" * 300_000}
    far = {"peer_id": 5, "from_id": -1, "out": 1, "conversation_message_id": 10**30, "random_id": 10**30}
    odd = far | {"conversation_message_id": 3, "text": "да", "admin_author_id": 10**30}

    await asyncio.gather(
        caller.post(caller.update(event_id="huge", object={"message": huge})),
        caller.post(caller.update(event_id="far", type="message_reply", object=far)),
        caller.post(caller.update(event_id="odd", type="message_reply", object=odd)),
        caller.post(caller.update(event_id="good")),
    )

    cut, good = sorted(await gateway.says(MessageReceived, 2), key=lambda event: event.text, reverse=True)
    assert (good.text, good.content.is_cut) == ("да", False)
    assert (cut.text, cut.content.is_cut) == ("я" * 20_000, True)

    async def all_translated() -> bool:
        async with gateway.service.database.read() as session:
            waiting = select(RawUpdate).where(RawUpdate.translated_at.is_(None))
            return not (await session.execute(waiting)).all()

    await wait_until(all_translated, describe="nothing waits")


async def test_a_doubtful_reply_that_waited_long_is_looked_up_before_it_is_sent(gateway: Gateway) -> None:
    """B1: VK recognises a repeated random_id for an hour only."""
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 601, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "echo_drop")
    await gateway.vk.fault(linked.community_id, "dedupe_window", seconds=0)
    request = await gateway.reply(linked, 601, "ответ")
    await gateway.says(ReplySent)

    # As after a night of error 29: queued again although VK has it, and the look-up long ago.
    async with gateway.service.database.write() as session:
        await session.execute(
            update(Outgoing)
            .where(Outgoing.id == request.reply_id)
            .values(
                state=OutgoingState.QUEUED,
                settled_at=None,
                conversation_message_id=None,
                doubted_at=session.now - timedelta(hours=9),
                looked_up_at=session.now - timedelta(hours=9),
            )
        )
        await session.execute(update(OutgoingDialog).values(settled_number=0))

    await gateway.says(ReplySent, 2)
    assert await gateway.vk.sent(linked.community_id, 601) == ["ответ"]


async def test_without_a_key_replies_wait_and_the_problem_is_told_once(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 602, "Здравствуйте")
    await gateway.says(MessageReceived)
    async with gateway.service.database.write() as session:
        await session.execute(update(Community).values(key_sealed=None))

    await gateway.reply(linked, 602, "ответ")

    async def told() -> bool:
        return [event.problem for event in await gateway.said(AccountChecked)] == ["key_missing"]

    async def held() -> bool:
        async with gateway.service.database.read() as session:
            (reply,) = (await session.execute(select(Outgoing))).scalars()
            (community,) = (await session.execute(select(Community))).scalars()
            return community.is_parked and reply.state is OutgoingState.QUEUED

    await wait_until(told, describe="the problem is told")
    await wait_until(held, describe="the reply waits")


async def test_a_problem_of_the_account_ends_with_the_next_reply_sent(gateway: Gateway) -> None:
    linked = await gateway.connect()
    await gateway.vk.user_writes(linked.community_id, 603, "Здравствуйте")
    await gateway.vk.fault(linked.community_id, "api_error", method="messages.send", code=14, times=1)
    await gateway.reply(linked, 603, "ответ")
    await gateway.says(AccountChecked)
    async with gateway.service.database.write() as session:
        await session.execute(update(Outgoing).values(next_attempt_at=session.now))

    await gateway.says(ReplySent)

    assert [event.problem for event in await gateway.says(AccountChecked, 2)] == ["captcha_needed", None]
