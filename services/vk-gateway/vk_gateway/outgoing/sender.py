"""Sending: one reply in flight per dialog, in its order; what is unknown is looked up, never sent blindly."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import ColumnElement, exists
from structlog.contextvars import bound_contextvars

from shared.database.engine import Database
from shared.database.leases import Lease, still_held
from shared.database.session import Session
from vk_gateway.communities.actions import report_problem
from vk_gateway.communities.queries import DueCommunity, find_community
from vk_gateway.outgoing import actions
from vk_gateway.outgoing.queries import find_sent_under, list_sendable, sendable
from vk_gateway.outgoing.rules import LIMIT_REACHED, Outcome, Verdict, judge_failure, read_answer
from vk_gateway.tables import Community, Outgoing, OutgoingState
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()
attempts_made = Counter("otklik_vk_send_attempts", "Attempts to send a reply", ["verdict"])

AT_ONCE = 8
HISTORY_PAGE = 200
HISTORY_PAGES_MAX = 50
LOOK_UP_LATER_MAX = timedelta(minutes=1)
HISTORY_MARGIN = timedelta(minutes=2)


class Sender:
    """Works through a community's replies under its lease."""

    def __init__(self, database: Database, settle_seconds: float) -> None:
        self._database = database
        self._settle = timedelta(seconds=settle_seconds)
        self._in_flight: set[UUID] = set()

    def due(self, now: datetime) -> ColumnElement[bool]:
        """Return whether a reply of the community waits to be sent or looked up."""
        next_replies = sendable(now).subquery()
        return exists().where(next_replies.c.integration_id == Community.integration_id)

    async def put_off(self, session: Session, integration_id: UUID, delay: timedelta) -> None:
        """Put off every reply of an integration."""
        await actions.hold_replies(session, integration_id, delay)

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Send or look up what is due, several dialogs at once. Returns whether anything was due."""
        integration_id = community.integration_id
        async with self._database.read() as session:
            due = await list_sendable(session, integration_id, limit=AT_ONCE)
        due = [reply for reply in due if reply.id not in self._in_flight]
        await asyncio.gather(*(self._handle(reply, api, lease) for reply in due))
        return bool(due)

    async def _handle(self, reply: Outgoing, api: CommunityApi, lease: Lease) -> None:
        self._in_flight.add(reply.id)
        try:
            with bound_contextvars(correlation_id=reply.correlation_id):
                if reply.state is OutgoingState.QUEUED:
                    await self._send(reply.id, api, lease)
                elif reply.state is OutgoingState.CHECKING:
                    await self._look_up(reply, api, lease)
                else:
                    # `sending`, and not by us: whoever tried has died or lost the lease.
                    async with self._database.write() as session:
                        await actions.doubt(session, reply.id, self._settle)
        finally:
            self._in_flight.discard(reply.id)

    async def _send(self, reply_id: UUID, api: CommunityApi, lease: Lease) -> None:
        await api.pace.turn()
        async with self._database.write() as session:
            if not await still_held(session, lease):
                return
            reply = await actions.begin_attempt(session, reply_id, lease.fence)
        if reply is None:
            return
        outcome = await self._attempt(reply, api)
        attempts_made.labels(outcome.verdict.name.lower()).inc()
        await self._settle_outcome(reply, outcome)

    async def _attempt(self, reply: Outgoing, api: CommunityApi) -> Outcome:
        """Call messages.send, with `peer_ids`: only that answers with the number in the dialog."""
        try:
            response = await api.call_now(
                "messages.send", peer_ids=reply.external_id, random_id=reply.random_id, message=reply.text
            )
            return read_answer(response, attempts=reply.attempts)
        except VkError as error:
            if error.code == LIMIT_REACHED:
                api.pace.pause(1.0)
            return judge_failure(error, attempts=reply.attempts)
        except VkUnclear as error:
            return judge_failure(error, attempts=reply.attempts)

    async def _settle_outcome(self, reply: Outgoing, outcome: Outcome) -> None:
        async with self._database.write() as session:
            match outcome.verdict:
                case Verdict.SENT:
                    await self._settle_sent(session, reply, outcome.conversation_message_id)
                case Verdict.REFUSED:
                    await actions.give_up(session, reply.id, outcome.reason, fence=reply.fence)
                case Verdict.NOT_SENT:
                    await actions.put_off(
                        session, reply.id, outcome.delay, reason=outcome.reason, fence=reply.fence
                    )
                case Verdict.UNKNOWN:
                    await actions.doubt(session, reply.id, self._settle)
            if outcome.account_problem or outcome.verdict is Verdict.SENT:
                await _report(session, reply, outcome.account_problem)

    async def _settle_sent(self, session: Session, reply: Outgoing, number: int) -> None:
        other = await find_sent_under(session, reply.dialog_id, number)
        if other is not None and other != reply.id:
            log.warning("reply_was_swallowed", reply_id=str(reply.id), random_id=reply.random_id)
            await actions.renew_random_id(session, reply.id)
        else:
            await actions.complete(session, reply.id, number, session.now)

    async def _look_up(self, reply: Outgoing, api: CommunityApi, lease: Lease) -> None:
        """Find a doubtful reply in VK's history by its `random_id`; what is not there was not sent."""
        try:
            found = await self._find_in_history(reply, api)
        except (VkError, VkUnclear, KeyError, TypeError, ValueError) as error:
            log.info("history_not_read", reply_id=str(reply.id), error=str(error))
            await self._look_up_later(reply, error)
            return
        async with self._database.write() as session:
            if not await still_held(session, lease):
                return
            if found is None:
                await actions.not_in_history(session, reply.id)
            else:
                number, sent_at = found
                await actions.complete(session, reply.id, number, sent_at)

    async def _look_up_later(self, reply: Outgoing, error: Exception) -> None:
        """Wait longer the longer it lasts; a problem of the account is told and waits a minute."""
        is_account = isinstance(error, VkError) and error.failure_class is FailureClass.ACCOUNT
        async with self._database.write() as session:
            since = session.now - (reply.doubted_at or session.now)
            delay = LOOK_UP_LATER_MAX if is_account else min(max(self._settle, since / 2), LOOK_UP_LATER_MAX)
            await actions.doubt(session, reply.id, delay)
            if is_account:
                assert isinstance(error, VkError)
                await _report(session, reply, error.reason)

    async def _find_in_history(self, reply: Outgoing, api: CommunityApi) -> tuple[int, datetime] | None:
        """Read back to before the first attempt (messages.getHistory, newest first, 200 a page)."""
        assert reply.first_tried_at is not None
        oldest = reply.first_tried_at - HISTORY_MARGIN
        for page in range(HISTORY_PAGES_MAX):
            answer = await api.call(
                "messages.getHistory",
                peer_id=reply.external_id,
                count=HISTORY_PAGE,
                offset=page * HISTORY_PAGE,
            )
            items: list[dict[str, Any]] = answer["items"]
            for item in items:
                if item.get("out") and item.get("random_id") == reply.random_id:
                    return int(item["conversation_message_id"]), _moment(item["date"])
            if len(items) < HISTORY_PAGE or _moment(items[-1]["date"]) < oldest:
                return None
        return None


async def _report(session: Session, reply: Outgoing, problem: str | None) -> None:
    community = await find_community(session, reply.integration_id)
    if community is not None and community.epoch == reply.epoch:
        await report_problem(session, community, problem)


def _moment(unix_seconds: int) -> datetime:
    return datetime.fromtimestamp(unix_seconds, UTC)
