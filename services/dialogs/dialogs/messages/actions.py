"""An operator's reply. The caller owns the transaction."""

from uuid import UUID

from sqlalchemy import func, select

from dialogs.errors import (
    ClientIdReused,
    IntegrationIsDeleted,
    MessageEmpty,
    MessageTooLong,
    TooManyWaiting,
)
from dialogs.live.changes import message_changed
from dialogs.messages.outcomes import WAITING
from dialogs.messages.rules import operator_replied, storable, utf16_units
from dialogs.settings import DialogsSettings
from dialogs.states import Author, DialogState, MessageState
from dialogs.tables import Contact, Dialog, Integration, Message
from dialogs.threads.actions import lock_dialog, remember_operator
from dialogs.threads.cases import open_case, take_case
from dialogs.threads.standing import settle, stand_last, standing_of
from shared.database.session import Session
from shared.events.channel import Source
from shared.events.dialogs import ReplyRequested
from shared.http.access import Caller
from shared.messaging.outbox import publish_on_commit


async def write_reply(
    session: Session, dialog_id: UUID, *, caller: Caller, client_id: str, text: str, settings: DialogsSettings
) -> Message:
    """Store a reply and ask for it to be sent. The same `client_id` again returns the same message.

    Takes the dialog unless somebody has it; a closed one is opened for the caller. Raises DialogNotFound,
    MessageEmpty, MessageTooLong, ClientIdReused, IntegrationIsDeleted, TooManyWaiting.
    """
    client_id, text = storable(client_id), storable(text)
    if not text.strip():
        raise MessageEmpty
    if utf16_units(text) > settings.reply_units_max:
        raise MessageTooLong(units=utf16_units(text), units_max=settings.reply_units_max)
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    known = await session.scalar(
        select(Message).where(Message.dialog_id == dialog.id, Message.client_id == client_id)
    )
    if known is not None:
        if known.text != text:
            raise ClientIdReused
        return known
    # Shared with other replies; a deletion waits, and then finds this reply among those to give up.
    integration = await session.get(Integration, dialog.integration_id, with_for_update={"read": True})
    if integration is None or integration.deleted:
        raise IntegrationIsDeleted
    waiting = select(func.count()).select_from(Message).where(Message.dialog_id == dialog.id, WAITING)
    if (await session.execute(waiting)).scalar_one() >= settings.waiting_replies_max:
        raise TooManyWaiting(waiting_max=settings.waiting_replies_max)
    reply = _reply(session, dialog, integration, caller=caller, client_id=client_id, text=text)
    await _take_up(session, dialog, reply, caller)
    await _request(session, dialog, reply)
    return reply


def _reply(
    session: Session, dialog: Dialog, integration: Integration, *, caller: Caller, client_id: str, text: str
) -> Message:
    reply = Message(
        id=session.new_id(),
        project_id=dialog.project_id,
        dialog_id=dialog.id,
        author=Author.OPERATOR,
        author_id=caller.operator_id,
        author_external_id=None,
        author_name=caller.name,
        text=text,
        unsupported=False,
        source=Source.LIVE.value,
        state=MessageState.QUEUED,
        reason=None,
        conversation_message_id=None,
        client_id=client_id,
        number=dialog.next_reply_number,
        epoch=integration.epoch,
        anchor=dialog.last_number,
        sub=dialog.next_reply_number,
        answers_through=dialog.last_number,
        sent_at=session.now,
        version=1,
    )
    session.add(reply)
    return reply


async def _take_up(session: Session, dialog: Dialog, reply: Message, caller: Caller) -> None:
    dialog.next_reply_number += 1
    dialog.message_count += 1
    await remember_operator(session, caller, dialog.project_id)
    if dialog.state is DialogState.CLOSED:
        await publish_on_commit(session, open_case(session, dialog))
    if dialog.state is DialogState.NEW:
        await take_case(session, dialog, caller.operator_id)
    await settle(session, dialog, operator_replied(standing_of(dialog), session.now))
    stand_last(dialog, reply.id, reply.anchor, reply.sub)
    message_changed(session, dialog, reply.id)


async def _request(session: Session, dialog: Dialog, reply: Message) -> None:
    external_id = (
        await session.execute(select(Contact.external_id).where(Contact.id == dialog.contact_id))
    ).scalar_one()
    request = ReplyRequested(
        project_id=dialog.project_id,
        reply_id=reply.id,
        dialog_id=dialog.id,
        integration_id=dialog.integration_id,
        epoch=reply.epoch,
        external_id=external_id,
        number=reply.sub,
        text=reply.text,
    )
    await publish_on_commit(session, request)
