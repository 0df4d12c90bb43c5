"""What became of edits and of a deletion, and VK's echoes of them, heard in any order, gives one message."""

import asyncio
import itertools
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shared.events.channel import ChangeApplied, ChangeFailed, MessageDeleted, MessageEdited
from shared.events.dialogs import ChangeRequested
from shared.events.envelope import Event
from tests.services.dialogs.cabinet import T0, Cabinet, moment, open_cabinet

EXAMPLES = 6
LATER = T0 + timedelta(hours=1)
_numbers = itertools.count(10, 10)


@dataclass(frozen=True)
class Story:
    """Which edits VK took, whether the deletion too (null: none was wanted), and how we hear of it."""

    edits: tuple[bool, ...]
    deletion: bool | None
    echoes: bool
    order: int
    repeats: int


stories = st.builds(
    Story,
    edits=st.lists(st.booleans(), min_size=1, max_size=4).map(tuple),
    deletion=st.sampled_from([None, None, True, False]),
    echoes=st.booleans(),
    order=st.integers(0, 2**32),
    repeats=st.integers(0, 4),
)


def _outcome(cabinet: Cabinet, request: ChangeRequested, *, taken: bool) -> Event:
    about: Any = {**cabinet.about(), "change_id": request.change_id, "reply_id": request.reply_id}
    if not taken:
        return ChangeFailed(**about, reason=f"reason {request.number}")
    # Our clock is a bit later than VK's, which counts in whole seconds.
    return ChangeApplied(**about, applied_at=LATER + timedelta(seconds=request.number, milliseconds=300))


def _echo(cabinet: Cabinet, request: ChangeRequested) -> Event:
    place: Any = {
        "external_id": request.external_id,
        "conversation_message_id": request.conversation_message_id,
    }
    at = LATER + timedelta(seconds=request.number)
    if request.text is None:
        return MessageDeleted(**cabinet.about(), **place, deleted_at=at)
    author: Any = {"by_customer": False, "author_external_id": "9", "sent_at": moment(1)}
    return MessageEdited(**cabinet.about(), **place, **author, text=request.text, edited_at=at)


def _heard(cabinet: Cabinet, story: Story, requests: list[ChangeRequested]) -> list[Event]:
    taken = [*story.edits, story.deletion]
    events = [_outcome(cabinet, request, taken=bool(taken[index])) for index, request in enumerate(requests)]
    if story.echoes:
        events += [_echo(cabinet, request) for index, request in enumerate(requests) if taken[index]]
    chance = random.Random(story.order)
    events += [chance.choice(events) for _ in range(story.repeats)]
    chance.shuffle(events)
    return events


def _expected(story: Story) -> tuple[str, int, bool, str | None]:
    """By the plain reading: VK carries the changes out one after the other, as they were asked for."""
    text, edits, reason = "text 0", 0, None
    for number, taken in enumerate(story.edits, 1):
        text, edits = (f"text {number}", edits + 1) if taken else (text, edits)
        reason = None if taken else f"reason {number}"
    if story.deletion is not None:
        reason = None if story.deletion else f"reason {len(story.edits) + 1}"
    return text, edits, bool(story.deletion), reason


async def _play(cabinet: Cabinet, story: Story) -> None:
    first = next(_numbers)
    user = str(first)
    await cabinet.hear(cabinet.wrote(first, user=user))
    dialog = next(one for one in await cabinet.tab("new") if one["contact"]["external_id"] == user)
    reply = await cabinet.reply(dialog["id"], "text 0")
    sent = cabinet.sent(reply["id"], first + 1).model_copy(update={"external_id": user})
    await cabinet.hear(sent)
    path = f"/{dialog['id']}/messages/{reply['id']}"
    for number in range(1, len(story.edits) + 1):
        await cabinet.call("PATCH", path, json={"text": f"text {number}"}, status=202)
    if story.deletion is not None:
        await cabinet.call("DELETE", path, status=202)
    asked = await cabinet.announced(ChangeRequested)
    requests = [request for request in asked if str(request.reply_id) == reply["id"]]

    await cabinet.hear(*_heard(cabinet, story, requests), batch=bool(story.order % 2))

    shown = next(one for one in await cabinet.messages(dialog["id"]) if one["id"] == reply["id"])
    reason = shown["change"]["reason"] if shown["change"] else None
    is_deleted = shown["deleted_at"] is not None
    assert (shown["text"], shown["edits"], is_deleted, reason) == _expected(story), story
    assert shown["author"]["name"] == "Анна"


def test_changes_heard_in_any_order_give_one_message(ready_url: str) -> None:
    with asyncio.Runner() as runner:
        opening = open_cabinet(ready_url)
        cabinet = runner.run(opening.__aenter__())
        runner.run(cabinet.connect())

        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
        @given(stories)
        def holds(story: Story) -> None:
            runner.run(_play(cabinet, story))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))
