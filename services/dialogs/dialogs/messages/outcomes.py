"""What became of an operator's reply, as the gateway tells."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select, text, tuple_
from structlog.contextvars import bound_contextvars

from dialogs.cases.first_answers import look_over
from dialogs.contents.versions import move_versions
from dialogs.live.changes import message_changed, message_removed
from dialogs.messages.marks import claim_marks, put
from dialogs.messages.rules import outcome, reply_sent
from dialogs.registry.epochs import ignored_events
from dialogs.states import Author, MessageState
from dialogs.tables import Dialog, Message
from dialogs.threads.standing import recount_answers, recount_last, settle, standing_of
from shared.database.session import Session
from shared.events.channel import ReplyFailed, ReplySent, ReplyUnconfirmed

Outcome = ReplySent | ReplyFailed | ReplyUnconfirmed
Place = tuple[UUID, int]

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
    known = [event for event in events if event.reply_id in replies]
    known = [event for event in known if replies[event.reply_id].epoch == event.epoch]
    ignored_events.labels("unknown_reply").inc(len(events) - len(known))
    twins = await _find_twins(session, replies, known)
    unsure: dict[UUID, set[int]] = {}
    for event in known:
        reply = replies[event.reply_id]
        dialog = dialogs[reply.dialog_id]
        with bound_contextvars(correlation_id=event.correlation_id):
            if numbers := await _learn_outcome(session, dialog, reply, event, twins):
                unsure.setdefault(dialog.id, set()).update(numbers)
    sent = [replies[event.reply_id] for event in known if isinstance(event, ReplySent)]
    await claim_marks(session, [(dialogs[reply.dialog_id], reply) for reply in sent])
    await session.flush()
    for dialog_id, numbers in sorted(unsure.items()):
        await recount_answers(session, dialogs[dialog_id])
        await look_over(session, dialogs[dialog_id], numbers)


async def _learn_outcome(
    session: Session, dialog: Dialog, reply: Message, event: Outcome, twins: dict[Place, Message]
) -> set[int]:
    """Apply one outcome. Returns up to where answers must be counted anew, if they must."""
    if event.attempt != reply.attempt:
        ignored_events.labels("older_attempt").inc()
        return set()
    before = reply.state
    reply.state = outcome(before, REPORTED[type(event)])
    if reply.state is before:
        return set()
    reply.version += 1
    reply.reason = event.reason if isinstance(event, ReplyFailed) else None
    twin_id, through = None, reply.answers_through or 0
    if isinstance(event, ReplySent):
        reply.dropped = list(event.dropped) or None
        if before is MessageState.FAILED:
            reply.deleted_at = None  # somebody put it away as failed, but the customer has it
        twin_id = await _number(session, dialog, reply, event, twins)
    message_changed(session, dialog, reply.id)
    if twin_id is not None:
        return {through, reply.anchor}
    return {through} if MessageState.FAILED in {before, reply.state} else set()


async def lock_dialogs(session: Session, dialog_ids: Iterable[UUID]) -> dict[UUID, Dialog]:
    """Return dialogs, locked until the commit, in the one order that everybody locks them in."""
    query = select(Dialog).where(Dialog.id.in_(dialog_ids)).order_by(Dialog.contact_id).with_for_update()
    found = await session.scalars(query.execution_options(populate_existing=True))
    return {dialog.id: dialog for dialog in found}


async def _replies(session: Session, ids: Sequence[UUID]) -> dict[UUID, Message]:
    query = select(Message).where(Message.id.in_(ids), Message.number.is_not(None))
    found = await session.scalars(query.execution_options(populate_existing=True))
    return {message.id: message for message in found}


async def _find_twins(
    session: Session, replies: dict[UUID, Message], events: Sequence[Outcome]
) -> dict[Place, Message]:
    """Return what stands already where sent replies belong."""
    places = {
        (replies[event.reply_id].dialog_id, event.conversation_message_id)
        for event in events
        if isinstance(event, ReplySent)
    }
    if not places:
        return {}
    place = tuple_(Message.dialog_id, Message.conversation_message_id)
    found = await session.scalars(select(Message).where(place.in_(sorted(places))))
    return {(row.dialog_id, row.anchor): row for row in found}


async def _number(
    session: Session, dialog: Dialog, reply: Message, event: ReplySent, twins: dict[Place, Message]
) -> UUID | None:
    """Move a reply to its own place. Returns the id of the bubble that its echo had made, now gone."""
    number = event.conversation_message_id
    reply.sent_at = event.sent_at
    await settle(session, dialog, reply_sent(standing_of(dialog), number, event.sent_at))
    twin = twins.get((dialog.id, number))
    twins[dialog.id, number] = reply
    if twin is not None and twin.author is not Author.STAFF:
        ignored_events.labels("number_taken").inc()
        return None
    if twin is not None:
        put(reply, twin)
        await move_versions(session, dialog, twin, reply)
        session.expunge(twin)
        await session.execute(delete(Message).where(Message.id == twin.id))
        dialog.message_count -= 1
        message_removed(session, dialog, twin.id)
    reply.conversation_message_id = reply.anchor = number
    reply.sub = 0
    if (number, 0) >= (dialog.last_anchor, dialog.last_sub):
        dialog.last_message_id, dialog.last_anchor, dialog.last_sub = reply.id, number, 0
    elif dialog.last_message_id == reply.id:
        await session.flush()
        await recount_last(session, dialog)
    return twin.id if twin is not None else None


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
    throughs: dict[UUID, set[int]] = {}
    for reply in (await session.scalars(query.execution_options(populate_existing=True))).all():
        if reply.dialog_id not in dialogs:
            continue
        throughs.setdefault(reply.dialog_id, set()).add(reply.answers_through or 0)
        reply.state, reply.reason = MessageState.FAILED, reason
        reply.version += 1
        message_changed(session, dialogs[reply.dialog_id], reply.id)
    await session.flush()
    for dialog in dialogs.values():
        await recount_answers(session, dialog)
        if dialog.id in throughs:
            await look_over(session, dialog, throughs[dialog.id])
