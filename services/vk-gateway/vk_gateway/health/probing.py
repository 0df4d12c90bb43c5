"""Probing: asking VK about a community now and then, and at once when something is wrong."""

from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, exists, or_, select

from shared.database.engine import Database
from shared.database.leases import Lease, release_lease, still_held
from shared.database.session import Session
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.health import rules
from vk_gateway.health.actions import PERIOD, lock_community, settle_probe
from vk_gateway.health.rules import Finding
from vk_gateway.health.tables import Health
from vk_gateway.history.tables import Reception, Transport
from vk_gateway.tables import Community, LinkState
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()

DIALOGS_LOOKED_AT = 20
# No probe is this far away: the clock was wrong when it was planned.
FARTHEST = timedelta(minutes=10)


class Probing:
    """Probes one community: its state, the key's rights, and whether its messages are on."""

    def __init__(self, database: Database, every_seconds: float) -> None:
        self._database = database
        self._every = timedelta(seconds=every_seconds)

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether the community is to be probed."""
        farthest = at.after(max(FARTHEST, 2 * self._every))
        return exists().where(
            Health.integration_id == Community.integration_id,
            Community.link_state == LinkState.LINKED,
            or_(Health.next_probe_at <= at.now, Health.next_probe_at > farthest),
        )

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Probe once."""
        async with self._database.read() as session:
            by_callback = await _is_by_callback(session, community)
        finding = await look(api.unheard, by_callback=by_callback)
        if finding.problem is not None:
            log.info("probe_failed", integration_id=str(community.integration_id), problem=finding.problem)
        async with self._database.write() as session:
            if await still_held(session, lease):
                await _settle(session, community, finding, self._every)
                if finding.problem == rules.VK_UNAVAILABLE:
                    # Perhaps it is only we who do not reach VK: another process may try.
                    await release_lease(session, lease)
        return False


async def look(api: CommunityApi, *, by_callback: bool) -> Finding:
    """Ask VK how a community is.

    VK: groups.getById says whether it is deleted or banned, groups.getTokenPermissions what the key may do,
    and `can_write` of the latest dialogs (messages.getConversations) whether messages are on.
    """
    try:
        answer = await api.call("groups.getById")
        group = (answer["groups"] if isinstance(answer, dict) else answer)[0]
        if problem := rules.problem_of_state(group.get("deactivated")):
            return Finding(problem)
        rights = (await api.call("groups.getTokenPermissions"))["permissions"]
        finding = rules.judge_rights({str(right["name"]) for right in rights}, by_callback=by_callback)
        if finding.problem is not None:
            return finding
        answer = await api.call("messages.getConversations", count=DIALOGS_LOOKED_AT)
        return Finding(warnings=finding.warnings, messages_off=rules.are_messages_off(answer["items"]))
    except VkError as error:
        is_account = error.failure_class is FailureClass.ACCOUNT
        return Finding(error.reason if is_account else rules.VK_UNAVAILABLE)
    except (VkUnclear, KeyError, TypeError, IndexError, AttributeError):
        return Finding(rules.VK_UNAVAILABLE)


async def note_no_key(database: Database, due: DueCommunity) -> None:
    """A community cannot be spoken for: its key is gone, or no sealing key opens it."""
    problem = rules.KEY_UNREADABLE if due.key_sealed else rules.KEY_MISSING
    async with database.write() as session:
        health = await session.get(Health, due.integration_id)
        if health is not None and (health.problem != problem or health.next_probe_at <= session.now):
            await _settle(session, due, Finding(problem), None, is_sure=True)


async def _settle(
    session: Session, due: DueCommunity, finding: Finding, period: timedelta | None, *, is_sure: bool = False
) -> None:
    community = await lock_community(session, due.integration_id)
    if community is None or community.epoch != due.epoch or community.link_state is not LinkState.LINKED:
        return
    await settle_probe(session, community, finding, period=period or PERIOD, is_sure=is_sure)


async def _is_by_callback(session: Session, community: DueCommunity) -> bool:
    query = select(Reception.transport).where(Reception.integration_id == community.integration_id)
    return await session.scalar(query) is Transport.CALLBACK
