"""Marks on messages: deleted, reacted to, pressed, read. A mark may come before its message.

Marks of a message that is not there wait as `EarlyMark`, by contact and number, until it comes. The
contact and the dialog are locked, so that a mark and its message cannot miss each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from structlog.contextvars import bound_contextvars

from dialogs.live.changes import dialog_changed, message_changed
from dialogs.messages.people import Key, Mark, key_of
from dialogs.messages.rules import storable
from dialogs.states import Author, MessageState
from dialogs.tables import ButtonPress, Contact, Dialog, EarlyMark, Message
from shared.database.inserts import inserted_rows
from shared.database.session import Session
from shared.events.channel import ButtonPressed, MessageDeleted, MessagesRead, ReactionChanged

# Of a customer who reads a long thread at once only so many messages are announced; clients compute the
# rest from the dialog's `read_through`.
READ_ANNOUNCED_MAX = 50
Place = tuple[UUID, int]
Marked = Message | EarlyMark


@dataclass
class Marks:
    """What is to be marked on one message."""

    deleted_at: datetime | None = None
    reaction: int | None = None
    reaction_order: int | None = None
    presses: int = 0
    correlation_id: str | None = None


async def put_marks(
    session: Session, contacts: dict[Key, Contact], dialogs: dict[UUID, Dialog], events: Sequence[Mark]
) -> None:
    """Apply marks in any order, each any number of times."""
    if not events:
        return
    reads = [event for event in events if isinstance(event, MessagesRead)]
    await _note_reads(session, contacts, dialogs, reads)
    presses = [event for event in events if isinstance(event, ButtonPressed)]
    new_presses = await _keep_presses(session, contacts, presses)
    marks: dict[Place, Marks] = {}
    for event in events:
        if isinstance(event, MessagesRead) or (
            isinstance(event, ButtonPressed) and not _take(new_presses, contacts, event)
        ):
            continue
        place = (contacts[key_of(event)].id, event.conversation_message_id)
        found = marks.setdefault(place, Marks(correlation_id=event.correlation_id))
        put(found, _marks_of(event))
    await _put(session, {contact.id: contact for contact in contacts.values()}, dialogs, marks)


def _marks_of(event: Mark) -> Marks:
    if isinstance(event, MessageDeleted):
        return Marks(deleted_at=event.deleted_at)
    if isinstance(event, ReactionChanged):
        return Marks(reaction=event.reaction, reaction_order=event.order)
    return Marks(presses=1)


def put(target: Marks | Marked, news: Marks | Marked) -> bool:
    """Add marks to others: the first deletion, the newest reaction, all presses. Returns if they differ."""
    before = (target.deleted_at, target.reaction, target.reaction_order, target.presses)
    if news.deleted_at and (target.deleted_at is None or news.deleted_at < target.deleted_at):
        target.deleted_at = news.deleted_at
    if news.reaction_order is not None and _reaction(news) > _reaction(target):
        target.reaction, target.reaction_order = news.reaction, news.reaction_order
    target.presses += news.presses or 0
    return before != (target.deleted_at, target.reaction, target.reaction_order, target.presses)


def _reaction(marks: Marks | Marked) -> tuple[int, int]:
    order = marks.reaction_order
    return (-1, 0) if order is None else (order, marks.reaction or 0)


async def _keep_presses(
    session: Session, contacts: dict[Key, Contact], events: Sequence[ButtonPressed]
) -> set[tuple[Any, ...]]:
    rows = [
        {
            "contact_id": contacts[key_of(event)].id,
            "press_id": storable(event.press_id),
            "project_id": contacts[key_of(event)].project_id,
            "number": event.conversation_message_id,
            "payload": storable(event.payload),
            "pressed_at": event.pressed_at,
        }
        for event in events
    ]
    key = ["contact_id", "press_id"]
    return await inserted_rows(session, ButtonPress, rows, conflict=key, returning=key)


def _take(new_presses: set[tuple[Any, ...]], contacts: dict[Key, Contact], event: ButtonPressed) -> bool:
    """Return whether this press is new, once."""
    key = (contacts[key_of(event)].id, storable(event.press_id))
    is_new = key in new_presses
    new_presses.discard(key)
    return is_new


async def _put(
    session: Session, contacts: dict[UUID, Contact], dialogs: dict[UUID, Dialog], marks: dict[Place, Marks]
) -> None:
    if not marks:
        return
    places = {
        (dialogs[contact_id].id, number): (contact_id, number)
        for contact_id, number in marks
        if contact_id in dialogs
    }
    place = tuple_(Message.dialog_id, Message.conversation_message_id)
    messages = await session.scalars(select(Message).where(place.in_(list(places)))) if places else ()
    early = dict(marks)
    for message in messages:
        where = places[message.dialog_id, message.conversation_message_id or 0]
        news = early.pop(where)
        if put(message, news):
            message.version += 1
            with bound_contextvars(correlation_id=news.correlation_id):
                message_changed(session, dialogs[where[0]], message.id)
    known = await find_early_marks(session, early)
    for where, news in early.items():
        row = known.get(where)
        if row is None:
            contact = contacts[where[0]]
            contact.has_early_marks = True
            row = EarlyMark(contact_id=contact.id, number=where[1], project_id=contact.project_id, presses=0)
            session.add(row)
        put(row, news)


async def find_early_marks(session: Session, places: Iterable[Place]) -> dict[Place, EarlyMark]:
    """Return the marks that wait at these places, by contact and number."""
    wanted = list(places)
    if not wanted:
        return {}
    query = select(EarlyMark).where(tuple_(EarlyMark.contact_id, EarlyMark.number).in_(wanted))
    return {(row.contact_id, row.number): row for row in await session.scalars(query)}


async def forget_marks(session: Session, claimed: Iterable[EarlyMark]) -> None:
    """Forget marks that their messages have taken over."""
    for row in claimed:
        await session.delete(row)


async def claim_marks(session: Session, replies: Iterable[tuple[Dialog, Message]]) -> None:
    """Let replies that have got their numbers take over the marks that waited there."""
    by_place = {(dialog.contact_id, reply.conversation_message_id or 0): reply for dialog, reply in replies}
    found = await find_early_marks(session, by_place)
    for place, row in found.items():
        put(by_place[place], row)
    await forget_marks(session, found.values())


async def _note_reads(
    session: Session,
    contacts: dict[Key, Contact],
    dialogs: dict[UUID, Dialog],
    events: Sequence[MessagesRead],
) -> None:
    """Raise the marks up to which people have read, and announce the messages that are newly read."""
    newly = []
    stories: dict[UUID, str | None] = {}
    for event in sorted(events, key=lambda event: event.conversation_message_id, reverse=True):
        contact, through = contacts[key_of(event)], event.conversation_message_id
        if through <= contact.read_through:
            continue
        if dialog := dialogs.get(contact.id):
            number = Message.conversation_message_id
            these = (number > contact.read_through) & (number <= through)
            newly.append((Message.dialog_id == dialog.id) & these)
            stories[dialog.id] = event.correlation_id
            with bound_contextvars(correlation_id=event.correlation_id):
                dialog_changed(session, dialog)
        contact.read_through = through
    if not newly:
        return
    by_id = {dialog.id: dialog for dialog in dialogs.values()}
    latest = func.row_number().over(
        partition_by=Message.dialog_id, order_by=Message.conversation_message_id.desc()
    )
    ours = Message.author.in_([Author.OPERATOR, Author.STAFF]) & (Message.state == MessageState.SENT)
    ranked = select(Message.id, latest.label("rank")).where(or_(*newly), ours).subquery()
    chosen = select(ranked.c.id).where(ranked.c.rank <= READ_ANNOUNCED_MAX)
    query = select(Message).where(Message.id.in_(chosen)).order_by(Message.anchor)
    for message in await session.scalars(query):
        message.version += 1
        with bound_contextvars(correlation_id=stories[message.dialog_id]):
            message_changed(session, by_id[message.dialog_id], message.id)
