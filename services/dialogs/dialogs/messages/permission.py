"""Refusing what the messenger would not deliver, with the same codes that `can_reply` shows."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from dialogs import errors
from dialogs.tables import Contact, Dialog, Integration
from dialogs.threads.actions import lock_dialog
from dialogs.threads.rules import DEACTIVATED, INTEGRATION_DELETED
from dialogs.threads.views import permission_of
from shared.database.session import Session
from shared.http.access import Caller
from shared.http.problems import Conflict

REFUSALS: dict[str, type[Conflict]] = {
    refusal.code: refusal
    for refusal in (
        errors.IntegrationIsDeleted,
        errors.IntegrationIsDeactivated,
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


async def lock_dialog_to_write(session: Session, dialog_id: UUID, *, caller: Caller) -> Dialog:
    """Return a dialog, locked, with its integration, shared with other replies. Raises DialogNotFound.

    A deletion waits, and then finds what was asked for among what to give up. It, too, has the integration
    first and the dialogs after that.
    """
    its = select(Dialog.integration_id).where(Dialog.id == dialog_id, Dialog.project_id.in_(caller.roles))
    query = select(Integration).where(Integration.id == its.scalar_subquery())
    session.keep(await session.scalars(query.with_for_update(read=True)))
    return await lock_dialog(session, dialog_id, caller=caller)


async def require_integration(session: Session, dialog: Dialog) -> Integration:
    """Return the connected integration of a dialog locked to write.

    Raises IntegrationIsDeleted, IntegrationIsDeactivated.
    """
    integration = await session.get(Integration, dialog.integration_id)
    if integration is None or integration.deleted:
        raise errors.IntegrationIsDeleted
    if integration.state == DEACTIVATED:
        raise errors.IntegrationIsDeactivated
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
