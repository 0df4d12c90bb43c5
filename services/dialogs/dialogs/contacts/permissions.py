"""Whether people take our messages, as the messenger told. The caller owns the transaction."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from structlog.contextvars import bound_contextvars

from dialogs.live.changes import dialog_changed
from dialogs.messages.rules import storable
from dialogs.registry.epochs import current_events
from dialogs.tables import Contact, Dialog
from shared.database.inserts import inserted_rows
from shared.database.session import Session
from shared.events.channel import WritingPermissionChanged

Key = tuple[UUID, str]


async def learn_permissions(session: Session, events: Sequence[WritingPermissionChanged]) -> None:
    """Apply permissions in any order, each any number of times: the newest `checked_at` counts.

    People who never wrote are remembered too, for the messages of theirs that may still be found.
    """
    newest: dict[Key, WritingPermissionChanged] = {}
    for event in sorted(await current_events(session, events), key=_age):
        newest[event.integration_id, storable(event.external_id)] = event
    if not newest:
        return
    changed: dict[UUID, str | None] = {}
    for contact in await _locked_contacts(session, newest):
        event = newest[contact.integration_id, contact.external_id]
        if _take_over(contact, event):
            changed[contact.id] = event.correlation_id
    dialogs = select(Dialog).where(Dialog.contact_id.in_(changed)).order_by(Dialog.contact_id)
    for dialog in await session.scalars(dialogs.with_for_update()):
        with bound_contextvars(correlation_id=changed[dialog.contact_id]):
            dialog_changed(session, dialog)


def _age(event: WritingPermissionChanged) -> tuple[Any, ...]:
    return event.checked_at, event.allowed, event.reason or ""


def _take_over(contact: Contact, event: WritingPermissionChanged) -> bool:
    """Take over a newer permission; of two of the same moment the greater one stays."""
    known = (contact.writing_checked_at, contact.writing_allowed, contact.writing_reason or "")
    if contact.writing_checked_at is not None and _age(event) <= known:
        return False
    contact.writing_allowed, contact.writing_checked_at = event.allowed, event.checked_at
    contact.writing_reason = None if event.allowed or not event.reason else storable(event.reason)
    return True


async def _locked_contacts(
    session: Session, wanted: dict[Key, WritingPermissionChanged]
) -> Iterable[Contact]:
    """Return the contacts, made if need be, locked in the order of their keys."""
    rows: list[dict[str, Any]] = [
        {
            "id": session.new_id(),
            "project_id": event.project_id,
            "integration_id": integration_id,
            "external_id": external_id,
        }
        for (integration_id, external_id), event in sorted(wanted.items(), key=lambda item: item[0])
    ]
    await inserted_rows(session, Contact, rows, conflict=["integration_id", "external_id"], returning=["id"])
    query = (
        select(Contact)
        .where(tuple_(Contact.integration_id, Contact.external_id).in_(sorted(wanted)))
        .order_by(Contact.integration_id, Contact.external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await session.scalars(query)
