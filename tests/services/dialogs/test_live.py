"""The live feed: nothing is lost, nothing is shown to who may not see it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from dialogs.live.feed import WAITING_FRAMES_MAX, Batch, Subscription, frame_of
from dialogs.live.queries import forget_changes
from dialogs.tables import Change
from shared.events.accounts import AccessChanged, ProjectCreated, ProjectDeleted, ProjectRenamed
from shared.events.dialogs import CaseOpened
from shared.events.envelope import Envelope
from shared.messaging.tables import outbox_table
from tests.services.dialogs.cabinet import KEYS, Cabinet, open_cabinet
from tests.services.dialogs.streams import listening, serving
from tests.support.waiting import wait_until


@pytest.fixture
async def address(cabinet: Cabinet) -> AsyncIterator[str]:
    async with serving(cabinet) as address:
        yield address


async def test_a_snapshot_and_the_stream_after_its_position_join(cabinet: Cabinet, address: str) -> None:
    await cabinet.hear(cabinet.wrote(1))
    snapshot = await cabinet.call("GET", f"/{(await cabinet.only_dialog())['id']}")
    await cabinet.hear(cabinet.wrote(2))

    query = f"project_id={cabinet.project}&after={snapshot['position']}"
    async with listening(address, query, cabinet.headers()) as stream:
        await cabinet.hear(cabinet.wrote(3))
        changes = await stream.heard(2)

    assert stream.answer.headers["content-type"].startswith("text/event-stream")
    assert stream.answer.headers["cache-control"] == "no-store"
    assert stream.answer.headers["x-accel-buffering"] == "no"
    assert 1_000 <= stream.retry <= 2_000
    assert stream.numbers == [snapshot["position"] + 1, snapshot["position"] + 2]
    assert [change["kind"] for change in changes] == ["message_changed"] * 2
    assert [change["message"]["text"] for change in changes] == ["message 2", "message 3"]
    assert changes[1]["dialog"] == await cabinet.only_dialog()
    assert changes[1]["message"] == (await cabinet.messages(snapshot["id"]))[2]


async def test_every_kind_of_change_is_told(cabinet: Cabinet, address: str) -> None:
    async with listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream:
        await cabinet.hear(cabinet.wrote(1))
        dialog = await cabinet.only_dialog()
        reply = await cabinet.reply(dialog["id"])
        await cabinet.hear(cabinet.staff(2), cabinet.named("Иван"))
        await cabinet.hear(cabinet.sent(reply["id"], 2))
        await cabinet.call("POST", f"/{dialog['id']}/close")
        await cabinet.hear(cabinet.state("unavailable", version=2))
        await cabinet.hear(ProjectRenamed(project_id=cabinet.project, name="Лавка", version=1))
        changes = await stream.heard(8)

    assert [change["kind"] for change in changes] == [
        "message_changed",
        "message_changed",
        "message_changed",
        "message_removed",
        "message_changed",
        "dialog_changed",
        "integration_changed",
        "project_changed",
    ]


async def test_each_change_tells_whose_story_it_is(cabinet: Cabinet, address: str) -> None:
    async with listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream:
        # A batch with a story for each event, one alone, and one that comes before its integration does.
        await cabinet.hear(
            cabinet.wrote(1).correlated("story-1"),
            cabinet.wrote(1, user="502").correlated("story-2"),
            cabinet.named("Иван", user="503").correlated("story-3"),
        )
        await cabinet.hear(cabinet.wrote(2).correlated("story-4"))
        dialogs = {dialog["contact"]["external_id"]: dialog["id"] for dialog in await cabinet.tab("all")}
        asked = cabinet.headers() | {"X-Correlation-Id": "story-5"}
        await cabinet.call("POST", f"/{dialogs['501']}/close", headers=asked)
        await cabinet.hear(
            cabinet.wrote(3).correlated("story-6"), cabinet.named("Ольга", user="502").correlated("story-7")
        )
        await cabinet.hear(cabinet.wrote(4, epoch=2).correlated("story-8"))
        await cabinet.hear(cabinet.created(epoch=2, version=5))
        changes = await stream.heard(8)

    stories = [(change["kind"], change["correlation_id"]) for change in changes]
    assert stories == [
        ("message_changed", "story-1"),
        ("message_changed", "story-2"),
        ("message_changed", "story-4"),
        ("dialog_changed", "story-5"),
        ("message_changed", "story-6"),
        ("dialog_changed", "story-7"),
        ("integration_changed", None),
        ("message_changed", "story-8"),
    ]
    async with cabinet.service.database.read() as session:
        kept = select(Change.correlation_id).order_by(Change.number)
        assert (await session.scalars(kept)).all()[-8:] == [story for _, story in stories]
        opened = select(outbox_table.c.body).where(outbox_table.c.type == CaseOpened.type)
        bodies = (await session.scalars(opened.order_by(outbox_table.c.position))).all()
    assert [Envelope.from_bytes(body).correlation_id for body in bodies] == ["story-1", "story-2", "story-6"]


async def test_last_event_id_resumes_from_the_table_and_from_the_ring(cabinet: Cabinet, address: str) -> None:
    query = f"project_id={cabinet.project}"
    async with listening(address, query, cabinet.headers()) as stream:
        await cabinet.hear(cabinet.wrote(1))
        await stream.heard(1)
        seen = stream.last_id
    await cabinet.hear(cabinet.wrote(2), cabinet.wrote(3))

    headers = cabinet.headers() | {"Last-Event-ID": seen}
    async with listening(address, query, headers) as from_table:
        await from_table.heard(2)
        await cabinet.hear(cabinet.wrote(4))
        await from_table.heard(3)
        async with listening(address, query, headers) as from_ring:
            await from_ring.heard(3)

    assert from_table.numbers == from_ring.numbers == [stream.numbers[0] + n for n in (1, 2, 3)]


async def test_more_than_a_page_of_missed_changes_comes_in_order(cabinet: Cabinet, address: str) -> None:
    await cabinet.hear(*(cabinet.wrote(number) for number in range(1, 701)))

    async with listening(address, f"project_id={cabinet.project}&after=2", cabinet.headers()) as stream:
        await stream.heard(700)
        await cabinet.hear(cabinet.wrote(701))
        await stream.heard(701)

    assert stream.numbers == list(range(3, 704))


async def test_unknown_and_forgotten_positions_ask_for_a_new_snapshot(cabinet: Cabinet, address: str) -> None:
    await cabinet.hear(cabinet.wrote(1), cabinet.wrote(2))
    now = (await cabinet.call("GET", f"/{(await cabinet.only_dialog())['id']}"))["position"]
    query = f"project_id={cabinet.project}"

    async with listening(address, f"{query}&after={now + 100}", cabinet.headers()) as unknown:
        await unknown.is_over()
    old = datetime.now(UTC) - timedelta(hours=25)
    async with cabinet.service.database.write() as session:
        await session.execute(update(Change).where(Change.number < now).values(created_at=old))
        assert await forget_changes(session, before=old + timedelta(seconds=1))
        assert (await session.scalars(select(Change.number))).all() == [now]
    async with listening(address, f"{query}&after=1", cabinet.headers()) as forgotten:
        await forgotten.is_over()

    assert [(line.event, line.data) for line in unknown.lines] == [("reset", {"reason": "unknown_position"})]
    assert [(line.event, line.data) for line in forgotten.lines] == [
        ("reset", {"reason": "position_too_old"})
    ]
    # A client that simply comes again goes on from where the feed is now.
    assert forgotten.last_id == f"{cabinet.project}:{now}"


async def test_several_projects_have_a_position_each(cabinet: Cabinet, address: str) -> None:
    other = uuid4()
    await cabinet.hear(ProjectCreated(project_id=other, name="Второй"))
    headers = cabinet.headers(projects=[cabinet.project, other])
    query = f"project_id={cabinet.project}&project_id={other}"
    async with listening(address, query, headers) as stream:
        await cabinet.hear(cabinet.wrote(1))
        await cabinet.hear(ProjectRenamed(project_id=other, name="Третий", version=1))
        await stream.heard(2)
        seen = stream.last_id
    await cabinet.hear(ProjectRenamed(project_id=other, name="Снова", version=2))
    await cabinet.hear(cabinet.wrote(2))

    async with listening(address, query, headers | {"Last-Event-ID": seen}) as resumed:
        changes = await resumed.heard(2)

    assert {part.split(":")[0] for part in seen.split(",")} == {str(cabinet.project), str(other)}
    assert {change["kind"] for change in changes} == {"message_changed", "project_changed"}
    assert len(changes) == 2


async def test_a_silent_stream_shows_that_it_lives(ready_url: str) -> None:
    async with (
        open_cabinet(ready_url, heartbeat_seconds=0.5) as cabinet,
        serving(cabinet) as address,
        listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream,
    ):
        await wait_until(lambda: len(stream.of("heartbeat")) >= 2, describe="two heartbeats")


async def test_a_stream_ends_when_the_rights_change(cabinet: Cabinet, address: str) -> None:
    query = f"project_id={cabinet.project}"
    async with (
        listening(address, query, cabinet.headers()) as cut,
        listening(address, query, cabinet.headers(cabinet.boris)) as other,
    ):
        not_before = datetime.now(UTC) + timedelta(seconds=1)
        await cabinet.hear(AccessChanged(operator_id=cabinet.anna, not_before=not_before))
        await cut.is_over()
        await cabinet.hear(cabinet.wrote(1))
        await other.heard(1)

    assert cut.changes == []


async def test_a_stream_ends_when_the_project_is_deleted(cabinet: Cabinet, address: str) -> None:
    await cabinet.hear(cabinet.wrote(1))
    async with listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream:
        await cabinet.hear(ProjectDeleted(project_id=cabinet.project))
        await stream.is_over()

    assert [change["kind"] for change in stream.changes] == ["project_deleted"]

    async def gone() -> bool:
        return await cabinet.tab("all") == []

    await wait_until(gone, describe="the dialogs are deleted")
    await cabinet.hear(cabinet.wrote(2))
    assert await cabinet.tab("all") == []


async def test_streams_of_foreign_projects_are_refused(cabinet: Cabinet) -> None:
    foreign = cabinet.headers(projects=[uuid4()])
    answer = await cabinet.call("GET", f"/changes?project_id={cabinet.project}", headers=foreign, status=404)
    assert answer["code"] == "project_not_found"
    wrong = f"/changes?project_id={cabinet.project}&after=yesterday"
    assert (await cabinet.call("GET", wrong, status=422))["code"] == "invalid_position"


async def test_a_client_that_leaves_is_forgotten(cabinet: Cabinet, address: str) -> None:
    feed = cabinet.service.api.state.feed
    async with listening(address, f"project_id={cabinet.project}", cabinet.headers()):
        assert len(feed) == 1

    await wait_until(lambda: len(feed) == 0, describe="the stream is forgotten")


async def test_a_slow_client_is_told_to_start_again(cabinet: Cabinet) -> None:
    caller = await cabinet.service.guard.caller(KEYS.token(cabinet.anna, roles={}))
    slow = Subscription(caller, frozenset({cabinet.project}), 0.0)

    for number in range(WAITING_FRAMES_MAX):
        slow.push(Batch.of([frame_of(cabinet.project, number, "message_changed", b"{}")]))
    kept = len(slow.frames)
    slow.push(Batch.of([frame_of(cabinet.project, WAITING_FRAMES_MAX, "message_changed", b"{}")]))

    assert (kept, slow.overflowed, slow.take()) == (WAITING_FRAMES_MAX, True, [])


async def test_replicas_wake_each_other(postgres_database: str) -> None:
    async with open_cabinet(postgres_database, feed_poll_seconds=60) as one:
        await one.connect()
        async with open_cabinet(postgres_database, feed_poll_seconds=60) as two:
            # Both are on buses of their own; the nudge is carried by hand.
            one.bus.hear("dialogs.changes", two.service.api.state.feed.heard)
            two.project = one.project
            async with (
                serving(two) as address,
                listening(address, f"project_id={one.project}", one.headers()) as stream,
            ):
                await one.hear(one.wrote(1))
                await stream.heard(1)
