"""What operators mark: how far a thread was seen, and that it is important."""

from uuid import UUID

from sqlalchemy import select

from dialogs.counters.actions import count_unread
from dialogs.live.changes import dialog_changed
from dialogs.messages.rules import seen
from dialogs.tables import Contact, Dialog, Integration
from dialogs.threads.actions import lock_dialog
from dialogs.threads.standing import settle, standing_of
from shared.database.session import Session
from shared.events.dialogs import MessagesSeen
from shared.http.access import Caller
from shared.messaging.outbox import publish_on_commit


async def mark_important(session: Session, dialog_id: UUID, *, caller: Caller, important: bool) -> Dialog:
    """Mark a dialog as important for everybody in the project, or as ordinary. Raises DialogNotFound."""
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    if dialog.important is not important:
        dialog.important = important
        dialog_changed(session, dialog)
    return dialog


async def mark_seen(session: Session, dialog_id: UUID, *, caller: Caller, through: int) -> Dialog:
    """Take the thread up to a number as seen; the mark never goes back. Raises DialogNotFound."""
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    if min(through, dialog.last_number) > dialog.seen_through:
        await tell_seen(session, dialog, through=through)
        await settle(session, dialog, seen(standing_of(dialog), through))
        await count_unread(session, [dialog])
        dialog_changed(session, dialog)
    return dialog


async def tell_seen(session: Session, dialog: Dialog, *, through: int) -> None:
    """Announce what operators see for the first time, so that the customer sees it as read."""
    number = min(through, dialog.last_number)
    integration = await session.get(Integration, dialog.integration_id)
    if number <= dialog.seen_through or integration is None or integration.deleted:
        return
    external_id = select(Contact.external_id).where(Contact.id == dialog.contact_id)
    event = MessagesSeen(
        project_id=dialog.project_id,
        dialog_id=dialog.id,
        integration_id=dialog.integration_id,
        epoch=integration.epoch,
        external_id=(await session.execute(external_id)).scalar_one(),
        conversation_message_id=number,
    )
    await publish_on_commit(session, event)
