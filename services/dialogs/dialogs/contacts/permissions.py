"""Whether people take our messages, as the messenger told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dialogs.messages.people import Key, key_of
from dialogs.messages.rules import storable
from dialogs.tables import Contact
from shared.events.channel import WritingPermissionChanged


def take_permissions(
    contacts: dict[Key, Contact], events: Sequence[WritingPermissionChanged]
) -> dict[UUID, str | None]:
    """Apply permissions to locked contacts in any order, each any number of times: the newest counts.

    People who never wrote are told of too, for the messages of theirs that may still be found. Returns the
    contacts that are different now, each with the story of it.
    """
    changed: dict[UUID, str | None] = {}
    for event in events:
        contact = contacts[key_of(event)]
        known = (contact.writing_checked_at, contact.writing_allowed, contact.writing_reason or "")
        if contact.writing_checked_at is not None and _age(event) <= known:
            continue
        contact.writing_allowed, contact.writing_checked_at = event.allowed, event.checked_at
        contact.writing_reason = None if event.allowed or not event.reason else storable(event.reason)
        changed[contact.id] = event.correlation_id
    return changed


def _age(event: WritingPermissionChanged) -> tuple[Any, ...]:
    """Of two permissions of the same moment the greater one counts."""
    reason = "" if event.allowed else storable(event.reason or "")
    return event.checked_at, event.allowed, reason
