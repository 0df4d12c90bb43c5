"""What a gateway tells of a conversation: messages of customers and staff, and who the customers are.

Works on a batch of events at once; their order does not matter. Contacts and dialogs are locked in the
order of their keys, so that batches side by side cannot block each other for ever.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from structlog.contextvars import bound_contextvars

from dialogs.live.changes import dialog_changed, message_changed
from dialogs.messages import rules
from dialogs.messages.staff import author_key, list_nameless, name_authors
from dialogs.registry.epochs import current_events
from dialogs.states import Author, DialogState, MessageState
from dialogs.tables import Contact, Dialog, Message
from dialogs.threads.cases import open_case
from dialogs.threads.standing import settle, stand_last, standing_of
from shared.database.inserts import inserted_rows
from shared.database.session import Session
from shared.events.channel import ContactUpdated, MessageReceived, StaffReplied
from shared.messaging.outbox import publish_rows_on_commit, sealed

Written = MessageReceived | StaffReplied
Incoming = Written | ContactUpdated
Key = tuple[UUID, str]


def _key(event: Incoming) -> Key:
    return event.integration_id, rules.storable(event.external_id)


async def receive(session: Session, events: Sequence[Incoming]) -> None:
    """Apply events in any order, each any number of times."""
    current = await current_events(session, events)
    if not current:
        return
    updates = [event for event in current if isinstance(event, ContactUpdated)]
    written = [event for event in current if not isinstance(event, ContactUpdated)]
    # The lock makes a name and a message that lacks it see each other, whichever comes first.
    lock = bool(updates) or any(author_key(event) for event in written)
    contacts = await _contacts(session, current, lock=lock)
    renamed = {
        contact: event.correlation_id for event in updates if (contact := _name(contacts[_key(event)], event))
    }
    stories = {contact.id: correlation_id for contact, correlation_id in renamed.items()}
    nameless = await list_nameless(session, renamed)
    concerned = stories.keys() | {contact_id for _, contact_id, _ in nameless}
    dialogs = await _dialogs(session, contacts, written, concerned)
    await name_authors(session, nameless, dialogs, stories)
    await _write_down(session, contacts, dialogs, written)
    for contact_id, correlation_id in stories.items():
        if dialog := dialogs.get(contact_id):
            with bound_contextvars(correlation_id=correlation_id):
                dialog_changed(session, dialog)


async def _contacts(session: Session, events: Sequence[Incoming], *, lock: bool) -> dict[Key, Contact]:
    wanted = {_key(event): event.project_id for event in events}
    wanted |= {key: event.project_id for event in events if (key := author_key(event))}
    found = await _find_contacts(session, list(wanted), lock=lock)
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        rows: list[dict[str, Any]] = [
            {
                "id": session.new_id(),
                "project_id": wanted[key],
                "integration_id": key[0],
                "external_id": key[1],
            }
            for key in missing
        ]
        conflict = ["integration_id", "external_id"]
        await inserted_rows(session, Contact, rows, conflict=conflict, returning=["id"])
        found |= await _find_contacts(session, missing, lock=lock)
    return found


async def _find_contacts(session: Session, keys: Sequence[Key], *, lock: bool) -> dict[Key, Contact]:
    query = (
        select(Contact)
        .where(tuple_(Contact.integration_id, Contact.external_id).in_(keys))
        .order_by(Contact.integration_id, Contact.external_id)
    )
    if lock:
        query = query.with_for_update()
    return {(row.integration_id, row.external_id): row for row in await session.scalars(query)}


def _name(contact: Contact, event: ContactUpdated) -> Contact | None:
    """Take over a newer name and picture; of two looks at the same moment the greater one stays."""
    name, avatar_url = rules.storable(event.name), event.avatar_url
    news = (event.checked_at, name, avatar_url or "")
    if contact.checked_at and news <= (contact.checked_at, contact.name or "", contact.avatar_url or ""):
        return None
    is_other = (contact.name, contact.avatar_url) != (name, avatar_url)
    contact.name, contact.avatar_url, contact.checked_at = name, avatar_url, event.checked_at
    return contact if is_other else None


async def _dialogs(
    session: Session, contacts: dict[Key, Contact], written: Sequence[Written], concerned: set[UUID]
) -> dict[UUID, Dialog]:
    """Return the locked dialogs by contact; those of people who write for the first time are begun."""
    begun_by = {contacts[_key(event)].id: event for event in reversed(written)}
    wanted = begun_by.keys() | concerned
    found = await _find_dialogs(session, wanted)
    missing = sorted(begun_by.keys() - found.keys())
    if missing:
        rows = [_new_dialog(session, contact_id, begun_by[contact_id]) for contact_id in missing]
        await inserted_rows(session, Dialog, rows, conflict=["contact_id"], returning=["id"])
        found |= await _find_dialogs(session, missing)
    return found


async def _find_dialogs(session: Session, contact_ids: Any) -> dict[UUID, Dialog]:
    query = (
        select(Dialog).where(Dialog.contact_id.in_(contact_ids)).order_by(Dialog.contact_id).with_for_update()
    )
    return {row.contact_id: row for row in await session.scalars(query)}


def _new_dialog(session: Session, contact_id: UUID, event: Written) -> dict[str, Any]:
    standing = rules.begun(event.sent_at)
    return {
        "id": session.new_id(),
        "project_id": event.project_id,
        "integration_id": event.integration_id,
        "contact_id": contact_id,
        "last_anchor": 0,
        "last_sub": 0,
        "next_reply_number": 1,
        "message_count": 0,
        "important": False,
        "version": 0,
        "created_at": session.now,
        **vars(standing),
    }


async def _write_down(
    session: Session, contacts: dict[Key, Contact], dialogs: dict[UUID, Dialog], written: Sequence[Written]
) -> None:
    """Insert what is new, and let it change its dialog."""
    rows: dict[tuple[UUID, int], tuple[Dialog, Written, dict[str, Any]]] = {}
    for event in written:
        dialog = dialogs[contacts[_key(event)].id]
        rows.setdefault(
            (dialog.id, event.conversation_message_id),
            (dialog, event, _row(session, dialog, event, contacts)),
        )
    new = await inserted_rows(
        session,
        Message,
        [row for _, _, row in rows.values()],
        conflict=["dialog_id", "conversation_message_id"],
        returning=["id"],
    )
    opened: list[dict[str, Any]] = []
    for dialog, event, row in rows.values():
        if (row["id"],) in new:
            with bound_contextvars(correlation_id=event.correlation_id):
                opened += await _let_count(session, dialog, event, row["id"])
    await publish_rows_on_commit(session, opened)


async def _let_count(
    session: Session, dialog: Dialog, event: Written, message_id: UUID
) -> list[dict[str, Any]]:
    """Let a new message change its dialog. Returns what is to be announced."""
    before = standing_of(dialog)
    decide = rules.customer_wrote if isinstance(event, MessageReceived) else rules.staff_replied
    after = decide(before, event.conversation_message_id, event.sent_at)
    opens = before.state is DialogState.CLOSED and after.state is DialogState.NEW
    opened = [sealed(session, open_case(session, dialog))] if opens else []
    dialog.message_count += 1
    stand_last(dialog, message_id, event.conversation_message_id, 0)
    await settle(session, dialog, after)
    message_changed(session, dialog, message_id)
    return opened


def _row(session: Session, dialog: Dialog, event: Written, contacts: dict[Key, Contact]) -> dict[str, Any]:
    staff = isinstance(event, StaffReplied)
    name = event.author_name if isinstance(event, StaffReplied) else None
    if not name and (key := author_key(event)):
        name = contacts[key].name
    return {
        "id": session.new_id(),
        "project_id": dialog.project_id,
        "dialog_id": dialog.id,
        "author": Author.STAFF if staff else Author.CUSTOMER,
        "author_external_id": event.author_external_id
        if isinstance(event, StaffReplied)
        else event.external_id,
        "author_name": rules.storable(name) if name else None,
        "text": rules.storable(event.text),
        "unsupported": event.unsupported,
        "source": event.source.value,
        "state": MessageState.SENT if staff else MessageState.RECEIVED,
        "conversation_message_id": event.conversation_message_id,
        "epoch": event.epoch,
        "anchor": event.conversation_message_id,
        "sub": 0,
        "answers_through": event.conversation_message_id if staff else None,
        "sent_at": event.sent_at,
        "version": 1,
    }
