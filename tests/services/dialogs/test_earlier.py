"""Messages from before the connection: they take their places and ask for nothing."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dialogs.tables import Contact, Dialog
from dialogs.threads.queries import list_messages
from shared.events.channel import EarlierMessage, MessageReceived, MessagesImported, Source
from shared.events.content import Content
from shared.events.dialogs import CaseOpened, ImportStored
from shared.events.envelope import Event
from shared.runtime.world import World
from tests.services.dialogs.cabinet import Cabinet, letter, moment, open_cabinet
from tests.services.dialogs.test_any_order import StoppedClock

IMPORT = uuid4()
_users = itertools.count(1)


def earlier(number: int, user: str, *, by_customer: bool = True, **more: Any) -> EarlierMessage:
    """A message from before, as an import tells it."""
    said: dict[str, Any] = {"text": f"message {number}", "sent_at": moment(number), **more}
    author: dict[str, Any] = {} if by_customer else {"author_external_id": "9", "author_name": "Ольга"}
    said |= {"external_id": user, "conversation_message_id": number, "by_customer": by_customer}
    return EarlierMessage(**said, **author)


def imported(cabinet: Cabinet, *messages: EarlierMessage, epoch: int = 1) -> MessagesImported:
    """A bundle of them."""
    return MessagesImported(**cabinet.about(epoch), import_id=IMPORT, messages=messages)


async def test_an_import_asks_for_nothing_and_tells_of_each_dialog_once(cabinet: Cabinet) -> None:
    first = [earlier(number, "501", by_customer=number % 3 > 0) for number in range(1, 61)]
    other = [earlier(number, "502") for number in range(1, 41)]

    await cabinet.hear(imported(cabinet, *first, *other[:20]), imported(cabinet, *other[20:]))

    items = await cabinet.tab("closed")
    assert {item["contact"]["external_id"] for item in items} == {"501", "502"}
    for item in items:
        assert (item["unread_count"], item["unanswered_since"]) == (0, None)
    assert await cabinet.tab("new") == []
    assert await cabinet.announced(CaseOpened) == []
    ids = {item["contact"]["external_id"]: item["id"] for item in items}
    thread = await cabinet.messages(ids["501"])
    assert [one["conversation_message_id"] for one in thread] == list(range(1, 61))
    assert {one["source"] for one in thread} == {"history"}
    assert thread[2]["author"] == {"kind": "staff", "id": None, "name": "Ольга"}
    found = await cabinet.call("GET", f"/search?project_id={cabinet.project}&q=message 37")
    assert {one["dialog"]["id"] for one in found["items"]} == set(ids.values())
    assert sum(one.messages for one in await cabinet.announced(ImportStored)) == 100


async def test_who_writes_after_an_import_opens_a_case_of_that_message_alone(cabinet: Cabinet) -> None:
    await cabinet.hear(imported(cabinet, *(earlier(number, "501") for number in range(1, 30))))
    await cabinet.hear(cabinet.wrote(31))
    await cabinet.hear(imported(cabinet, earlier(30, "501"), earlier(31, "501")))

    item = await cabinet.only_dialog()
    assert (item["state"], item["unread_count"]) == ("new", 1)
    assert item["last_message"]["text"] == "message 31"
    assert [one["source"] for one in await cabinet.messages(item["id"])] == ["history"] * 30 + ["live"]


async def test_an_import_of_an_epoch_that_is_over_brings_nothing(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.deleted(version=2))

    await cabinet.hear(imported(cabinet, earlier(1, "501")))

    assert await cabinet.tab("any") == []
    assert await cabinet.announced(ImportStored) == []


@dataclass(frozen=True)
class Story:
    """What is told of a dialog: by an import, live as well, after it; deleted, named; in which order."""

    before: frozenset[int]
    by_staff: frozenset[int]
    with_ref: frozenset[int]
    live_too: frozenset[int]
    edited: frozenset[int]
    deleted: frozenset[int]
    live: frozenset[int]
    order: int
    repeats: int


_numbers = st.frozensets(st.integers(1, 9))
stories = st.builds(
    Story,
    before=_numbers,
    by_staff=_numbers,
    with_ref=_numbers,
    live_too=_numbers,
    edited=_numbers,
    deleted=_numbers,
    live=st.frozensets(st.integers(10, 13)),
    order=st.integers(0, 2**32),
    repeats=st.integers(0, 6),
)


def _live_events(cabinet: Cabinet, story: Story, user: str) -> list[Event]:
    events: list[Event] = [
        cabinet.staff(n, f"message {n}", user) if n in story.by_staff else cabinet.wrote(n, user=user)
        for n in sorted(story.before & story.live_too | story.live)
    ]
    customers = story.before - story.by_staff
    events += [cabinet.edited(n, f"edited {n}", user=user) for n in sorted(story.edited & customers)]
    events += [cabinet.unsent(n, user=user) for n in sorted(story.deleted & story.before)]
    return events


def _messages(story: Story, user: str) -> list[EarlierMessage]:
    marks = {n: {"content": Content(ref=f"ref-{n}")} if n in story.with_ref else {} for n in story.before}
    return [earlier(n, user, by_customer=n not in story.by_staff, **marks[n]) for n in sorted(story.before)]


def _one_by_one(cabinet: Cabinet, message: EarlierMessage) -> Event:
    """The same told as any other message."""
    said = message.model_dump(exclude={"by_customer", "author_external_id", "author_name", "content"})
    said |= {"source": Source.HISTORY, "content": message.content or Content()}
    if message.by_customer:
        return MessageReceived(**cabinet.about(), **said)
    user, number = said.pop("external_id"), said.pop("conversation_message_id")
    return cabinet.staff(number, said.pop("text"), user, source=Source.HISTORY, content=said["content"])


async def _seen(cabinet: Cabinet, user: str) -> Any:
    async with cabinet.service.database.read() as session:
        query = select(Dialog).join(Contact, Contact.id == Dialog.contact_id)
        dialog = (await session.scalars(query.where(Contact.external_id == user))).one_or_none()
        if dialog is None:
            return None
        messages = (await list_messages(session, dialog.id, before=None, limit=100))[::-1]
    thread = [
        (m.author, m.text, m.source, m.edits, m.deleted_at, m.author_name, m.conversation_message_id)
        for m in messages
    ]
    counts = (dialog.message_count, dialog.unread_count, dialog.ref, dialog.last_activity_at)
    last = [message.id for message in messages].index(dialog.last_message_id or UUID(int=0))
    return thread, (dialog.state, dialog.unanswered_since, dialog.answered_through, *counts), last


async def _check(cabinet: Cabinet, stories: Sequence[Story]) -> None:
    one_by_one, together = ([f"u{next(_users)}" for _ in stories] for _ in range(2))
    for story, user in zip(stories, one_by_one, strict=True):
        events = [_one_by_one(cabinet, message) for message in _messages(story, user)]
        if events := [*events, *_live_events(cabinet, story, user)]:
            await cabinet.hear(*events)
    for story, user in zip(stories, together, strict=True):
        chance = random.Random(story.order)
        messages = _messages(story, user)
        chance.shuffle(messages)
        cut = chance.randrange(len(messages) + 1)
        events = [imported(cabinet, *part) for part in (messages[:cut], messages[cut:]) if part]
        events += _live_events(cabinet, story, user)
        events += [chance.choice(events) for _ in range(story.repeats if events else 0)]
        chance.shuffle(events)
        end = chance.randrange(len(events) + 1)
        for batch in (events[:end], events[end:]):
            letters = [letter(event) for event in batch]
            await cabinet.service.consumer.deliver(cabinet.service.database, letters)

    for story, alone, both in zip(stories, one_by_one, together, strict=True):
        assert await _seen(cabinet, alone) == await _seen(cabinet, both), story


def test_an_import_is_what_its_messages_would_be_one_by_one(ready_url: str) -> None:
    """Whatever is told live of the same messages, before, after or between; however often."""
    with asyncio.Runner() as runner:
        opening = open_cabinet(ready_url, World(StoppedClock()))
        cabinet = runner.run(opening.__aenter__())
        runner.run(cabinet.connect())

        @settings(max_examples=3, deadline=None, database=None, phases=[Phase.generate])
        @given(st.lists(stories, min_size=8, max_size=8))
        def holds(told: list[Story]) -> None:
            runner.run(_check(cabinet, told))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))
