"""Reads."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, bindparam, or_, select

from shared.database.choices import among_given, one_of
from shared.database.inserts import table_of
from shared.database.prepared import Prepared
from shared.database.session import Session
from vk_gateway.communities.moments import Moment
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
_LIVE_EPOCHS = Prepared(
    select(_community.integration_id, _community.epoch).where(
        among_given(_community.integration_id, "integrations"), one_of(_community.link_state, LIVE)
    )
)


async def list_live_epochs(session: Session, integration_ids: set[UUID]) -> dict[UUID, int]:
    """Return the epoch of each of these integrations that is live."""
    found = await _LIVE_EPOCHS.run(session, {"integrations": integration_ids})
    return {row[0]: row[1] for row in found}


class Due:
    """Finds live integrations that meet one of `conditions`, and with `with_linking` those whose link is due.

    Parked ones are left out unless asked for. It is asked so often that the query is built once.
    """

    def __init__(
        self,
        conditions: Sequence[Callable[[Moment], ColumnElement[bool]]],
        *,
        with_linking: bool,
        with_parked: bool,
    ) -> None:
        self._at = Moment()
        due = one_of(Community.link_state, LIVE) & or_(*(condition(self._at) for condition in conditions))
        if not with_parked:
            due &= Community.is_parked.is_(False)
        if with_linking:
            due |= Community.next_duty_at <= self._at.now
        query = select(Community.integration_id).where(due).limit(bindparam("count", type_=Integer()))
        self._query = Prepared(query)

    async def find(
        self, session: Session, at: datetime, *, besides: Collection[UUID], limit: int
    ) -> Sequence[UUID]:
        """Return integrations that are due at a time, but for those that are worked on already."""
        found = await self._query.run(session, {**self._at.given(at), "count": limit + len(besides)})
        return [integration_id for (integration_id,) in found if integration_id not in besides][:limit]


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
