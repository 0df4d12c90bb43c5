"""Many at once on PostgreSQL: no dialog twice, no number skipped."""

import asyncio

from sqlalchemy import func, select

from dialogs.consumers import snapshot_of
from dialogs.live.queries import list_changes
from dialogs.registry.actions import learn_integration
from dialogs.tables import Case, Contact, Dialog, Integration, Message
from dialogs.threads.rules import DELETED
from shared.events.dialogs import CaseOpened
from tests.services.dialogs.cabinet import Cabinet, letter


async def test_an_album_of_a_new_person_is_one_dialog(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    deliver = cabinet.service.consumer.deliver
    for round_ in range(5):
        user = f"9{round_}"
        letters = [letter(cabinet.wrote(number, user=user)) for number in range(1, 11)]
        await asyncio.gather(*(deliver(cabinet.service.database, [one]) for one in letters))

    async with cabinet.service.database.read() as session:
        counts = [
            (await session.execute(select(func.count()).select_from(kind))).scalar_one()
            for kind in (Contact, Dialog, Case, Message)
        ]
    assert counts == [5, 5, 5, 50]
    assert len(await cabinet.announced(CaseOpened)) == 5


async def test_batches_of_the_same_people_in_other_orders_all_arrive(
    cabinet_on_postgresql: Cabinet,
) -> None:
    cabinet = cabinet_on_postgresql
    users = [str(user) for user in range(10)]
    batches = [
        [letter(cabinet.wrote(number, user=user)) for user in (users if number % 2 else reversed(users))]
        for number in range(1, 9)
    ]

    deliver = cabinet.service.consumer.deliver
    await asyncio.gather(*(deliver(cabinet.service.database, batch) for batch in batches))

    dialogs = await cabinet.tab("new")
    assert len(dialogs) == 10
    for dialog in dialogs:
        assert len(await cabinet.messages(dialog["id"])) == 8


async def test_changes_are_numbered_without_gaps_and_seen_in_order(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    database = cabinet.service.database
    writers, turns = 16, 5

    async def write(writer: int) -> None:
        for turn in range(1, turns + 1):
            event = cabinet.wrote(turn, user=str(writer if turn % 2 else writer % 4 + 100))
            await cabinet.service.consumer.deliver(database, [letter(event)])

    writing = asyncio.gather(*(write(writer) for writer in range(writers)))
    seen: list[int] = []
    while True:
        finished = writing.done()
        async with database.read() as session:
            after = seen[-1] if seen else 0
            rows = await list_changes(session, cabinet.project, after=after, limit=1_000)
        seen += [number for number, _, _ in rows]
        if finished:
            break
    await writing

    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) >= writers * 3


async def test_a_message_and_its_marks_at_the_same_moment_do_not_miss_each_other(
    cabinet_on_postgresql: Cabinet,
) -> None:
    cabinet = cabinet_on_postgresql
    deliver = cabinet.service.consumer.deliver
    for round_ in range(6):
        user = f"8{round_}"
        events = [
            cabinet.wrote(1, user=user),
            cabinet.edited(1, "иначе", user=user),
            cabinet.unsent(1, user=user),
            cabinet.reacted(1, 2, 1, user=user),
            cabinet.pressed(1, "a", user=user),
            cabinet.staff(2, user=user),
            cabinet.read(2, user=user),
        ]
        letters = [letter(event) for event in events]
        await asyncio.gather(*(deliver(cabinet.service.database, [one]) for one in letters))

    for dialog in await cabinet.tab("all"):
        first, second = await cabinet.messages(dialog["id"])
        assert (first["text"], first["edits"], first["reaction"]) == ("иначе", 1, 2)
        assert (first["deleted_at"] is not None, len(first["presses"])) == (True, 1)
        assert second["state"] == "read"
    assert len(await cabinet.tab("all")) == 6


async def test_a_reply_and_the_end_of_its_integration_do_not_wait_for_each_other(
    cabinet_on_postgresql: Cabinet,
) -> None:
    cabinet = cabinet_on_postgresql
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    before = await cabinet.reply(dialog_id)

    async with cabinet.service.database.write() as session:
        await session.get_one(Integration, cabinet.integration, with_for_update=True)
        writing = asyncio.create_task(cabinet.reply(dialog_id, status=409))
        await asyncio.wait({writing}, timeout=0.5)
        await learn_integration(session, snapshot_of(cabinet.deleted(version=2), DELETED))

    assert (await writing)["code"] == "integration_deleted"
    (_, given_up) = await cabinet.messages(dialog_id)
    assert (given_up["id"], given_up["reason"]) == (before["id"], "integration_deleted")
