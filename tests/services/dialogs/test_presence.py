"""Who is at a dialog: seen by everybody at once, in every process, and over by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from dialogs.presence.board import TOPIC
from tests.services.dialogs.cabinet import Cabinet, open_cabinet
from tests.services.dialogs.streams import Stream, listening, serving
from tests.support.waiting import wait_until

BORIS = "Борис"


async def say(
    cabinet: Cabinet, dialog_id: str, state: str, operator: UUID | None = None, name: str = "Анна"
) -> Any:
    headers = cabinet.headers(operator, name)
    answer = await cabinet.call("PUT", f"/{dialog_id}/presence", json={"state": state}, headers=headers)
    return [(each["operator"]["name"], each["state"]) for each in answer["items"]]


def shown(stream: Stream) -> list[list[tuple[str, str]]]:
    """Return what each event has told."""
    return [
        [(each["operator"]["name"], each["state"]) for each in line.data["items"]]
        for line in stream.of("presence")
    ]


@asynccontextmanager
async def looking(cabinet: Cabinet) -> AsyncIterator[Stream]:
    async with (
        serving(cabinet) as address,
        listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream,
    ):
        yield stream


async def test_two_at_a_dialog_see_each_other_come_type_and_go(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog_id = (await cabinet.only_dialog())["id"]
    async with looking(cabinet) as stream:
        assert await say(cabinet, dialog_id, "viewing") == []
        assert await say(cabinet, dialog_id, "viewing") == []
        assert await say(cabinet, dialog_id, "typing", cabinet.boris, BORIS) == [("Анна", "viewing")]
        assert await say(cabinet, dialog_id, "typing") == [(BORIS, "typing")]
        left = await cabinet.client.delete(
            f"/api/v1/dialogs/{dialog_id}/presence", headers=cabinet.headers(cabinet.boris, BORIS)
        )
        assert left.status_code == 204
        assert await say(cabinet, dialog_id, "viewing") == []
        await wait_until(lambda: len(stream.of("presence")) == 5, describe="five changes, and no repeats")

    assert shown(stream) == [
        [("Анна", "viewing")],
        [("Анна", "viewing"), (BORIS, "typing")],
        [("Анна", "typing"), (BORIS, "typing")],
        [("Анна", "typing")],
        [("Анна", "viewing")],
    ]
    (first, *_) = stream.of("presence")
    assert (first.data["dialog_id"], first.data["project_id"]) == (dialog_id, str(cabinet.project))
    # It moves no position: who comes again misses no change for it.
    assert {line.id for line in stream.of("presence")} == {stream.last_id}
    assert stream.changes == []


async def test_who_says_nothing_more_is_gone(ready_url: str) -> None:
    async with open_cabinet(ready_url, presence_seconds=0.5) as cabinet:
        await cabinet.connect()
        await cabinet.hear(cabinet.wrote(1))
        dialog_id = (await cabinet.only_dialog())["id"]
        async with looking(cabinet) as stream:
            await say(cabinet, dialog_id, "typing")
            await wait_until(lambda: shown(stream)[-1:] == [[]], describe="nobody is there")
        assert await say(cabinet, dialog_id, "viewing", cabinet.boris, BORIS) == []


async def test_replicas_tell_each_other_and_a_late_word_changes_nothing(postgres_database: str) -> None:
    async with open_cabinet(postgres_database) as one, open_cabinet(postgres_database) as two:
        # Both are on buses of their own; the nudges are carried by hand, back too, and twice.
        nudges: list[str] = []
        one.bus.hear(TOPIC, nudges.append)
        two.project, two.boris = one.project, one.boris
        await one.connect()
        await one.hear(one.wrote(1))
        dialog_id = (await one.only_dialog())["id"]
        boards = [each.service.api.state.presence for each in (one, two)]
        async with looking(two) as stream:
            await say(one, dialog_id, "typing")
            for board in boards * 2:
                board.heard(nudges[0])
            assert await say(two, dialog_id, "viewing", two.boris, BORIS) == [("Анна", "typing")]
            await one.client.delete(f"/api/v1/dialogs/{dialog_id}/presence", headers=one.headers())
            for nudge in (nudges[1], nudges[0]):
                for board in boards:
                    board.heard(nudge)
            await wait_until(lambda: len(stream.of("presence")) == 3, describe="three changes")
            assert await say(two, dialog_id, "viewing", two.boris, BORIS) == []

    assert shown(stream) == [
        [("Анна", "typing")],
        [("Анна", "typing"), (BORIS, "viewing")],
        [(BORIS, "viewing")],
    ]
