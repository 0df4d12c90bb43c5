"""Tellings, edits and marks give the same dialog in any order, in any batches, any number of times."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dialogs.contents.views import message_views, version_views
from dialogs.messages.actions import write_reply
from dialogs.messages.composing import Wanted
from dialogs.tables import Contact, Dialog
from dialogs.threads.queries import get_dialog_view, list_messages
from shared.events.channel import Source
from shared.events.content import Attachment, Content, Included
from shared.events.envelope import Event
from shared.http.access import Caller, Role
from shared.runtime.world import World
from tests.services.dialogs.cabinet import T0, Cabinet, edit_moment, letter, open_cabinet
from tests.services.dialogs.test_any_order import StoppedClock

EXAMPLES = 2
STORIES = 15
NUMBERS = range(2, 7)
PHOTO = UUID("00000000-0000-7000-8000-000000000001")
CONTENTS = (
    Content(),
    Content(attachments=(Attachment(kind="photo", file_id=PHOTO),)),
    Content(attachments=(Attachment(kind="link", url="https://example.com"),)),
    Content(quoted=Included(conversation_message_id=1, text="раз"), is_cut=True),
    Content(ref="site", payload="{}"),
)
# Seconds after which it was edited (0: never), which words, which contents, unsupported, how it came.
Told = tuple[int, int, int, bool, Source]
_users = itertools.count(1)


@dataclass(frozen=True)
class Tale:
    """What we hear of one number. `who` is whose message it is: customer, staff, or our own reply."""

    who: str
    tellings: tuple[Told, ...]
    echo: bool
    deleted: tuple[int, ...]
    reactions: tuple[tuple[int, int | None], ...]
    presses: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A dialog: a tale for each number, how far the customer read, and how we hear of it."""

    tales: tuple[Tale, ...]
    reads: tuple[int, ...]
    order: int
    repeats: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    ours = draw(st.sampled_from([*NUMBERS, None]))
    telling = st.tuples(
        st.integers(0, 3),
        st.integers(0, 2),
        st.integers(0, len(CONTENTS) - 1),
        st.booleans(),
        st.sampled_from(Source),
    )
    tales = [
        Tale(
            who="ours" if number == ours else draw(st.sampled_from(["customer", "staff", "nobody"])),
            tellings=tuple(draw(st.lists(telling, max_size=4))),
            echo=draw(st.booleans()),
            deleted=tuple(draw(st.lists(st.integers(1, 3), max_size=2))),
            reactions=tuple(
                draw(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([None, 1, 2])), max_size=3))
            ),
            presses=tuple(draw(st.lists(st.sampled_from("ab"), max_size=2))),
        )
        for number in NUMBERS
    ]
    return Story(
        tuple(tales),
        tuple(draw(st.lists(st.integers(1, 8), max_size=2))),
        draw(st.integers(0, 2**32)),
        draw(st.integers(0, 8)),
    )


def _telling(cabinet: Cabinet, user: str, number: int, who: str, told: Told) -> Event:
    second, text, content, unsupported, source = told
    holds: Any = {"content": CONTENTS[content], "unsupported": unsupported, "source": source, "user": user}
    words = f"слова {text}"
    if second == 3:
        customer = who == "customer"
        name = None if customer else ("Ольга" if text else "Вера")
        return cabinet.edited(number, words, second, by_customer=customer, author_name=name, **holds)
    holds["edited_at"] = edit_moment(number, second) if second else None
    return (cabinet.wrote if who == "customer" else cabinet.staff)(number, words, **holds)


def _events(cabinet: Cabinet, story: Story, user: str, reply_id: UUID) -> list[Event]:
    events: list[Event] = []
    for number, tale in zip(NUMBERS, story.tales, strict=True):
        if tale.who == "ours":
            events.append(cabinet.sent(str(reply_id), number))
            events += [cabinet.staff(number, "наш ответ", user=user)] if tale.echo else []
        if tale.who != "nobody":
            events += [_telling(cabinet, user, number, tale.who, told) for told in tale.tellings]
        events += [cabinet.unsent(number, second, user=user) for second in tale.deleted]
        events += [cabinet.reacted(number, each, order, user=user) for order, each in tale.reactions]
        events += [cabinet.pressed(number, f"{number}{press}", user=user) for press in tale.presses]
    return events + [cabinet.read(through, user=user) for through in story.reads]


def _mixed(stories: Sequence[Story], told: Sequence[list[Event]]) -> list[list[Event]]:
    batches: list[list[Event]] = [[], [], [], []]
    for story, events in zip(stories, told, strict=True):
        chance = random.Random(story.order)
        mixed = events + [chance.choice(events) for _ in range(story.repeats if events else 0)]
        chance.shuffle(mixed)
        for event in mixed:
            batches[chance.randrange(len(batches))].append(event)
    return batches


async def _begin(cabinet: Cabinet, users: Sequence[str]) -> list[tuple[UUID, UUID]]:
    """Let everybody write, and answer. Returns the dialogs and the replies."""
    caller = Caller(cabinet.anna, "Анна", {cabinet.project: Role.OPERATOR}, T0, T0, "")
    options: Any = {"caller": caller, "settings": cabinet.service.api.state.settings}
    await cabinet.hear(*(cabinet.wrote(1, user=user) for user in users))
    begun = []
    async with cabinet.service.database.write() as session:
        found = select(Contact.external_id, Dialog.id).join(Dialog, Contact.id == Dialog.contact_id)
        dialogs = {row[0]: row[1] for row in await session.execute(found)}
        for user in users:
            reply = await write_reply(session, dialogs[user], Wanted("c", "наш ответ"), **options)
            begun.append((dialogs[user], reply.id))
    return begun


def _nameless(view: Any, ids: dict[str, str]) -> Any:
    """The view without what is made anew each time: ids, versions, positions."""
    if isinstance(view, dict):
        left_out = {"version", "position", "external_id", "author_external_id"}
        return {name: _nameless(value, ids) for name, value in view.items() if name not in left_out}
    if isinstance(view, list):
        return [_nameless(each, ids) for each in view]
    return ids.get(view, view) if isinstance(view, str) else view


async def _seen(cabinet: Cabinet, dialog_id: UUID, user: str) -> Any:
    async with cabinet.service.database.read() as session:
        dialog = await session.get_one(Dialog, dialog_id)
        messages = (await list_messages(session, dialog_id, before=None, limit=100))[::-1]
        shown = [view.model_dump(mode="json") for view in await message_views(session, messages)]
        were = [
            [version.model_dump(mode="json") for version in await version_views(session, message)]
            for message in messages
        ]
        about = (await get_dialog_view(session, dialog)).model_dump(mode="json")
        ids = {str(message.id): f"message {place}" for place, message in enumerate(messages)}
        ids |= {str(dialog_id): "dialog", str(dialog.case_id): "case", f"id{user}": "name"}
    return _nameless([shown, were, about], ids)


def _parts(view: Any) -> list[Any]:
    """The view in small parts, so that a difference is easily seen."""
    messages, versions, about = view
    return [len(messages), *messages, *versions, about]


async def _check(cabinet: Cabinet, stories: Sequence[Story]) -> None:
    views = []
    for shuffled in (False, True):
        users = [f"u{next(_users)}" for _ in stories]
        begun = await _begin(cabinet, users)
        told = [
            _events(cabinet, story, user, reply_id)
            for story, user, (_, reply_id) in zip(stories, users, begun, strict=True)
        ]
        batches = _mixed(stories, told) if shuffled else [list(itertools.chain(*told))]
        for batch in batches:
            letters = [letter(event) for event in batch]
            await cabinet.service.consumer.deliver(cabinet.service.database, letters)
        views.append(
            [await _seen(cabinet, dialog_id, user) for (dialog_id, _), user in zip(begun, users, strict=True)]
        )
    for story, straight, other in zip(stories, *views, strict=True):
        for one, same in zip(_parts(straight), _parts(other), strict=True):
            assert one == same, story


def test_contents_in_any_order_are_the_same(ready_url: str) -> None:
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
