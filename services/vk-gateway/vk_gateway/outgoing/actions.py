"""Writes: a reply from its request to its end. The caller owns the transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.channel import ReplyFailed, ReplySent, ReplyUnconfirmed
from shared.events.dialogs import ReplyRequested
from shared.messaging.outbox import publish_on_commit
from shared.runtime.logging import current_correlation_id
from vk_gateway.communities.queries import LIVE, find_community
from vk_gateway.outgoing.queries import list_unsettled
from vk_gateway.outgoing.rules import FIRST_RANDOM_ID_MAX, RANDOM_ID_MAX
from vk_gateway.tables import UNSETTLED, Outgoing, OutgoingDialog, OutgoingState, RandomCounter

LOOK_UP_HOLDS = timedelta(seconds=20)


class EpochUnknown(Exception):
    """A reply belongs to an epoch that we have not heard of yet; it is tried again later."""


async def accept_reply(session: Session, request: ReplyRequested) -> None:
    """Queue a reply under its own `random_id`. One for an epoch that is over is refused at once.

    Raises EpochUnknown when the registry's news of that epoch have not arrived yet.
    """
    community = await find_community(session, request.integration_id)
    if community is None or community.epoch < request.epoch:
        raise EpochUnknown(str(request.integration_id))
    over = community.epoch > request.epoch or community.link_state not in LIVE
    new = await inserted(
        session,
        Outgoing,
        conflict=["id"],
        id=request.reply_id,
        project_id=request.project_id,
        integration_id=request.integration_id,
        community_id=community.community_id,
        epoch=request.epoch,
        dialog_id=request.dialog_id,
        external_id=request.external_id,
        number=request.number,
        text=request.text,
        random_id=await _next_random_id(session, community.community_id),
        state=OutgoingState.CANCELLED if over else OutgoingState.QUEUED,
        fence=0,
        attempts=0,
        next_attempt_at=session.now,
        settled_at=session.now if over else None,
        reason="integration_deleted" if over else None,
        correlation_id=current_correlation_id(),
    )
    if new and over:
        await _advance(session, request.dialog_id, request.number)
        failed = _identity(request.project_id, request.integration_id, request.epoch, request.reply_id)
        await publish_on_commit(
            session,
            ReplyFailed.model_validate(
                failed | {"external_id": request.external_id, "reason": "integration_deleted"}
            ),
        )


def _identity(project_id: UUID, integration_id: UUID, epoch: int, reply_id: UUID) -> dict[str, object]:
    return {"project_id": project_id, "integration_id": integration_id, "epoch": epoch, "reply_id": reply_id}


async def _next_random_id(session: Session, community_id: int) -> int:
    """Take the community's next `random_id`: int32, never 0, never twice."""
    first = session.world.chance.randint(1, FIRST_RANDOM_ID_MAX)
    await inserted(
        session, RandomCounter, conflict=["community_id"], community_id=community_id, next_random_id=first
    )
    taken = (
        update(RandomCounter)
        .where(RandomCounter.community_id == community_id)
        .values(next_random_id=RandomCounter.next_random_id + 1)
        .returning(RandomCounter.next_random_id)
        .execution_options(synchronize_session=False)
    )
    number = (await session.execute(taken)).scalar_one() - 1
    return number % RANDOM_ID_MAX + 1


async def _advance(session: Session, dialog_id: UUID, number: int) -> None:
    """Release the dialog's next reply."""
    new = await inserted(
        session, OutgoingDialog, conflict=["dialog_id"], dialog_id=dialog_id, settled_number=number
    )
    if not new:
        behind = (OutgoingDialog.dialog_id == dialog_id) & (OutgoingDialog.settled_number < number)
        await session.execute(update(OutgoingDialog).where(behind).values(settled_number=number))


async def cancel_replies(session: Session, integration_id: UUID, *, before_epoch: int) -> None:
    """Give up every unsettled reply of epochs that are over, and release what comes after them."""
    for reply in await list_unsettled(session, integration_id, before_epoch=before_epoch):
        await _end(session, reply, OutgoingState.CANCELLED, "integration_deleted")


async def begin_attempt(session: Session, reply_id: UUID, fence: int) -> Outgoing | None:
    """Mark a queued reply as being sent under a lease's fence. Returns None when it must not be sent now.

    A reply that may be in VK already is looked up first: VK recognises a repeated `random_id` for an hour
    and a hundred messages only.
    """
    reply = await _locked(session, reply_id)
    if reply is None or reply.state is not OutgoingState.QUEUED:
        return None
    community = await find_community(session, reply.integration_id)
    if community is None or community.epoch != reply.epoch or community.link_state not in LIVE:
        await _end(session, reply, OutgoingState.CANCELLED, "integration_deleted")
        return None
    if reply.doubted_at is not None and not _looked_up_lately(session, reply):
        reply.state = OutgoingState.CHECKING
        return None
    reply.state = OutgoingState.SENDING
    reply.fence = fence
    reply.attempts += 1
    reply.first_tried_at = reply.first_tried_at or session.now
    reply.last_tried_at = session.now
    return reply


def _looked_up_lately(session: Session, reply: Outgoing) -> bool:
    return reply.looked_up_at is not None and session.now - reply.looked_up_at < LOOK_UP_HOLDS


async def complete(session: Session, reply_id: UUID, conversation_message_id: int, sent_at: datetime) -> None:
    """A reply is in VK, say the answer, the echo or the history. The first of them counts."""
    reply = await _locked(session, reply_id)
    if reply is not None:
        await complete_locked(session, reply, conversation_message_id, sent_at)


async def complete_locked(
    session: Session, reply: Outgoing, conversation_message_id: int, sent_at: datetime
) -> None:
    """As `complete`, for a row that is locked already. Also mends a reply that was thought failed."""
    if reply.state is OutgoingState.SENT:
        return
    reply.state = OutgoingState.SENT
    reply.conversation_message_id = conversation_message_id
    reply.settled_at = session.now
    reply.reason = None
    await session.flush()
    await _advance(session, reply.dialog_id, reply.number)
    identity = _identity(reply.project_id, reply.integration_id, reply.epoch, reply.id)
    place = {
        "external_id": reply.external_id,
        "conversation_message_id": conversation_message_id,
        "sent_at": sent_at,
    }
    await publish_on_commit(session, ReplySent.model_validate(identity | place))


async def give_up(session: Session, reply_id: UUID, reason: str, *, fence: int) -> None:
    """A reply will never be in VK, says the attempt made under `fence`."""
    reply = await _locked(session, reply_id)
    if reply is not None and reply.state in UNSETTLED and reply.fence == fence:
        await _end(session, reply, OutgoingState.FAILED, reason)


async def _end(session: Session, reply: Outgoing, state: OutgoingState, reason: str) -> None:
    reply.state = state
    reply.reason = reason
    reply.settled_at = session.now
    await session.flush()
    await _advance(session, reply.dialog_id, reply.number)
    identity = _identity(reply.project_id, reply.integration_id, reply.epoch, reply.id)
    await publish_on_commit(
        session, ReplyFailed.model_validate(identity | {"external_id": reply.external_id, "reason": reason})
    )


async def put_off(session: Session, reply_id: UUID, delay: timedelta, *, reason: str, fence: int) -> None:
    """VK certainly did not take the attempt made under `fence`: queue the reply again for later."""
    reply = await _locked(session, reply_id)
    if reply is not None and reply.state in UNSETTLED and reply.fence == fence:
        reply.state = OutgoingState.QUEUED
        reply.reason = reason
        reply.next_attempt_at = session.now + delay


async def not_in_history(session: Session, reply_id: UUID) -> None:
    """VK's history does not have a doubtful reply: it may be sent again at once."""
    reply = await _locked(session, reply_id)
    if reply is not None and reply.state is OutgoingState.CHECKING:
        reply.state = OutgoingState.QUEUED
        reply.looked_up_at = session.now
        reply.next_attempt_at = session.now


async def doubt(session: Session, reply_id: UUID, delay: timedelta) -> None:
    """Nobody knows whether VK took a reply: look into the history after `delay`."""
    reply = await _locked(session, reply_id)
    if reply is None or reply.state not in {OutgoingState.SENDING, OutgoingState.CHECKING}:
        return
    reply.next_attempt_at = session.now + delay
    if reply.state is OutgoingState.SENDING:
        reply.state = OutgoingState.CHECKING
        reply.doubted_at = session.now
        reply.looked_up_at = None
        identity = _identity(reply.project_id, reply.integration_id, reply.epoch, reply.id)
        await publish_on_commit(session, ReplyUnconfirmed.model_validate(identity))


async def hold_replies(session: Session, integration_id: UUID, delay: timedelta) -> None:
    """Put off everything that is due: the community cannot be spoken for at the moment."""
    due = (
        (Outgoing.integration_id == integration_id)
        & Outgoing.settled_at.is_(None)
        & (Outgoing.next_attempt_at <= session.now)
    )
    await session.execute(
        update(Outgoing)
        .where(due)
        .values(next_attempt_at=session.now + delay)
        .execution_options(synchronize_session=False)
    )


async def renew_random_id(session: Session, reply_id: UUID) -> None:
    """VK swallowed a reply as a repeat of another: give it a `random_id` of its own and queue it again."""
    reply = await _locked(session, reply_id)
    if reply is not None and reply.state in UNSETTLED:
        reply.random_id = await _next_random_id(session, reply.community_id)
        reply.state = OutgoingState.QUEUED
        reply.first_tried_at = None
        reply.doubted_at = None


async def _locked(session: Session, reply_id: UUID) -> Outgoing | None:
    query = select(Outgoing).where(Outgoing.id == reply_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()
