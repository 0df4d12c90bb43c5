"""Messages from before a community was connected: many at once, and nobody waits for them.

They are what other messages are (`dialogs.messages.incoming`), but that they ask for nothing: no case, no
unread, no notice. So each dialog is told of once, however many of its messages come together.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from dialogs.cases.first_answers import note_earlier_answers
from dialogs.contents.rules import document_of
from dialogs.contents.versions import keep_files, keep_tellings
from dialogs.live.changes import messages_added
from dialogs.messages import rules
from dialogs.messages.incoming import Place, Told, gather_told, row_of, tell_again
from dialogs.messages.marks import find_early_marks, forget_marks
from dialogs.messages.people import Earlier, lock_contacts, lock_dialogs_of
from dialogs.registry.epochs import current_events
from dialogs.search.indexing import index_new
from dialogs.tables import Message
from dialogs.threads.standing import settle, stand_last, standing_of
from shared.database.inserts import insert_rows
from shared.database.session import Session
from shared.events.channel import MessagesImported
from shared.events.content import EMPTY
from shared.events.dialogs import ImportStored
from shared.messaging.outbox import publish_on_commit, publish_rows_on_commit


async def receive_earlier(session: Session, events: Sequence[MessagesImported]) -> None:
    """Store messages in their places, in any order, each any number of times."""
    current = await current_events(session, events)
    if not current:
        return
    written = [message for event in current for message in _written(event)]
    contacts = await lock_contacts(session, written)
    dialogs = await lock_dialogs_of(session, contacts, written, set())
    told = await gather_told(session, contacts, dialogs, written)
    there = await _find_there(session, list(told.values()))
    await _insert(session, [one for place, one in told.items() if place not in there])
    again = [one for place, one in told.items() if place in there and _says_more(one, there[place])]
    await publish_rows_on_commit(session, await tell_again(session, again))
    await _answer(session, current)


def _written(event: MessagesImported) -> Iterator[Earlier]:
    for message in event.messages:
        yield Earlier(
            project_id=event.project_id,
            integration_id=event.integration_id,
            epoch=event.epoch,
            external_id=message.external_id,
            conversation_message_id=message.conversation_message_id,
            by_customer=message.by_customer,
            text=message.text,
            sent_at=message.sent_at,
            edited_at=message.edited_at,
            unsupported=message.unsupported,
            content=message.content or EMPTY,
            author_external_id=message.author_external_id,
            author_name=message.author_name,
            correlation_id=event.correlation_id,
        )


async def _find_there(session: Session, told: Sequence[Told]) -> dict[Place, Any]:
    """Return what is stored at these places already, by place. The dialogs are locked, so it stays so."""
    spans: dict[UUID, list[int]] = {}
    for one in told:
        if one.dialog.last_message_id is not None:
            spans.setdefault(one.dialog.id, []).append(one.number)
    if not spans:
        return {}
    number = Message.conversation_message_id
    inside = [
        and_(Message.dialog_id == dialog_id, number.between(min(numbers), max(numbers)))
        for dialog_id, numbers in sorted(spans.items())
    ]
    columns = (Message.told_at, Message.text, Message.unsupported, Message.content)
    found = await session.execute(select(Message.dialog_id, number, *columns).where(or_(*inside)))
    return {(row[0], row[1]): tuple(row[2:]) for row in found}


def _says_more(one: Told, known: tuple[Any, ...]) -> bool:
    """Whether anything is told that is not stored just like it: mostly an import only repeats."""
    return any(
        (each.told_at, each.text, each.unsupported, document_of(each.content)) != known
        for each in one.tellings
    )


async def _insert(session: Session, new: Sequence[Told]) -> None:
    """Insert new messages and let them take their places in their dialogs."""
    if not new:
        return
    early = await find_early_marks(
        session, [(one.contact.id, one.number) for one in new if one.contact.has_early_marks]
    )
    rows = [row_of(session, one, early.get((one.contact.id, one.number))) for one in new]
    await insert_rows(session, Message, rows)
    contents = [one.tellings[-1].content for one in new]
    for one, row in zip(new, rows, strict=True):
        keep_tellings(session, row["id"], row["project_id"], one.tellings, rows={})
    held = [(row["id"], row["project_id"], content) for row, content in zip(rows, contents, strict=True)]
    await keep_files(session, held)
    await forget_marks(session, early.values())
    await index_new(session, list(zip(rows, contents, strict=True)))
    by_dialog: dict[UUID, list[tuple[Told, UUID]]] = {}
    for one, row in zip(new, rows, strict=True):
        by_dialog.setdefault(one.dialog.id, []).append((one, row["id"]))
    for added in by_dialog.values():
        await _let_count(session, added)


async def _let_count(session: Session, added: Sequence[tuple[Told, UUID]]) -> None:
    """Let new messages of one dialog change it, and tell of them together."""
    told = [one for one, _ in added]
    dialog = told[0].dialog
    last, message_id = max(added, key=lambda each: each[0].number)
    dialog.message_count += len(told)
    stand_last(dialog, message_id, last.number, 0)
    standing = standing_of(dialog)
    for by_customer, apply in ((True, rules.written_before), (False, rules.staff_replied)):
        same = [one for one in told if one.by_customer is by_customer]
        if same:
            at = max(one.events[0].sent_at for one in same)
            standing = apply(standing, max(one.number for one in same), at)
    await settle(session, dialog, standing)
    await note_earlier_answers(session, dialog, [one.number for one in told if not one.by_customer])
    messages_added(session, dialog, [one.number for one in told])


async def _answer(session: Session, events: Sequence[MessagesImported]) -> None:
    """Say how many messages are stored, so that the gateway lets the next ones come."""
    counted: Counter[UUID] = Counter()
    for event in events:
        counted[event.import_id] += len(event.messages)
    known = {event.import_id: event for event in events}
    answers = [
        ImportStored(
            project_id=event.project_id,
            integration_id=event.integration_id,
            epoch=event.epoch,
            import_id=import_id,
            messages=counted[import_id],
        )
        for import_id, event in known.items()
    ]
    await publish_on_commit(session, *answers)
