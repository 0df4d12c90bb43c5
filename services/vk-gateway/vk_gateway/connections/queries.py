"""Reads."""

from uuid import UUID

from sqlalchemy import select

from shared.database.session import Session
from vk_gateway.tables import Community, Connection, LinkState


async def find_connection(session: Session, connection_id: UUID) -> Connection | None:
    """Return a connection or None."""
    return await session.get(Connection, connection_id)


async def find_claiming_project(session: Session, community_id: int) -> UUID | None:
    """Return the project that a community serves, as far as this service has heard."""
    query = select(Community.project_id).where(
        Community.community_id == community_id,
        Community.link_state.in_([LinkState.LINKING, LinkState.LINKED]),
    )
    return (await session.execute(query)).scalars().first()
