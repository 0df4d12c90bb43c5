"""What became of an operator's reply, as the gateway tells."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select, text

from dialogs.live.changes import message_changed, message_removed
from dialogs.messages.rules import outcome, reply_sent
from dialogs.registry.epochs import ignored_events
from dialogs.tables import Author, Dialog, Message, MessageState
from dialogs.threads.standing import recount_answers, recount_last, settle, standing_of
from shared.database.session import Session
from shared.events.channel import ReplyFailed, ReplySent, ReplyUnconfirmed

Outcome = ReplySent | ReplyFailed | ReplyUnconfirmed

# Literal, so that the planners see that the partial index fits.
WAITING = text("message.state IN ('queued', 'unconfirmed')")
REPORTED: dict[type[Outcome], MessageState] = {
    ReplySent: MessageState.SENT,
    ReplyFailed: MessageState.FAILED,
    ReplyUnconfirmed: MessageState.UNCONFIRMED,
}


async def learn_outcomes(session: Session, events: Sequence[Outcome]) -> None:
    """Apply outcomes in any order, each any number of times.

    A reply belongs to the epoch it was written in, so its outcome is told by its own row, not by the
    integration's present epoch: what the customer has read stays true after a disconnection.
    """
    dialog_ids = await session.scalars(
        select(Message.dialog_id).where(Message.id.in_({event.reply_id for event in events})).distinct()
    )
    dialogs = await lock_dialogs(session, dialog_ids.all())
    replies = await _replies(session, [event.reply_id for event in events])
    for event in events:
        reply = replies.get(event.reply_id)
        if reply is None or reply.epoch != event.epoch:
            ignored_events.labels("unknown_reply").inc()
            continue
        await _learn(session, dialogs[reply.dialog_id], reply, event)


async def lock_dialogs(session: Session, dialog_ids: Iterable[UUID]) -> dict[UUID, Dialog]:
    """Return dialogs, locked until the commit, in the one order that everybody locks them in."""
    query = select(Dialog).where(Dialog.id.in_(dialog_ids)).order_by(Dialog.contact_id).with_for_update()
    found = await session.scalars(query.execution_options(populate_existing=True))
    return {dialog.id: dialog for dialog in found}


async def _replies(session: Session, ids: Sequence[UUID]) -> dict[UUID, Message]:
    query = select(Message).where(Message.id.in_(ids), Message.number.is_not(None))
    found = await session.scalars(query.execution_options(populate_existing=True))
    return {message.id: message for message in found}


async def _learn(session: Session, dialog: Dialog, reply: Message, event: Outcome) -> None:
    before = reply.state
    reply.state = outcome(before, REPORTED[type(event)])
    if reply.state is before:
        return
    reply.version += 1
    reply.reason = event.reason if isinstance(event, ReplyFailed) else None
    if isinstance(event, ReplySent):
        await _number(session, dialog, reply, event)
    await session.flush()
    if MessageState.FAILED in (before, reply.state):
        await recount_answers(session, dialog)
    message_changed(session, dialog, reply.id)


async def _number(session: Session, dialog: Dialog, reply: Message, event: ReplySent) -> None:
    """Move a reply to its own place. A bubble that its echo has made before is this very message."""
    number = event.conversation_message_id
    reply.sent_at = event.sent_at
    await settle(session, dialog, reply_sent(standing_of(dialog), number, event.sent_at))
    query = select(Message.id, Message.author).where(
        Message.dialog_id == dialog.id, Message.conversation_message_id == number
    )
    twin = (await session.execute(query)).one_or_none()
    if twin is not None and twin.author is not Author.STAFF:
        ignored_events.labels("number_taken").inc()
        return
    if twin is not None:
        await session.execute(delete(Message).where(Message.id == twin.id))
        dialog.message_count -= 1
        message_removed(session, dialog, twin.id)
    reply.conversation_message_id = reply.anchor = number
    reply.sub = 0
    await session.flush()
    await recount_last(session, dialog)
    if twin is not None:
        await recount_answers(session, dialog)


async def fail_waiting(session: Session, integration_id: UUID, *, through_epoch: int, reason: str) -> None:
    """Give up the replies of an epoch that has ended and that were not handed over yet."""
    ended = (
        (Dialog.integration_id == integration_id)
        & (Message.epoch <= through_epoch)
        & (Message.state == MessageState.QUEUED)
        & WAITING
    )
    joined = select(Message.dialog_id).join(Dialog, Dialog.id == Message.dialog_id)
    dialog_ids = (await session.scalars(joined.where(ended).distinct())).all()
    dialogs = await lock_dialogs(session, dialog_ids)
    query = select(Message).join(Dialog, Dialog.id == Message.dialog_id).where(ended).order_by(Message.id)
    for reply in (await session.scalars(query.execution_options(populate_existing=True))).all():
        if reply.dialog_id not in dialogs:
            continue
        reply.state, reply.reason = MessageState.FAILED, reason
        reply.version += 1
        message_changed(session, dialogs[reply.dialog_id], reply.id)
    await session.flush()
    for dialog in dialogs.values():
        await recount_answers(session, dialog)
