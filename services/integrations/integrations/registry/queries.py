"""Reads."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from integrations.states import State
from integrations.tables import Claim, Integration, Project
from shared.database.choices import among
from shared.database.session import Session


async def find_integration(
    session: Session, integration_id: UUID, *, lock: bool = False
) -> Integration | None:
    """Return an integration, live or deleted; `lock` keeps others from changing it until the commit."""
    query = select(Integration).where(Integration.id == integration_id)
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def find_living(session: Session, integration_id: UUID, epoch: int) -> Integration | None:
    """Return the locked integration if this epoch of it is alive."""
    integration = await find_integration(session, integration_id, lock=True)
    return integration if integration is not None and is_living(integration, epoch) else None


def is_living(integration: Integration, epoch: int) -> bool:
    """Tell whether this is the epoch that lives."""
    return integration.state is not State.DELETED and integration.epoch == epoch


async def lock_all(session: Session, ids: Collection[UUID]) -> dict[UUID, Integration]:
    """Return integrations by id, locked in the order of their ids so that two such callers do not meet."""
    query = select(Integration).where(among(Integration.id, ids)).order_by(Integration.id)
    return {row.id: row for row in await session.scalars(query.with_for_update())}


async def find_owner(session: Session, channel: str, community_id: int) -> Project | None:
    """Return the project that a community serves; confined to a caller's projects, None for others'."""
    query = (
        select(Project)
        .join(Integration, Integration.project_id == Project.id)
        .join(Claim, Claim.integration_id == Integration.id)
        .where(Claim.channel == channel, Claim.community_id == community_id)
    )
    return (await session.scalars(query)).one_or_none()


async def is_claimed_elsewhere(session: Session, project_id: UUID, channel: str, community_id: int) -> bool:
    """Tell whether a community serves another project by now."""
    query = (
        select(Integration.project_id)
        .select_from(Claim)
        .outerjoin(Integration, Integration.id == Claim.integration_id)
        .where(Claim.channel == channel, Claim.community_id == community_id)
    )
    # A project that is not the caller's is hidden from them, and so reads as none.
    return any(owner != project_id for owner in await session.scalars(query))


async def list_live(
    session: Session, project_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Integration]:
    """Return a project's live integrations, first connected first."""
    query = select(Integration).where(
        Integration.project_id == project_id, Integration.state != State.DELETED
    )
    if after is not None:
        query = query.where(Integration.id > after)
    return (await session.scalars(query.order_by(Integration.id).limit(limit))).all()


async def list_all(session: Session, *, after: UUID | None, limit: int) -> Sequence[Integration]:
    """Return the integrations of every project, deleted ones too, by id."""
    query = select(Integration)
    if after is not None:
        query = query.where(Integration.id > after)
    return (await session.scalars(query.order_by(Integration.id).limit(limit))).all()
