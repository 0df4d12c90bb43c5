"""Finding, beginning and locking the contacts and dialogs that a batch of events is about.

Contacts and then dialogs are locked in the order of their keys, so that batches side by side cannot block
each other for ever. The locks make things that belong together see each other, whichever comes first: a
name and the message that lacks it, a mark and its message.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from dialogs.messages import rules
from dialogs.messages.staff import author_key
from dialogs.tables import Contact, Dialog
from shared.database.choices import among_given
from shared.database.held import Held
from shared.database.inserts import inserted_rows, table_of
from shared.database.session import Session
from shared.events.channel import (
    ButtonPressed,
    ContactUpdated,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessagesRead,
    ReactionChanged,
    Source,
    StaffReplied,
    WritingPermissionChanged,
)
from shared.events.content import Content


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of an import as if it had been told alone: like an event that reads quickly."""

    project_id: UUID
    integration_id: UUID
    epoch: int
    external_id: str
    conversation_message_id: int
    by_customer: bool
    text: str
    sent_at: datetime
    edited_at: datetime | None
    unsupported: bool
    content: Content
    author_external_id: str | None
    author_name: str | None
    correlation_id: str | None
    source: ClassVar[Source] = Source.HISTORY


Written = MessageReceived | StaffReplied | MessageEdited
Mark = MessageDeleted | MessagesRead | ReactionChanged | ButtonPressed
Incoming = Written | Mark | ContactUpdated | WritingPermissionChanged
Key = tuple[UUID, str]


def key_of(event: Incoming | Earlier) -> Key:
    """Return whom an event is about, as a contact's key."""
    return event.integration_id, rules.storable(event.external_id)


async def lock_contacts(session: Session, events: Sequence[Incoming | Earlier]) -> dict[Key, Contact]:
    """Return the locked contacts of everybody who is named in events; unknown ones are made."""
    wanted = {key_of(event): event.project_id for event in events}
    wanted |= {key: event.project_id for event in events if (key := author_key(event))}
    found = await _find_contacts(session, wanted.keys())
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
        found |= await _find_contacts(session, missing)
    return found


async def _find_contacts(session: Session, keys: Collection[Key]) -> dict[Key, Contact]:
    given = {"integrations": {key[0] for key in keys}, "people": {key[1] for key in keys}}
    rows = await _CONTACTS.find(session, given)
    found = {(row.integration_id, row.external_id): row for row in rows}
    return {key: found[key] for key in keys if key in found}


_contact = table_of(Contact).c
# Perhaps a few more than asked for: the same person at another community.
_CONTACTS = Held(
    Contact,
    among_given(_contact.integration_id, "integrations"),
    among_given(_contact.external_id, "people"),
    locked_by=(_contact.integration_id, _contact.external_id),
)


async def lock_dialogs_of(
    session: Session,
    contacts: dict[Key, Contact],
    written: Sequence[Written | Earlier],
    concerned: set[UUID],
) -> dict[UUID, Dialog]:
    """Return the locked dialogs by contact; those of people who write for the first time are begun."""
    begun_by = {contacts[key_of(event)].id: event for event in reversed(written)}
    wanted = begun_by.keys() | concerned
    found = await _find_dialogs(session, wanted)
    missing = sorted(begun_by.keys() - found.keys())
    if missing:
        rows = [_new_dialog(session, contact_id, begun_by[contact_id]) for contact_id in missing]
        await inserted_rows(session, Dialog, rows, conflict=["contact_id"], returning=["id"])
        found |= await _find_dialogs(session, missing)
    return found


async def _find_dialogs(session: Session, contact_ids: Collection[UUID]) -> dict[UUID, Dialog]:
    return {row.contact_id: row for row in await _DIALOGS.find(session, {"contacts": contact_ids})}


_dialog = table_of(Dialog).c
_DIALOGS = Held(Dialog, among_given(_dialog.contact_id, "contacts"), locked_by=(_dialog.contact_id,))


def _new_dialog(session: Session, contact_id: UUID, event: Written | Earlier) -> dict[str, Any]:
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
