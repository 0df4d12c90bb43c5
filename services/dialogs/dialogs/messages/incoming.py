"""What a gateway tells of a conversation: messages of customers and staff, and who the customers are.

Works on a batch of events at once; their order does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from structlog.contextvars import bound_contextvars

from dialogs.cases.actions import open_case
from dialogs.cases.first_answers import note_answer, note_question
from dialogs.contacts.permissions import take_permissions
from dialogs.contents.rules import Telling, content_of, document_of, merged
from dialogs.contents.versions import Retold, keep_files, keep_tellings, retell, told_as
from dialogs.live.changes import dialog_changed, message_changed
from dialogs.messages import rules
from dialogs.messages.marks import find_early_marks, forget_marks, put_marks
from dialogs.messages.people import (
    Earlier,
    Incoming,
    Key,
    Mark,
    Written,
    key_of,
    lock_contacts,
    lock_dialogs_of,
)
from dialogs.messages.staff import author_key, list_nameless, name_authors
from dialogs.registry.epochs import current_events
from dialogs.states import Author, DialogState, MessageState
from dialogs.tables import Contact, Dialog, EarlyMark, Message
from dialogs.threads.standing import settle, stand_last, standing_of
from dialogs.visits.actions import Arrival, note_arrivals
from shared.database.inserts import hold_new, inserted_rows
from shared.database.session import Session
from shared.events.channel import (
    ContactUpdated,
    MessageEdited,
    MessageReceived,
    Source,
    WritingPermissionChanged,
)
from shared.events.content import EMPTY, Content
from shared.messaging.outbox import publish_rows_on_commit, sealed

Place = tuple[UUID, int]
# What a look at a person tells.
LOOK = ("name", "avatar_url", "screen_name", "profile_url")
# What counts more: a message that was told live is live, however often it is told again.
STRENGTH = {Source.HISTORY: 0, Source.BACKFILL: 1, Source.LIVE: 2}


@dataclass
class Told:
    """All that a batch tells of one message, by its place."""

    contact: Contact
    dialog: Dialog
    number: int
    events: list[Written | Earlier] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)

    @property
    def by_customer(self) -> bool:
        """Whether the customer wrote it."""
        event = self.events[0]
        if isinstance(event, MessageEdited | Earlier):
            return event.by_customer
        return isinstance(event, MessageReceived)

    @property
    def source(self) -> Source:
        """The strongest of the sources."""
        return max((event.source for event in self.events), key=lambda source: STRENGTH[source])


async def receive(session: Session, events: Sequence[Incoming]) -> None:
    """Apply events in any order, each any number of times."""
    current = await current_events(session, events)
    if not current:
        return
    updates = [event for event in current if isinstance(event, ContactUpdated)]
    written = [event for event in current if isinstance(event, Written)]
    marks = [event for event in current if isinstance(event, Mark)]
    contacts = await lock_contacts(session, current)
    renamed = {
        contact: event.correlation_id
        for event in updates
        if (contact := _name(contacts[key_of(event)], event))
    }
    permissions = [event for event in current if isinstance(event, WritingPermissionChanged)]
    stories = take_permissions(contacts, permissions)
    stories |= {contact.id: correlation_id for contact, correlation_id in renamed.items()}
    nameless = await list_nameless(session, renamed)
    concerned = stories.keys() | {contact_id for _, contact_id, _ in nameless}
    concerned |= {contacts[key_of(event)].id for event in marks}
    dialogs = await lock_dialogs_of(session, contacts, written, concerned)
    await name_authors(session, nameless, dialogs, stories)
    await _write_down(session, contacts, dialogs, written)
    await put_marks(session, contacts, dialogs, marks)
    for contact_id, correlation_id in stories.items():
        if dialog := dialogs.get(contact_id):
            with bound_contextvars(correlation_id=correlation_id):
                dialog_changed(session, dialog)


def _name(contact: Contact, event: ContactUpdated) -> Contact | None:
    """Take over a newer look at a person; of two looks at the same moment the greater one stays."""
    told = {name: getattr(event, name) for name in LOOK} | {"name": rules.storable(event.name)}
    known = {name: getattr(contact, name) for name in LOOK}
    if contact.checked_at and (event.checked_at, *_order(told)) <= (contact.checked_at, *_order(known)):
        return None
    contact.checked_at = event.checked_at
    for name, value in told.items():
        setattr(contact, name, value)
    return contact if told != known else None


def _order(look: dict[str, str | None]) -> list[str]:
    return [value or "" for value in look.values()]


async def gather_told(
    session: Session,
    contacts: dict[Key, Contact],
    dialogs: dict[UUID, Dialog],
    written: Sequence[Written | Earlier],
) -> dict[Place, Told]:
    """Put together what was told of each message, and note what brought its writer."""
    told: dict[Place, Told] = {}
    arrivals: list[Arrival] = []
    for event in written:
        contact = contacts[key_of(event)]
        dialog, number = dialogs[contact.id], event.conversation_message_id
        one = told.setdefault((dialog.id, number), Told(contact, dialog, number))
        one.events.append(event)
        one.tellings.append(telling_of(event, contacts))
        if one.by_customer:
            content = one.tellings[-1].content
            note_ref(dialog, number, content)
            if content.ref is not None:
                arrivals.append(Arrival(dialog, number, content.ref, event.sent_at))
    await note_arrivals(session, arrivals)
    return told


async def _write_down(
    session: Session, contacts: dict[Key, Contact], dialogs: dict[UUID, Dialog], written: Sequence[Written]
) -> None:
    """Insert what is new and let it change its dialog; tell again what is there."""
    told = await gather_told(session, contacts, dialogs, written)
    early = await find_early_marks(
        session, [(one.contact.id, one.number) for one in told.values() if one.contact.has_early_marks]
    )
    rows = {
        place: row_of(session, one, early.get((one.contact.id, one.number))) for place, one in told.items()
    }
    conflict = ["dialog_id", "conversation_message_id"]
    new = await inserted_rows(session, Message, list(rows.values()), conflict=conflict, returning=["id"])
    hold_new(session, Message, [row for row in rows.values() if (row["id"],) in new])
    opened: list[dict[str, Any]] = []
    again: list[Told] = []
    held: list[tuple[UUID, UUID, Content]] = []
    for place, one in told.items():
        row = rows[place]
        if (row["id"],) in new:
            project_id = one.dialog.project_id
            held += [(row["id"], project_id, telling.content) for telling in one.tellings]
            keep_tellings(session, row["id"], project_id, one.tellings, rows={})
            with bound_contextvars(correlation_id=one.events[0].correlation_id):
                opened += await _let_count(session, one, row["id"])
        else:
            again.append(one)
    await keep_files(session, held)
    await forget_marks(session, early.values())
    opened += await tell_again(session, again)
    await publish_rows_on_commit(session, opened)


def telling_of(event: Written | Earlier, contacts: dict[Key, Contact]) -> Telling:
    """Return what an event says of its message."""
    document = document_of(event.content)
    external_id = name = None
    if not isinstance(event, MessageReceived):
        external_id, name = event.author_external_id, event.author_name
        if not name and (key := author_key(event)):
            name = contacts[key].name
    return Telling(
        event.edited_at,
        rules.storable(event.text),
        event.unsupported,
        content_of(document) if document else EMPTY,
        author_external_id=rules.storable(external_id) if external_id else None,
        author_name=rules.storable(name) if name else None,
    )


def note_ref(dialog: Dialog, number: int, content: Content) -> None:
    """Remember what the latest message with a link's mark said."""
    if content.ref is None and content.ref_source is None:
        return
    said = (number, content.ref or "", content.ref_source or "")
    if said > (dialog.ref_number or 0, dialog.ref or "", dialog.ref_source or ""):
        dialog.ref_number, dialog.ref, dialog.ref_source = number, content.ref, content.ref_source


async def _let_count(session: Session, one: Told, message_id: UUID) -> list[dict[str, Any]]:
    """Let a new message change its dialog. Returns what is to be announced."""
    dialog = one.dialog
    dialog.message_count += 1
    stand_last(dialog, message_id, one.number, 0)
    opened = await _settle(session, one, message_id)
    message_changed(session, dialog, message_id)
    return opened


async def _settle(session: Session, one: Told, message_id: UUID) -> list[dict[str, Any]]:
    """Let a message open a case or be waited for. Returns what is to be announced."""
    before = standing_of(one.dialog)
    at = one.events[0].sent_at
    if not one.by_customer:
        after = rules.staff_replied(before, one.number, at)
    elif one.source is Source.HISTORY:
        after = rules.written_before(before, one.number, at)
    else:
        after = rules.customer_wrote(before, one.number, at)
    opens = before.state is DialogState.CLOSED and after.state is DialogState.NEW
    case = open_case(session, one.dialog, one.number, asked_at=at) if opens else None
    await settle(session, one.dialog, after)
    if not one.by_customer:
        await note_answer(session, one.dialog, message_id, one.number)
    elif one.source is not Source.HISTORY:
        await note_question(session, one.dialog, one.number, at)
    return [sealed(session, case)] if case else []


async def tell_again(session: Session, told: Sequence[Told]) -> list[dict[str, Any]]:
    """Take over what more is told of messages that are there. Returns what is to be announced."""
    if not told:
        return []
    place = tuple_(Message.dialog_id, Message.conversation_message_id)
    query = select(Message).where(place.in_([(one.dialog.id, one.number) for one in told]))
    messages = {(row.dialog_id, row.conversation_message_id): row for row in await session.scalars(query)}
    opened: list[dict[str, Any]] = []
    retold = []
    for one in told:
        message = messages[one.dialog.id, one.number]
        correlation_id = one.events[-1].correlation_id
        before = Source(message.source)
        if STRENGTH[one.source] > STRENGTH[before]:
            message.source = one.source.value
            message.version += 1
            with bound_contextvars(correlation_id=correlation_id):
                opened += await _settle(session, one, message.id) if before is Source.HISTORY else []
                message_changed(session, one.dialog, message.id)
        retold.append(Retold(one.dialog, message, one.tellings, correlation_id))
    await retell(session, retold)
    return opened


def row_of(session: Session, one: Told, early: EarlyMark | None) -> dict[str, Any]:
    """Return the row of a message that is new; its tellings are merged."""
    one.tellings = merged(one.tellings)
    first = one.tellings[0]
    customer = one.by_customer
    return {
        "id": session.new_id(),
        "project_id": one.dialog.project_id,
        "dialog_id": one.dialog.id,
        "author": Author.CUSTOMER if customer else Author.STAFF,
        "author_external_id": one.contact.external_id if customer else first.author_external_id,
        "author_name": None if customer else first.author_name,
        "source": one.source.value,
        "state": MessageState.RECEIVED if customer else MessageState.SENT,
        "conversation_message_id": one.number,
        "epoch": one.events[0].epoch,
        "anchor": one.number,
        "sub": 0,
        "answers_through": None if customer else one.number,
        "sent_at": one.events[0].sent_at,
        "version": 1,
        "deleted_at": early.deleted_at if early else None,
        "reaction": early.reaction if early else None,
        "reaction_order": early.reaction_order if early else None,
        "presses": early.presses if early else 0,
        **told_as(one.tellings, ours=False),
    }
