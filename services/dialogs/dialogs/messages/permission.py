"""Refusing what the messenger would not deliver, with the same codes that `can_reply` shows."""

from dataclasses import dataclass

from dialogs import errors
from dialogs.tables import Contact, Dialog, Integration
from dialogs.threads.rules import INTEGRATION_DELETED
from dialogs.threads.views import permission_of
from shared.database.session import Session
from shared.http.problems import Conflict

REFUSALS: dict[str, type[Conflict]] = {
    refusal.code: refusal
    for refusal in (
        errors.IntegrationIsDeleted,
        errors.MessagesOff,
        errors.WritingNotAllowed,
        errors.BlockedByCommunity,
        errors.PrivacySettings,
        errors.PersonIsGone,
        errors.ReplyWindowOver,
        errors.NoConversation,
        errors.PersonUnreachable,
    )
}


async def require_integration(session: Session, dialog: Dialog) -> Integration:
    """Return the dialog's connected integration. Raises IntegrationIsDeleted.

    Shared with other replies; a deletion waits, and then finds what was asked for among what to give up.
    """
    integration = await session.get(Integration, dialog.integration_id, with_for_update={"read": True})
    if integration is None or integration.deleted:
        raise errors.IntegrationIsDeleted
    return integration


@dataclass(frozen=True)
class Recipient:
    """To whom a reply goes, and by which community."""

    integration: Integration
    contact: Contact


async def require_permission(session: Session, dialog: Dialog) -> Recipient:
    """Return to whom a reply would go. Raises one of `REFUSALS`, the reason that `can_reply` shows."""
    integration = await require_integration(session, dialog)
    contact = await session.get_one(Contact, dialog.contact_id)
    permission = permission_of(dialog, contact, integration)
    if not permission.allowed:
        raise REFUSALS[permission.reason or INTEGRATION_DELETED]
    return Recipient(integration, contact)
