"""Reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select

from shared.database.session import Session
from vk_gateway.tables import UNSETTLED, Community, LinkState, Outgoing, Profile

LIVE = (LinkState.LINKING, LinkState.LINKED)


@dataclass(frozen=True)
class DueCommunity:
    """A community for which something is due at VK."""

    integration_id: UUID
    community_id: int
    epoch: int
    link_state: LinkState
    key_sealed: str | None
    link_is_due: bool


async def find_community(session: Session, integration_id: UUID) -> Community | None:
    """Return a community or None."""
    return await session.get(Community, integration_id)


async def find_by_path(session: Session, path_hash: bytes) -> Community | None:
    """Return the live community behind a callback path, or None."""
    query = select(Community).where(Community.path_hash == path_hash, Community.link_state.in_(LIVE))
    return (await session.execute(query)).scalar_one_or_none()


async def list_live_epochs(session: Session, integration_ids: set[UUID]) -> dict[UUID, int]:
    """Return the epoch of each of these integrations that is live."""
    query = select(Community.integration_id, Community.epoch).where(
        Community.integration_id.in_(integration_ids), Community.link_state.in_(LIVE)
    )
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def list_due(session: Session, *, limit: int) -> Sequence[DueCommunity]:
    """Return communities with linking, replies or profiles due, in no particular order."""
    now: datetime = session.now
    link_is_due = Community.next_duty_at <= now
    reply_is_due = exists().where(
        Outgoing.integration_id == Community.integration_id,
        Outgoing.settled_at.is_(None),
        Outgoing.state.in_(UNSETTLED),
        Outgoing.next_attempt_at <= now,
    )
    profile_is_due = exists().where(
        Profile.integration_id == Community.integration_id, Profile.wanted_at <= now
    )
    query = (
        select(
            Community.integration_id,
            Community.community_id,
            Community.epoch,
            Community.link_state,
            Community.key_sealed,
            link_is_due,
        )
        .where(
            or_(link_is_due, Community.link_state.in_(LIVE) & or_(reply_is_due, profile_is_due)),
        )
        .limit(limit)
    )
    return [DueCommunity(*row[:5], link_is_due=bool(row[5])) for row in (await session.execute(query)).all()]
