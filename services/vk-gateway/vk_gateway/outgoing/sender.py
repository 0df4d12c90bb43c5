"""Sending: one call in flight per dialog, in its order; what is unknown is looked up, never sent blindly."""

import asyncio
import json
from collections.abc import Coroutine, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import ColumnElement
from structlog.contextvars import bound_contextvars

from shared.database.engine import Database
from shared.database.leases import Lease
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity, is_parked
from vk_gateway.outgoing import attempts
from vk_gateway.outgoing.looking_up import LookingUp
from vk_gateway.outgoing.queries import list_followers, list_heads, list_parts, sendable
from vk_gateway.outgoing.rules import LIMIT_REACHED, Outcome, judge_failure, read_answer
from vk_gateway.outgoing.script import (
    SEND,
    SENDS_MAX,
    TEXT_CHARACTERS_MAX,
    Send,
    judge_whole,
    read_results,
    write_script,
)
from vk_gateway.outgoing.uploads import Uploads
from vk_gateway.tables import Community, Outgoing, OutgoingPart, OutgoingState
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()
attempts_made = Counter("otklik_vk_send_attempts", "Attempts to send a reply", ["verdict"])

CALLS_AT_ONCE = 4
WORK_SECONDS_MAX = 5.0
LOOK_AGAIN_SECONDS = 0.25
# After VK did not run a script, replies go one by one for this long.
SINGLY_SECONDS = 60.0
LIMIT_PAUSE_SECONDS = 1.0
Parts = dict[UUID, list[OutgoingPart]]
# Of each dialog the replies that go in one call, in order.
Burst = list[list[Outgoing]]
Results = list[tuple[Outgoing, Outcome]]


class Sender:
    """Works through a community's replies under its lease.

    A reply that is alone goes at once, by messages.send; many that wait go together, by `execute`.
    """

    def __init__(self, database: Database, uploads: Uploads, settle_seconds: float) -> None:
        self._database = database
        self._uploads = uploads
        self._world = database.world
        self._settle = timedelta(seconds=settle_seconds)
        self._looking_up = LookingUp(database, self._settle)
        self._busy: set[UUID] = set()
        self._singly_until: dict[UUID, float] = {}

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether a reply of the community waits to be sent or looked up."""
        of_community = sendable(at.now).where(Outgoing.integration_id == Community.integration_id)
        return of_community.with_only_columns(Outgoing.id).correlate(Community).exists()

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Send or look up what is due, several calls at once. Returns whether anything was due."""
        until = self._world.monotonic() + WORK_SECONDS_MAX
        running: set[asyncio.Task[None]] = set()
        was_due = False
        try:
            while True:
                free = CALLS_AT_ONCE - len(running)
                if free and self._world.monotonic() < until:
                    calls = await self._next_calls(community.integration_id, api, lease, free)
                    running |= {asyncio.create_task(call) for call in calls}
                if not running:
                    return was_due
                was_due = True
                done, running = await asyncio.wait(
                    running, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _next_calls(
        self, integration_id: UUID, api: CommunityApi, lease: Lease, limit: int
    ) -> list[Coroutine[Any, Any, None]]:
        """Decide what the next calls are, at most `limit`, and mark their dialogs as busy."""
        room = limit * SENDS_MAX
        async with self._database.read() as session:
            if await is_parked(session, integration_id):
                return []
            besides = self._busy | self._uploads.dialogs
            heads = await list_heads(session, integration_id, besides=besides, limit=room)
            parts = await list_parts(session, {head.id for head in heads if head.has_files})
            ready = [head for head in heads if self._is_ready(head, parts)]
            followers = await list_followers(session, ready, limit=room) if ready else []
        if self._singly_until.get(integration_id, 0.0) > self._world.monotonic():
            bursts = [[[head]] for head in ready]
        else:
            bursts = list(in_bursts(ready, followers))
        calls = [self._occupied(burst, self._send(burst, parts, api, lease)) for burst in bursts[:limit]]
        for head in heads:
            if head not in ready and len(calls) < limit:
                calls.append(self._occupied([[head]], self._handle(head, parts, api, lease)))
        return calls

    def _is_ready(self, head: Outgoing, parts: Parts) -> bool:
        is_sure = head.state is OutgoingState.QUEUED and head.doubted_at is None
        return is_sure and not self._uploads.missing(parts.get(head.id, []))

    def _occupied(self, burst: Burst, call: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
        dialogs = {replies[0].dialog_id for replies in burst}
        self._busy |= dialogs

        async def occupied() -> None:
            try:
                await call
            finally:
                self._busy -= dialogs

        return occupied()

    async def _handle(self, head: Outgoing, parts: Parts, api: CommunityApi, lease: Lease) -> None:
        """Work on a reply that cannot simply be sent."""
        with bound_contextvars(correlation_id=head.correlation_id):
            if head.state is OutgoingState.CHECKING:
                await self._looking_up.work(head, api, lease)
            elif head.state is OutgoingState.SENDING:
                # Not by us: whoever tried has died or lost the lease.
                async with self._database.write() as session:
                    await attempts.doubt_all(session, [head.id], self._settle)
            elif self._uploads.missing(parts.get(head.id, [])):
                self._uploads.begin(head, parts[head.id], api)
            else:
                await self._send([[head]], parts, api, lease)

    async def _send(self, burst: Burst, parts: Parts, api: CommunityApi, lease: Lease) -> None:
        await api.pace.turn()
        ids = [reply.id for replies in burst for reply in replies]
        async with self._database.write() as session:
            begun = await attempts.begin_attempts(session, ids, lease)
        if not begun.replies:
            return
        dialogs: dict[UUID, list[Outgoing]] = {}
        for reply in begun.replies:
            dialogs.setdefault(reply.dialog_id, []).append(reply)
        results = await self._attempt(list(dialogs.values()), parts, api)
        for _, outcome in results:
            attempts_made.labels(outcome.verdict.name.lower()).inc()
        async with self._database.write() as session:
            await attempts.settle_attempts(
                session, results, doubt_for=self._settle, had_problem=begun.had_problem
            )

    async def _attempt(self, burst: Burst, parts: Parts, api: CommunityApi) -> Results:
        """Ask VK to send, and judge each reply by itself."""
        if len(burst) == len(burst[0]) == 1:
            (reply,) = burst[0]
            return [(reply, await self._attempt_one(reply, parts, api))]
        code, arguments = write_script([[_send_of(reply, parts) for reply in of] for of in burst])
        try:
            response, errors = await api.execute_now(code, arguments)
        except (VkError, VkUnclear) as error:
            self._mind_the_limit(error, api)
            log.info("script_failed", error=str(error))
            judged = [(reply, judge_whole(error, attempts=reply.attempts)) for of in burst for reply in of]
            if any(is_to_blame for _, (_, is_to_blame) in judged):
                self._singly_until[burst[0][0].integration_id] = self._world.monotonic() + SINGLY_SECONDS
            return [(reply, outcome) for reply, (outcome, _) in judged]
        outcomes = read_results(response, errors, [[reply.attempts for reply in of] for of in burst])
        return [
            pair
            for of, judgements in zip(burst, outcomes, strict=True)
            for pair in zip(of, judgements, strict=True)
        ]

    async def _attempt_one(self, reply: Outgoing, parts: Parts, api: CommunityApi) -> Outcome:
        try:
            response = await api.call_now(SEND, **_send_of(reply, parts))
            return read_answer(response, attempts=reply.attempts)
        except (VkError, VkUnclear) as error:
            self._mind_the_limit(error, api)
            return judge_failure(error, attempts=reply.attempts)

    def _mind_the_limit(self, error: VkError | VkUnclear, api: CommunityApi) -> None:
        if isinstance(error, VkError) and error.code == LIMIT_REACHED:
            api.pace.pause(LIMIT_PAUSE_SECONDS)


def in_bursts(heads: Sequence[Outgoing], followers: Sequence[Outgoing]) -> Iterator[Burst]:
    """Put replies together that can go in one call: each dialog's in one, and not too much text."""
    of_dialog: dict[UUID, list[Outgoing]] = {head.dialog_id: [head] for head in heads}
    for reply in followers:
        of_dialog[reply.dialog_id].append(reply)
    burst: Burst = []
    sends = characters = 0
    for replies in of_dialog.values():
        fitting: list[Outgoing] = []
        for reply in replies:
            if sends == SENDS_MAX or (sends and characters + len(reply.text) > TEXT_CHARACTERS_MAX):
                if fitting:
                    break
                yield burst
                burst, sends, characters = [], 0, 0
            fitting.append(reply)
            sends += 1
            characters += len(reply.text)
        burst = [*burst, fitting]
    if burst:
        yield burst


def _send_of(reply: Outgoing, parts: Parts) -> Send:
    """Return the parameters of messages.send. Only `peer_ids` answers with the number in the dialog."""
    parameters: dict[str, str | int] = {
        "peer_ids": reply.external_id,
        "random_id": reply.random_id,
        "message": reply.text,
    }
    if reply.quoted_number is not None:
        quoted = {"peer_id": int(reply.external_id), "conversation_message_ids": [reply.quoted_number]}
        parameters["forward"] = json.dumps({**quoted, "is_reply": 1})
    if attached := [part.reference for part in parts.get(reply.id, []) if part.reference]:
        parameters["attachment"] = ",".join(attached)
    return parameters
