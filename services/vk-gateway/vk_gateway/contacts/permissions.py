"""Who takes our messages: VK's events are hints; its `can_write` is the answer, and so is a refused send."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, bindparam, exists, select, tuple_, update

from shared.database.choices import among_given
from shared.database.engine import Database
from shared.database.inserts import inserted_rows, table_of
from shared.database.leases import Lease
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.events.channel import WritingPermissionChanged
from shared.messaging.outbox import publish_on_commit
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity, find_community
from vk_gateway.contacts.tables import WritingPermission
from vk_gateway.health.actions import suspect
from vk_gateway.health.rules import MESSAGES_DISABLED
from vk_gateway.tables import Community
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import MESSAGES_OFF, VkError, VkUnclear

log = structlog.get_logger()

BATCH = 100
RETRY = timedelta(seconds=30)
CHECKED_AGAIN_MAX = timedelta(hours=24)
PERSON_UNREACHABLE = "person_unreachable"
REASONS = frozenset(
    {
        "writing_not_allowed",
        "blocked_by_community",
        "privacy_settings",
        "person_is_gone",
        "reply_window_over",
        "no_conversation",
        PERSON_UNREACHABLE,
    }
)
# Messages are off for the whole community, or it is gone: no news of the person.
_NOT_THE_PERSON = MESSAGES_OFF | {203}
Person = tuple[UUID, str]


class Permissions:
    """Asks VK about people of one community, many in one call.

    While VK says no it is asked again, ever more rarely, so that a person who allowed messages again in a way
    that makes no event comes back by itself.
    """

    def __init__(self, database: Database, recheck_seconds: float) -> None:
        self._database = database
        self._recheck = timedelta(seconds=recheck_seconds)

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether VK is to be asked about a person of the community."""
        owner = WritingPermission.integration_id == Community.integration_id
        return exists().where(owner, WritingPermission.wanted_at <= at.now)

    async def _put_off(self, session: Session, integration_id: UUID, delay: timedelta) -> None:
        """Put off every look that is due for an integration."""
        chosen = (WritingPermission.integration_id == integration_id) & (
            WritingPermission.wanted_at <= session.now
        )
        await session.execute(
            update(WritingPermission)
            .where(chosen)
            .values(wanted_at=session.now + delay)
            .execution_options(synchronize_session=False)
        )

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Ask about one batch. Returns whether more may be wanted."""
        integration_id = community.integration_id
        async with self._database.read() as session:
            wanted = await _list_wanted(session, integration_id)
        if not wanted:
            return False
        try:
            answer = await api.call_in_background("messages.getConversationsById", peer_ids=",".join(wanted))
            found = {str(item["peer"]["id"]): item["can_write"] for item in answer["items"]}
        except (VkError, VkUnclear, KeyError, TypeError) as error:
            log.info("permissions_not_read", integration_id=str(integration_id), error=str(error))
            async with self._database.write() as session:
                await self._put_off(session, integration_id, RETRY)
            return False
        async with self._database.write() as session:
            owner = await find_community(session, integration_id)
            if owner is not None:
                for external_id in sorted(wanted):
                    await self._learn(session, owner, external_id, found.get(external_id))
                if any(verdict.get("reason") in MESSAGES_OFF for verdict in found.values()):
                    await suspect(session, integration_id, community.epoch, MESSAGES_DISABLED)
        return len(wanted) == BATCH

    async def _learn(self, session: Session, community: Community, external_id: str, can_write: Any) -> None:
        row = await _locked(session, community.integration_id, external_id)
        if row is None:
            return
        code = can_write.get("reason") if isinstance(can_write, dict) else None
        known = isinstance(can_write, dict) and "allowed" in can_write and code not in _NOT_THE_PERSON
        if known:
            allowed = bool(can_write["allowed"])
            reason = None if allowed else reason_of(code)
            await _set(session, community, row, allowed=allowed, reason=reason)
        row.wanted_at = self._next_look(session.now, row)

    def _next_look(self, now: datetime, row: WritingPermission) -> datetime | None:
        if row.allowed is not False:
            return None
        since = now - (row.changed_at or now)
        return now + min(max(since, self._recheck), CHECKED_AGAIN_MAX)


def reason_of(code: Any) -> str:
    """Return the stable code for VK's number of why a person cannot be written to."""
    known = isinstance(code, int)
    reason = VkError("messages.getConversationsById", code, "").reason if known else PERSON_UNREACHABLE
    return reason if reason in REASONS else PERSON_UNREACHABLE


async def learn_permission(
    session: Session,
    *,
    integration_id: UUID,
    external_id: str,
    allowed: bool,
    reason: str | None,
) -> None:
    """Store what VK has shown by refusing or taking a message, and announce it when it is news.

    A refusal is looked at again later; a `reason` that is none of the stable ones becomes
    `person_unreachable`. Unknown integrations are ignored.
    """
    community = await find_community(session, integration_id)
    if community is None:
        return
    if not allowed:
        await _make_rows(session, {(integration_id, external_id): community.project_id})
    row = await _locked(session, integration_id, external_id)
    if row is None:
        return
    stable = None if allowed else reason if reason in REASONS else PERSON_UNREACHABLE
    await _set(session, community, row, allowed=allowed, reason=stable)
    # The first look confirms it; how often after that is for `Permissions`.
    row.wanted_at = None if allowed else session.now + RETRY


async def want_permission_check(session: Session, people: Mapping[Person, UUID]) -> None:
    """Have these (integration, person) looked at soon; the values are their projects."""
    if people:
        await _make_rows(session, people)
        await session.execute(
            update(WritingPermission)
            .where(tuple_(WritingPermission.integration_id, WritingPermission.external_id).in_(people))
            .values(wanted_at=session.now)
            .execution_options(synchronize_session=False)
        )


async def recheck_denied(session: Session, people: Collection[Person]) -> None:
    """Have those of these (integration, person) looked at soon who were said not to take our messages."""
    if people:
        given = {"integrations": {each[0] for each in people}, "people": {each[1] for each in people}}
        await _RECHECK_DENIED.run(session, {**given, "now": session.now})


_permission = table_of(WritingPermission)
# Wider than asked for, and simple: more than one integration in a batch is rare.
_RECHECK_DENIED = Prepared(
    update(_permission)
    .where(
        among_given(_permission.c.integration_id, "integrations"),
        among_given(_permission.c.external_id, "people"),
        _permission.c.allowed.is_not(True),
    )
    .values(wanted_at=bindparam("now"))
)


async def _list_wanted(session: Session, integration_id: UUID) -> Sequence[str]:
    query = (
        select(WritingPermission.external_id)
        .where(WritingPermission.integration_id == integration_id, WritingPermission.wanted_at <= session.now)
        .order_by(WritingPermission.wanted_at)
        .limit(BATCH)
    )
    return (await session.execute(query)).scalars().all()


async def _make_rows(session: Session, people: Mapping[Person, UUID]) -> None:
    keys = ["integration_id", "external_id"]
    rows = [
        {"integration_id": integration_id, "external_id": external_id, "project_id": project_id}
        for (integration_id, external_id), project_id in sorted(people.items())
    ]
    await inserted_rows(session, WritingPermission, rows, conflict=keys, returning=keys)


async def _locked(session: Session, integration_id: UUID, external_id: str) -> WritingPermission | None:
    return await session.get(
        WritingPermission, (integration_id, external_id), with_for_update=True, populate_existing=True
    )


async def _set(
    session: Session, community: Community, row: WritingPermission, *, allowed: bool, reason: str | None
) -> None:
    """Store an answer; a person of whom nothing was known and who takes our messages is no news."""
    before = True if row.allowed is None else row.allowed, row.reason
    row.allowed, row.reason, row.checked_at = allowed, reason, session.now
    if before == (allowed, reason):
        return
    row.changed_at = session.now
    await publish_on_commit(
        session,
        WritingPermissionChanged(
            project_id=community.project_id,
            integration_id=community.integration_id,
            epoch=community.epoch,
            external_id=row.external_id,
            allowed=allowed,
            reason=reason,
            checked_at=session.now,
        ),
    )
