"""Pure decisions about a dialog as a whole."""

from dataclasses import dataclass

from dialogs.tables import Contact, Integration


@dataclass(frozen=True)
class Permission:
    """Whether one may reply, and if not, the stable code of why."""

    allowed: bool
    reason: str | None


def can_reply(integration: Integration | None) -> Permission:
    """Decide whether a dialog of this integration takes replies."""
    if integration is None or integration.deleted:
        return Permission(allowed=False, reason="integration_deleted")
    return Permission(allowed=True, reason=None)


def display_name(contact: Contact) -> str:
    """Return the name to show; as long as the messenger has told us none, the person's id."""
    return contact.name or f"id{contact.external_id}"
