"""Reads."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from shared.database.choices import among_given
from shared.database.inserts import table_of
from shared.database.session import Session
from vk_gateway.communities.tables import CallbackAddress
from vk_gateway.tables import Community, LinkState

LIVE = (LinkState.LINKING, LinkState.LINKED)


@dataclass(frozen=True)
class DueCommunity:
    """A community for which something may be due at VK."""

    integration_id: UUID
    project_id: UUID
    community_id: int
    epoch: int
    link_state: LinkState
    key_sealed: str | None
    link_is_due: bool
    is_parked: bool


async def find_community(session: Session, integration_id: UUID) -> Community | None:
    """Return a community or None."""
    return await session.get(Community, integration_id)


async def is_parked(session: Session, integration_id: UUID) -> bool:
    """Whether nothing but probes is asked of VK for a community now."""
    query = select(Community.is_parked).where(Community.integration_id == integration_id)
    return bool(await session.scalar(query))


async def lasts(session: Session, community: DueCommunity) -> bool:
    """Whether an epoch is still the latest; no other begins before this transaction ends."""
    query = select(Community.epoch).where(Community.integration_id == community.integration_id)
    return (await session.execute(query.with_for_update())).scalar_one_or_none() == community.epoch


async def find_by_path(session: Session, path_hash: bytes) -> Community | None:
    """Return the live community behind a callback path of its epoch, or None."""
    query = (
        select(Community)
        .join(CallbackAddress, CallbackAddress.integration_id == Community.integration_id)
        .where(
            CallbackAddress.path_hash == path_hash,
            CallbackAddress.epoch == Community.epoch,
            Community.link_state.in_(LIVE),
        )
    )
    return (await session.execute(query)).scalar_one_or_none()


_community = table_of(Community).c
_LIVE_EPOCHS = select(_community.integration_id, _community.epoch).where(
    among_given(_community.integration_id, "integrations"), _community.link_state.in_(LIVE)
)


async def list_live_epochs(session: Session, integration_ids: set[UUID]) -> dict[UUID, int]:
    """Return the epoch of each of these integrations that is live."""
    found = await session.execute(_LIVE_EPOCHS, {"integrations": integration_ids})
    return {row[0]: row[1] for row in found.all()}


async def list_due(
    session: Session,
    conditions: Sequence[Callable[[datetime], ColumnElement[bool]]],
    at: datetime,
    *,
    with_linking: bool,
    with_parked: bool,
    besides: Collection[UUID],
    limit: int,
) -> Sequence[UUID]:
    """Return live integrations that meet one of `conditions` at a time, and those whose link is due.

    Those already worked on are left out (`besides`), links and parked ones unless asked for.
    """
    due = Community.link_state.in_(LIVE) & or_(*(condition(at) for condition in conditions))
    if not with_parked:
        due &= Community.is_parked.is_(False)
    if with_linking:
        due |= Community.next_duty_at <= at
    query = select(Community.integration_id).where(due, Community.integration_id.notin_(besides)).limit(limit)
    return (await session.execute(query)).scalars().all()


async def get_due(session: Session, integration_id: UUID) -> DueCommunity | None:
    """Return a community as it is now, for a round of work on it."""
    community = await session.get(Community, integration_id)
    if community is None:
        return None
    return DueCommunity(
        integration_id=integration_id,
        project_id=community.project_id,
        community_id=community.community_id,
        epoch=community.epoch,
        link_state=community.link_state,
        key_sealed=community.key_sealed,
        link_is_due=community.next_duty_at is not None and community.next_duty_at <= session.now,
        is_parked=community.is_parked,
    )
