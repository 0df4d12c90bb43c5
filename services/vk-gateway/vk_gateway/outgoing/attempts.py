"""Writes: our attempts to have VK take replies, many in one transaction. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from shared.database.leases import Lease, still_held
from shared.database.session import Session
from shared.events.channel import ReplyUnconfirmed
from vk_gateway.communities.queries import find_community
from vk_gateway.contacts.permissions import learn_permission
from vk_gateway.health.actions import note_sent, suspect
from vk_gateway.outgoing.actions import (
    INTEGRATION_DELETED,
    complete_locked,
    end,
    is_over,
    take_random_ids,
)
from vk_gateway.outgoing.order import announce
from vk_gateway.outgoing.queries import list_sent_under
from vk_gateway.outgoing.rules import Outcome, Verdict
from vk_gateway.tables import UNSETTLED, Community, Outgoing, OutgoingState

log = structlog.get_logger()

LOOK_UP_HOLDS = timedelta(seconds=20)


@dataclass(frozen=True)
class Begun:
    """Replies that are being sent, and whether VK had refused the last ones because of the account."""

    replies: Sequence[Outgoing]
    had_problem: bool


async def begin_attempts(session: Session, reply_ids: Sequence[UUID], lease: Lease) -> Begun:
    """Mark queued replies of one community as being sent, and return those that may be, in their order.

    Of each dialog everything from the first reply on that may not be sent now is left out. A reply that may
    be in VK already is looked up first: VK recognises a `random_id` for an hour and a hundred messages only.
    """
    if not await still_held(session, lease):
        return Begun([], had_problem=False)
    replies = await _locked(session, reply_ids)
    community = await find_community(session, replies[0].integration_id) if replies else None
    begun: list[Outgoing] = []
    stopped: set[UUID] = set()
    for reply in sorted(replies, key=lambda each: (each.dialog_id, each.number)):
        if reply.dialog_id in stopped or reply.settled_at is not None:
            continue
        if _may_be_sent(session, reply, community):
            reply.state = OutgoingState.SENDING
            reply.fence = lease.fence
            reply.attempts += 1
            reply.first_tried_at = reply.first_tried_at or session.now
            reply.last_tried_at = session.now
            begun.append(reply)
        elif reply.settled_at is None:
            stopped.add(reply.dialog_id)
    places = {reply_id: place for place, reply_id in enumerate(reply_ids)}
    had_problem = community is not None and community.sending_problem is not None
    return Begun(sorted(begun, key=lambda each: places[each.id]), had_problem)


def _may_be_sent(session: Session, reply: Outgoing, community: Community | None) -> bool:
    if reply.state is not OutgoingState.QUEUED or reply.next_attempt_at > session.now:
        return False
    if is_over(community, reply.epoch):
        end(session, reply, OutgoingState.CANCELLED, INTEGRATION_DELETED)
        return False
    if community is not None and community.is_parked:
        return False
    if reply.doubted_at is not None and not _looked_up_lately(session, reply):
        reply.state = OutgoingState.CHECKING
        return False
    return True


def _looked_up_lately(session: Session, reply: Outgoing) -> bool:
    return reply.looked_up_at is not None and session.now - reply.looked_up_at < LOOK_UP_HOLDS


async def settle_attempts(
    session: Session,
    results: Sequence[tuple[Outgoing, Outcome]],
    *,
    doubt_for: timedelta,
    had_problem: bool = False,
) -> None:
    """Store what came of attempts of one community, each by itself; a problem of the account stops all."""
    rows = {reply.id: reply for reply in await _locked(session, [begun.id for begun, _ in results])}
    numbers = {(begun.dialog_id, outcome.conversation_message_id) for begun, outcome in results}
    taken = await list_sent_under(session, {pair for pair in numbers if pair[1]})
    for begun, outcome in results:
        reply = rows[begun.id]
        if outcome.verdict is Verdict.SENT:
            place = (reply.dialog_id, outcome.conversation_message_id)
            if taken.setdefault(place, reply.id) == reply.id:
                await complete_locked(session, reply, outcome.conversation_message_id, session.now)
            else:
                await _renew_random_id(session, reply)
        elif outcome.verdict is Verdict.UNKNOWN:
            doubt(session, reply, doubt_for)
        elif reply.state in UNSETTLED and reply.fence == begun.fence:
            _take_back(session, reply, outcome)
    await _learn_permissions(session, results)
    await _report(session, results, had_problem=had_problem)


async def settle_upload_failure(session: Session, begun: Outgoing, outcome: Outcome) -> None:
    """Store that a queued reply's files could not be uploaded, unless it was taken back meanwhile."""
    for reply in await _locked(session, [begun.id]):
        if reply.state is OutgoingState.QUEUED and reply.attempt == begun.attempt:
            reply.attempts += 1
            await session.flush()
            await settle_attempts(session, [(reply, outcome)], doubt_for=timedelta())


def _take_back(session: Session, reply: Outgoing, outcome: Outcome) -> None:
    """VK certainly did not take a reply: for ever, or until later, or it was not even asked."""
    if outcome.verdict is Verdict.REFUSED:
        end(session, reply, OutgoingState.FAILED, outcome.reason)
        return
    reply.state = OutgoingState.QUEUED
    if outcome.verdict is Verdict.NOT_SENT:
        reply.reason = outcome.reason
        reply.next_attempt_at = session.now + outcome.delay
    else:
        reply.attempts -= 1


async def _learn_permissions(session: Session, results: Sequence[tuple[Outgoing, Outcome]]) -> None:
    """Say who takes no messages of ours, as VK has just told by refusing one."""
    refused = {
        (begun.integration_id, begun.external_id): outcome.reason
        for begun, outcome in results
        if outcome.verdict is Verdict.REFUSED and outcome.is_personal
    }
    for (integration_id, external_id), reason in sorted(refused.items()):
        await learn_permission(
            session, integration_id=integration_id, external_id=external_id, allowed=False, reason=reason
        )


async def _report(
    session: Session, results: Sequence[tuple[Outgoing, Outcome]], *, had_problem: bool
) -> None:
    """Have the account looked at when VK refuses because of it, or say that it takes replies again."""
    reply = results[0][0]
    blamed = [outcome.account_problem for _, outcome in results if outcome.account_problem]
    if blamed:
        await suspect(session, reply.integration_id, reply.epoch, blamed[0], by_sending=True)
    elif had_problem and any(outcome.verdict is Verdict.SENT for _, outcome in results):
        await note_sent(session, reply.integration_id, reply.epoch)


async def _renew_random_id(session: Session, reply: Outgoing) -> None:
    """VK swallowed a reply as a repeat of another: give it a `random_id` of its own and queue it again."""
    if reply.state in UNSETTLED:
        log.warning("reply_was_swallowed", reply_id=str(reply.id), random_id=reply.random_id)
        (reply.random_id,) = await take_random_ids(session, reply.community_id, 1)
        reply.state = OutgoingState.QUEUED
        reply.first_tried_at = None
        reply.doubted_at = None


def doubt(session: Session, reply: Outgoing, delay: timedelta) -> None:
    """Nobody knows whether VK took a reply (locked): look into the history after `delay`."""
    if reply.state not in {OutgoingState.SENDING, OutgoingState.CHECKING}:
        return
    reply.next_attempt_at = session.now + delay
    if reply.state is OutgoingState.SENDING:
        reply.state = OutgoingState.CHECKING
        reply.doubted_at = session.now
        reply.looked_up_at = None
        event = ReplyUnconfirmed(
            project_id=reply.project_id,
            integration_id=reply.integration_id,
            epoch=reply.epoch,
            reply_id=reply.id,
            attempt=reply.attempt,
        )
        announce(session, event, correlation_id=reply.correlation_id)


async def doubt_all(session: Session, reply_ids: Sequence[UUID], delay: timedelta) -> None:
    """Look replies up after `delay`, those of which nobody knows whether VK took them."""
    for reply in await _locked(session, reply_ids):
        doubt(session, reply, delay)


async def settle_look_up(
    session: Session, reply_id: UUID, found: tuple[int, datetime] | None, lease: Lease
) -> None:
    """Store what VK's history says of a doubtful reply: its place, or that it may be sent again at once."""
    if not await still_held(session, lease):
        return
    for reply in await _locked(session, [reply_id]):
        if found is not None:
            await complete_locked(session, reply, *found)
        elif reply.state is OutgoingState.CHECKING:
            reply.state = OutgoingState.QUEUED
            reply.looked_up_at = session.now
            reply.next_attempt_at = session.now


async def _locked(session: Session, reply_ids: Sequence[UUID]) -> Sequence[Outgoing]:
    query = select(Outgoing).where(Outgoing.id.in_(reply_ids)).order_by(Outgoing.id).with_for_update()
    return (await session.execute(query)).scalars().all()
