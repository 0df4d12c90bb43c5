"""Writes: what `dialogs` and the registry ask of replies. The caller owns the transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update

from shared.database.inserts import inserted, inserted_rows
from shared.database.session import Session
from shared.events.channel import ReplyFailed, ReplySent
from shared.events.dialogs import ReplyCancelled, ReplyRequested
from shared.runtime.logging import current_correlation_id
from vk_gateway.communities.queries import LIVE, find_community
from vk_gateway.outgoing.order import announce, settle_number
from vk_gateway.outgoing.queries import list_unsettled
from vk_gateway.outgoing.rules import FIRST_RANDOM_ID_MAX, RANDOM_ID_MAX
from vk_gateway.tables import (
    Cancellation,
    Community,
    Outgoing,
    OutgoingPart,
    OutgoingState,
    RandomCounter,
)

log = structlog.get_logger()

# As long as inboxes remember events.
CANCELLATIONS_KEPT = timedelta(days=30)
INTEGRATION_DELETED = "integration_deleted"
CANCELLED = "cancelled"


class EpochUnknown(Exception):
    """Something belongs to an epoch that we have not heard of yet; it is tried again later."""


async def accept_replies(session: Session, requests: Sequence[ReplyRequested]) -> None:
    """Queue replies, each under its own `random_id`, or one that failed once more under the one it has.

    Those that were taken back already, or whose epoch is over, are refused at once. Raises EpochUnknown when
    the registry's news of an epoch have not arrived yet.
    """
    communities = await _communities(session, requests)
    known = {reply.id: reply for reply in await _locked(session, [each.reply_id for each in requests])}
    new: dict[UUID, ReplyRequested] = {}
    for request in requests:
        reply = known.get(request.reply_id)
        if reply is None:
            new.setdefault(request.reply_id, request)
        elif reply.project_id != request.project_id:
            log.warning("reply_of_another_project", reply_id=str(request.reply_id))
        elif request.attempt > reply.attempt:
            _begin_again(session, reply, request)
        elif request.number != reply.number:
            # An earlier attempt that comes late; it was settled long ago.
            settle_number(session, request.dialog_id, request.number)
    await _store_new(session, list(new.values()), communities)
    taken_back = await _taken_back(session, [each.reply_id for each in requests])
    for reply in await _locked(session, [each.reply_id for each in requests]) if taken_back else []:
        if reply.state is OutgoingState.QUEUED and taken_back.get(reply.id) == reply.attempt:
            end(session, reply, OutgoingState.CANCELLED, CANCELLED)
    over = [each for each in requests if is_over(communities[each.integration_id], each.epoch)]
    for reply in await _locked(session, [each.reply_id for each in over]) if over else []:
        if reply.state is OutgoingState.QUEUED:
            end(session, reply, OutgoingState.CANCELLED, INTEGRATION_DELETED)


async def _communities(session: Session, requests: Sequence[ReplyRequested]) -> dict[UUID, Community]:
    communities: dict[UUID, Community] = {}
    for request in requests:
        community = communities.get(request.integration_id)
        community = community or await find_community(session, request.integration_id)
        if community is None or community.epoch < request.epoch:
            raise EpochUnknown(str(request.integration_id))
        communities[request.integration_id] = community
    return communities


def is_over(community: Community | None, epoch: int) -> bool:
    """Whether an epoch of a community has ended."""
    return community is None or community.epoch != epoch or community.link_state not in LIVE


async def _store_new(
    session: Session, requests: Sequence[ReplyRequested], communities: dict[UUID, Community]
) -> None:
    rows, parts = [], []
    counts = Counter(communities[request.integration_id].community_id for request in requests)
    random_ids = {
        community_id: iter(await take_random_ids(session, community_id, count))
        for community_id, count in sorted(counts.items())
    }
    for request in requests:
        community_id = communities[request.integration_id].community_id
        rows.append(
            {
                "id": request.reply_id,
                "project_id": request.project_id,
                "integration_id": request.integration_id,
                "community_id": community_id,
                "epoch": request.epoch,
                "dialog_id": request.dialog_id,
                "external_id": request.external_id,
                "number": request.number,
                "text": request.text,
                "random_id": next(random_ids[community_id]),
                "state": OutgoingState.QUEUED,
                "fence": 0,
                "attempts": 0,
                "next_attempt_at": session.now,
                "correlation_id": request.correlation_id or current_correlation_id(),
                "attempt": request.attempt,
                "quoted_number": request.quoted_number,
                "has_files": bool(request.files),
            }
        )
        for position, file in enumerate(request.files):
            part = file.model_dump(exclude={"file_id"})
            own = {"reply_id": request.reply_id, "position": position, "project_id": request.project_id}
            parts.append(part | own)
    await inserted_rows(session, Outgoing, rows, conflict=["id"], returning=["id"])
    keys = ["reply_id", "position"]
    await inserted_rows(session, OutgoingPart, parts, conflict=keys, returning=keys)


def _begin_again(session: Session, reply: Outgoing, request: ReplyRequested) -> None:
    """Take over an operator's further attempt, and queue the reply again unless its fate is open or good.

    Its `random_id` stays: what may be in VK after all is looked up before anything is sent. If VK has shown
    it meanwhile, it is told as sent.
    """
    if reply.settled_at is None:
        settle_number(session, reply.dialog_id, reply.number)
    reply.attempt, reply.number = request.attempt, request.number
    reply.correlation_id = request.correlation_id or current_correlation_id()
    if reply.state in {OutgoingState.SENDING, OutgoingState.CHECKING}:
        return
    reply.epoch = request.epoch
    if reply.state is OutgoingState.SENT:
        settle_number(session, reply.dialog_id, reply.number)
        tell_sent(session, reply)
    else:
        reply.state = OutgoingState.QUEUED
        reply.settled_at = None
        reply.reason = None
        reply.next_attempt_at = session.now


async def _taken_back(session: Session, reply_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return which attempts at these replies were taken back before we heard of them."""
    query = select(Cancellation.reply_id, Cancellation.attempt).where(Cancellation.reply_id.in_(reply_ids))
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def cancel_reply(session: Session, event: ReplyCancelled) -> None:
    """Take a queued reply back. One that may be in VK goes its way; one we do not know is remembered."""
    for reply in await _locked(session, [event.reply_id]):
        if reply.project_id != event.project_id or reply.attempt > event.attempt:
            return
        if reply.attempt == event.attempt:
            if reply.state is OutgoingState.QUEUED:
                end(session, reply, OutgoingState.CANCELLED, CANCELLED)
            return
    values = {"project_id": event.project_id, "attempt": event.attempt, "created_at": session.now}
    if not await inserted(session, Cancellation, conflict=["reply_id"], reply_id=event.reply_id, **values):
        later = (Cancellation.reply_id == event.reply_id) & (Cancellation.attempt < event.attempt)
        await session.execute(update(Cancellation).where(later).values(attempt=event.attempt))


async def forget_cancellations(session: Session) -> None:
    """Forget what was taken back so long ago that no request for it can still be under way."""
    old = delete(Cancellation).where(Cancellation.created_at < session.now - CANCELLATIONS_KEPT)
    await session.execute(old.execution_options(synchronize_session=False))


async def take_random_ids(session: Session, community_id: int, count: int) -> list[int]:
    """Take the community's next `random_id`s: int32, never 0, never twice."""
    first = session.world.chance.randint(1, FIRST_RANDOM_ID_MAX)
    await inserted(
        session, RandomCounter, conflict=["community_id"], community_id=community_id, next_random_id=first
    )
    taken = (
        update(RandomCounter)
        .where(RandomCounter.community_id == community_id)
        .values(next_random_id=RandomCounter.next_random_id + count)
        .returning(RandomCounter.next_random_id)
        .execution_options(synchronize_session=False)
    )
    end = (await session.execute(taken)).scalar_one()
    return [number % RANDOM_ID_MAX + 1 for number in range(end - count, end)]


async def cancel_replies(session: Session, integration_id: UUID, *, before_epoch: int) -> None:
    """Give up every unsettled reply of epochs that are over, and release what comes after them."""
    for reply in await list_unsettled(session, integration_id, before_epoch=before_epoch):
        if reply.state is OutgoingState.SENDING:
            # It may be in VK: a further attempt begins with a look into the history.
            reply.doubted_at = session.now
        end(session, reply, OutgoingState.CANCELLED, INTEGRATION_DELETED)


async def complete_locked(
    session: Session, reply: Outgoing, conversation_message_id: int, sent_at: datetime
) -> None:
    """A reply (locked) is in VK, say the answer, the echo or the history. The first of them counts.

    Also mends a reply that was thought failed.
    """
    if reply.state is OutgoingState.SENT:
        return
    reply.state = OutgoingState.SENT
    reply.conversation_message_id = conversation_message_id
    reply.sent_at = sent_at
    reply.settled_at = session.now
    reply.reason = None
    settle_number(session, reply.dialog_id, reply.number)
    tell_sent(session, reply)


def tell_sent(session: Session, reply: Outgoing) -> None:
    """Announce that a reply is in VK; one with files after a look at which of them VK has kept."""
    if reply.has_files:
        reply.verify_at = session.now
    else:
        announce_sent(session, reply, dropped=())


def announce_sent(session: Session, reply: Outgoing, *, dropped: tuple[int, ...]) -> None:
    """Announce that a reply is in VK, without the files at these positions."""
    event = ReplySent(
        project_id=reply.project_id,
        integration_id=reply.integration_id,
        epoch=reply.epoch,
        reply_id=reply.id,
        external_id=reply.external_id,
        conversation_message_id=reply.conversation_message_id or 0,
        sent_at=reply.sent_at or session.now,
        attempt=reply.attempt,
        dropped=dropped,
    )
    announce(session, event, correlation_id=reply.correlation_id)


def end(session: Session, reply: Outgoing, state: OutgoingState, reason: str) -> None:
    """A reply (locked) will not be sent: say why, and release the dialog's next."""
    reply.state = state
    reply.reason = reason
    reply.settled_at = session.now
    settle_number(session, reply.dialog_id, reply.number)
    event = ReplyFailed(
        project_id=reply.project_id,
        integration_id=reply.integration_id,
        epoch=reply.epoch,
        reply_id=reply.id,
        external_id=reply.external_id,
        reason=reason,
        attempt=reply.attempt,
    )
    announce(session, event, correlation_id=reply.correlation_id)


async def hold_replies(session: Session, integration_id: UUID, delay: timedelta) -> None:
    """Put off everything that waits to be sent and is due."""
    due = (
        (Outgoing.integration_id == integration_id)
        & (Outgoing.state == OutgoingState.QUEUED)
        & (Outgoing.next_attempt_at <= session.now)
    )
    await session.execute(
        update(Outgoing)
        .where(due)
        .values(next_attempt_at=session.now + delay)
        .execution_options(synchronize_session=False)
    )


async def _locked(session: Session, reply_ids: Sequence[UUID]) -> Sequence[Outgoing]:
    query = select(Outgoing).where(Outgoing.id.in_(reply_ids)).order_by(Outgoing.id).with_for_update()
    return (await session.execute(query)).scalars().all()
