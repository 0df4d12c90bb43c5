"""The events of a dialog give the same dialog in any order, in any batches, however often they come."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dialogs.messages.actions import write_reply
from dialogs.messages.composing import Wanted
from dialogs.tables import Contact, Dialog
from dialogs.threads.actions import close
from dialogs.threads.queries import list_messages
from shared.events.channel import ReplyFailed, ReplySent, ReplyUnconfirmed
from shared.events.envelope import Event
from shared.http.access import Caller, Role
from shared.runtime.world import SystemClock, World
from tests.services.dialogs.cabinet import T0, Cabinet, letter, moment, open_cabinet

EXAMPLES = 3
STORIES = 12
_users = itertools.count(1)


class StoppedClock(SystemClock):
    """Tells the same time for ever, so that two runs can be compared."""

    def now(self) -> datetime:
        return T0


@dataclass(frozen=True)
class Reply:
    """What becomes of one reply; `echo` is the messenger's own event about it, taken for a staff reply."""

    number: int | None
    failed: bool
    unconfirmed: bool
    echo: bool


@dataclass(frozen=True)
class Story:
    """What happens in a dialog after its beginning, and in which order and batches we hear of it."""

    closed: bool
    customer: frozenset[int]
    staff: frozenset[int]
    replies: tuple[Reply, Reply]
    names: tuple[int, ...]
    order: int
    repeats: int


@dataclass(frozen=True)
class Begun:
    """A dialog at its beginning, with two replies of ours under way."""

    dialog_id: UUID
    user: str
    replies: list[UUID]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Make a story; 1 and 3 are there from the beginning, 2 is the one that comes late."""
    numbers = draw(st.permutations([2, *range(4, 12)]))
    sent = [numbers.pop() if draw(st.booleans()) else None for _ in range(2)]
    # A number below the ones that were there before the reply was written cannot be the reply's.
    sent = [None if number == 2 else number for number in sent]
    split = draw(st.integers(0, len(numbers)))
    used = draw(st.integers(split, len(numbers)))
    replies = tuple(
        Reply(number, draw(st.booleans()), draw(st.booleans()), draw(st.booleans())) for number in sent
    )
    return Story(
        closed=draw(st.booleans()),
        customer=frozenset(numbers[:split]),
        staff=frozenset(numbers[split:used]),
        replies=(replies[0], replies[1]),
        names=tuple(draw(st.lists(st.integers(0, 3), max_size=3))),
        order=draw(st.integers(0, 2**32)),
        repeats=draw(st.integers(0, 8)),
    )


def _events(cabinet: Cabinet, story: Story, begun: Begun) -> list[Event]:
    user = begun.user
    events: list[Event] = []
    for reply, reply_id in zip(story.replies, begun.replies, strict=True):
        about: Any = {**cabinet.about(), "reply_id": reply_id}
        if reply.unconfirmed:
            events.append(ReplyUnconfirmed(**about))
        if reply.failed:
            events.append(ReplyFailed(**about, external_id=user, reason="no"))
        if reply.number is not None:
            place: Any = {"external_id": user, "conversation_message_id": reply.number}
            events.append(ReplySent(**about, **place, sent_at=moment(reply.number)))
            if reply.echo:
                events.append(cabinet.staff(reply.number, user=user))
    events += [cabinet.wrote(number, user=user) for number in sorted(story.customer)]
    events += [cabinet.staff(number, user=user) for number in sorted(story.staff)]
    events += [cabinet.named(f"Имя {second}", second, user=user) for second in story.names]
    return events


async def _begin(cabinet: Cabinet, stories: Sequence[Story], users: Sequence[str]) -> list[Begun]:
    """Let everybody write twice, answer each time, and close some of the dialogs."""
    caller = Caller(cabinet.anna, "Анна", {cabinet.project: Role.OPERATOR}, T0, T0 + timedelta(hours=1), "")
    options: Any = {"caller": caller, "settings": cabinet.service.api.state.settings}
    replies: list[list[UUID]] = [[] for _ in users]
    for number, text in ((1, "раз"), (3, "два")):
        await cabinet.hear(*(cabinet.wrote(number, user=user) for user in users))
        async with cabinet.service.database.write() as session:
            found = select(Contact.external_id, Dialog.id).join(Dialog, Contact.id == Dialog.contact_id)
            dialogs = {row[0]: row[1] for row in await session.execute(found)}
            for user, written in zip(users, replies, strict=True):
                reply = await write_reply(session, dialogs[user], Wanted(text, text), **options)
                written.append(reply.id)
    async with cabinet.service.database.write() as session:
        for story, user in zip(stories, users, strict=True):
            if story.closed:
                await close(session, dialogs[user], caller=caller)
    return [Begun(dialogs[user], user, written) for user, written in zip(users, replies, strict=True)]


async def _seen(cabinet: Cabinet, dialog_id: UUID) -> Any:
    async with cabinet.service.database.read() as session:
        dialog = await session.get_one(Dialog, dialog_id)
        contact = await session.get_one(Contact, dialog.contact_id)
        messages = (await list_messages(session, dialog_id, before=None, limit=100))[::-1]
        last = next(message for message in messages if message.id == dialog.last_message_id)
    thread = [(m.author, m.text, m.state, m.reason, m.conversation_message_id, m.sent_at) for m in messages]
    counts = (dialog.message_count, dialog.unread_count)
    facts = (dialog.state, dialog.unanswered_since, dialog.last_activity_at, *counts)
    return thread, facts, contact.name, messages.index(last)


async def _check(cabinet: Cabinet, stories: Sequence[Story]) -> None:
    views = []
    for shuffled in (False, True):
        users = [f"u{next(_users)}" for _ in stories]
        begun = await _begin(cabinet, stories, users)
        told = [_events(cabinet, story, one) for story, one in zip(stories, begun, strict=True)]
        for batch in _mixed(stories, told) if shuffled else _straight(told):
            letters = [letter(event) for event in batch]
            await cabinet.service.consumer.deliver(cabinet.service.database, letters)
        views.append([await _seen(cabinet, one.dialog_id) for one in begun])

    for story, straight, other in zip(stories, *views, strict=True):
        assert straight == other, story
        thread, facts, _, last = other
        numbers = [row[4] for row in thread if row[4] is not None]
        assert numbers == sorted(set(numbers))
        assert last == len(thread) - 1
        assert facts[3] == len(thread)


def _straight(told: Sequence[list[Event]]) -> list[list[Event]]:
    """Tell of every outcome before the messages, so that no echo comes before its reply is sent."""
    events = list(itertools.chain(*told))
    outcomes: list[Event] = [
        event for event in events if isinstance(event, ReplySent | ReplyFailed | ReplyUnconfirmed)
    ]
    return [outcomes, [event for event in events if event not in outcomes]]


def _mixed(stories: Sequence[Story], told: Sequence[list[Event]]) -> list[list[Event]]:
    """Repeat and mix the events of each story, and deal them out to four batches."""
    batches: list[list[Event]] = [[], [], [], []]
    for story, events in zip(stories, told, strict=True):
        chance = random.Random(story.order)
        mixed = events + [chance.choice(events) for _ in range(story.repeats if events else 0)]
        chance.shuffle(mixed)
        cuts = [0, *sorted(chance.randrange(len(mixed) + 1) for _ in range(3)), len(mixed)]
        for position, (start, end) in enumerate(itertools.pairwise(cuts)):
            batches[position] += mixed[start:end]
    return batches


def test_any_order_gives_the_same_dialog(ready_url: str) -> None:
    with asyncio.Runner() as runner:
        opening = open_cabinet(ready_url, World(StoppedClock()))
        cabinet = runner.run(opening.__aenter__())
        runner.run(cabinet.connect())

        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
        @given(st.lists(stories(), min_size=STORIES, max_size=STORIES))
        def holds(told: list[Story]) -> None:
            runner.run(_check(cabinet, told))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))
