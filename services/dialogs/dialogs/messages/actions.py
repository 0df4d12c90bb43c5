"""An operator's reply: written, tried again, taken back. The caller owns the transaction."""

import hashlib
import json
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from dialogs.cases.actions import open_case, take_case
from dialogs.cases.first_answers import note_answer
from dialogs.contents.rules import content_of, document_of
from dialogs.contents.versions import keep_files
from dialogs.errors import (
    ClientIdReused,
    MessageEmpty,
    MessageIsDeleted,
    MessageNotFailed,
    MessageNotFound,
    MessageNotOurs,
    MessageTooLong,
    TooLateToCancel,
    TooManyWaiting,
)
from dialogs.live.changes import message_changed
from dialogs.messages.colleagues import take_turn
from dialogs.messages.composing import Wanted, check_number, compose, outgoing_files
from dialogs.messages.outcomes import WAITING
from dialogs.messages.permission import Recipient, lock_dialog_to_write, require_permission
from dialogs.messages.rules import is_sent, operator_replied, storable, utf16_units
from dialogs.operators.actions import remember_operator
from dialogs.settings import DialogsSettings
from dialogs.states import Author, DialogState, MessageState
from dialogs.tables import Dialog, Message
from dialogs.threads.actions import lock_dialog
from dialogs.threads.marks import tell_seen
from dialogs.threads.standing import settle, stand_last, standing_of
from shared.database.session import Session
from shared.events.channel import Source
from shared.events.content import Content
from shared.events.dialogs import ReplyCancelled, ReplyRequested
from shared.http.access import Caller
from shared.messaging.outbox import publish_on_commit


async def write_reply(
    session: Session, dialog_id: UUID, wanted: Wanted, *, caller: Caller, settings: DialogsSettings
) -> Message:
    """Store a reply and ask for it to be sent. The same `client_id` again returns the same message.

    Takes the dialog if nobody has it, or if it shall be taken over; a closed one is opened for the caller.
    Raises DialogNotFound, MessageEmpty, MessageTooLong, TooManyAttachments, ClientIdReused, TooManyWaiting,
    and what `require_permission`, `take_turn` and `compose` raise.
    """
    wanted = checked(wanted, settings)
    dialog = await lock_dialog_to_write(session, dialog_id, caller=caller)
    known = await session.scalar(
        select(Message).where(Message.dialog_id == dialog.id, Message.client_id == wanted.client_id)
    )
    if known is not None:
        # Replies of earlier versions have no digest: they were texts that could not be changed.
        if (known.asked or digest(Wanted(wanted.client_id, known.text))) != digest(wanted):
            raise ClientIdReused
        return known
    to = await require_permission(session, dialog)
    await _require_room(session, dialog, settings)
    await take_turn(session, dialog, wanted, caller=caller)
    content = await compose(session, dialog, to.contact, wanted, settings)
    reply = _reply(session, dialog, wanted, content, caller)
    session.add(reply)
    dialog.message_count += 1
    await _queue(session, dialog, reply, to, caller)
    await keep_files(session, [(reply.id, reply.project_id, content)])
    return reply


def checked(wanted: Wanted, settings: DialogsSettings) -> Wanted:
    """Return a reply as it is stored. Raises MessageEmpty, MessageTooLong, TooManyAttachments."""
    attachments = tuple(dict.fromkeys(wanted.attachments))
    check_number(attachments, settings)
    text = checked_text(wanted.text, settings, may_be_empty=bool(attachments))
    client_id = storable(wanted.client_id)
    return replace(wanted, client_id=client_id, text=text, attachments=attachments)


def checked_text(text: str, settings: DialogsSettings, *, may_be_empty: bool = False) -> str:
    """Return a text as it is stored. Raises MessageEmpty, MessageTooLong."""
    text = storable(text)
    if not may_be_empty and not text.strip():
        raise MessageEmpty
    if utf16_units(text) > settings.reply_units_max:
        raise MessageTooLong(units=utf16_units(text), units_max=settings.reply_units_max)
    return text


def digest(wanted: Wanted) -> str:
    """Return what tells apart two requests with the same `client_id`."""
    files = [str(file_id) for file_id in wanted.attachments]
    asked = [wanted.text, str(wanted.quoted_message_id or ""), files]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


async def _require_room(session: Session, dialog: Dialog, settings: DialogsSettings) -> None:
    waiting = select(func.count()).select_from(Message).where(Message.dialog_id == dialog.id, WAITING)
    if (await session.execute(waiting)).scalar_one() >= settings.waiting_replies_max:
        raise TooManyWaiting(waiting_max=settings.waiting_replies_max)


def _reply(session: Session, dialog: Dialog, wanted: Wanted, content: Content, caller: Caller) -> Message:
    return Message(
        id=session.new_id(),
        project_id=dialog.project_id,
        dialog_id=dialog.id,
        author=Author.OPERATOR,
        author_id=caller.operator_id,
        author_external_id=None,
        author_name=caller.name,
        text=wanted.text,
        content=document_of(content),
        unsupported=False,
        source=Source.LIVE.value,
        conversation_message_id=None,
        client_id=wanted.client_id,
        asked=digest(wanted),
        attempt=0,
        version=0,
    )


async def _queue(session: Session, dialog: Dialog, reply: Message, to: Recipient, caller: Caller) -> None:
    """Begin an attempt to send a reply: it takes its place at the end of the thread and of the queue."""
    reply.attempt = (reply.attempt or 0) + 1
    reply.version += 1
    reply.state, reply.reason, reply.cancel_wanted_at = MessageState.QUEUED, None, None
    reply.epoch, reply.sent_at = to.integration.epoch, session.now
    reply.number = reply.sub = dialog.next_reply_number
    reply.anchor = reply.answers_through = dialog.last_number
    dialog.next_reply_number += 1
    await remember_operator(session, caller, dialog.project_id)
    if dialog.state is DialogState.CLOSED:
        await publish_on_commit(session, open_case(session, dialog, dialog.last_number + 1))
    if dialog.state is DialogState.NEW:
        await take_case(session, dialog, caller.operator_id)
    await tell_seen(session, dialog, through=dialog.last_number)
    await settle(session, dialog, operator_replied(standing_of(dialog), session.now))
    await note_answer(session, dialog, reply.id, reply.answers_through)
    stand_last(dialog, reply.id, reply.anchor, reply.sub)
    message_changed(session, dialog, reply.id)
    content = content_of(reply.content)
    request = ReplyRequested(
        project_id=dialog.project_id,
        reply_id=reply.id,
        dialog_id=dialog.id,
        integration_id=dialog.integration_id,
        epoch=reply.epoch,
        external_id=to.contact.external_id,
        number=reply.number,
        text=reply.text,
        attempt=reply.attempt,
        quoted_number=content.quoted.conversation_message_id if content.quoted else None,
        files=await outgoing_files(session, content),
    )
    await publish_on_commit(session, request)


async def get_own_reply(session: Session, dialog: Dialog, message_id: UUID) -> Message:
    """Return a reply of the locked dialog. Raises MessageNotFound, MessageNotOurs."""
    message = await session.get(Message, message_id, populate_existing=True)
    if message is None or message.dialog_id != dialog.id:
        raise MessageNotFound
    if message.author is not Author.OPERATOR:
        raise MessageNotOurs
    return message


async def retry_reply(
    session: Session, dialog_id: UUID, message_id: UUID, *, caller: Caller, settings: DialogsSettings
) -> Message:
    """Try a failed reply again: the same message, at the end. One that waits already stays as it is.

    Raises DialogNotFound, MessageNotFound, MessageNotOurs, MessageIsDeleted, MessageNotFailed,
    TooManyWaiting, FileNotFound, and what `require_permission` raises.
    """
    dialog = await lock_dialog_to_write(session, dialog_id, caller=caller)
    reply = await get_own_reply(session, dialog, message_id)
    if is_sent(reply.state):
        raise MessageNotFailed
    if reply.state is not MessageState.FAILED:
        return reply
    if reply.deleted_at is not None:
        raise MessageIsDeleted
    to = await require_permission(session, dialog)
    await _require_room(session, dialog, settings)
    await _queue(session, dialog, reply, to, caller)
    return reply


async def cancel_reply(session: Session, dialog_id: UUID, message_id: UUID, *, caller: Caller) -> Message:
    """Ask for a waiting reply to be taken back; it stays as it is until the gateway has said what became.

    One that has failed stays as it is. Raises DialogNotFound, MessageNotFound, MessageNotOurs,
    TooLateToCancel.
    """
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    reply = await get_own_reply(session, dialog, message_id)
    if is_sent(reply.state):
        raise TooLateToCancel
    if reply.state is MessageState.FAILED or reply.cancel_wanted_at is not None:
        return reply
    reply.cancel_wanted_at = session.now
    reply.version += 1
    message_changed(session, dialog, reply.id)
    cancellation = ReplyCancelled(
        project_id=dialog.project_id,
        reply_id=reply.id,
        dialog_id=dialog.id,
        integration_id=dialog.integration_id,
        epoch=reply.epoch,
        attempt=reply.attempt or 1,
    )
    await publish_on_commit(session, cancellation)
    return reply
