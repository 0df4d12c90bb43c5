"""Reads."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from shared.database.session import Session
from vk_gateway.connections.tables import Connection, ConnectionCommunity
from vk_gateway.tables import Community, LinkState


async def find_connection(
    session: Session, connection_id: UUID, *, for_update: bool = False
) -> Connection | None:
    """Return a connection or None, locked on request."""
    return await session.get(Connection, connection_id, with_for_update=for_update)


async def list_communities(session: Session, connection_id: UUID) -> Sequence[ConnectionCommunity]:
    """Return the communities that a connection is about, by name."""
    query = select(ConnectionCommunity).where(ConnectionCommunity.connection_id == connection_id)
    ordered = query.order_by(ConnectionCommunity.name, ConnectionCommunity.community_id)
    return (await session.execute(ordered)).scalars().all()


async def find_claims(session: Session, community_ids: Collection[int]) -> dict[int, UUID]:
    """Return the project that each of these communities serves, as far as this service has heard."""
    query = select(Community.community_id, Community.project_id).where(
        Community.community_id.in_(community_ids),
        Community.link_state.in_([LinkState.LINKING, LinkState.LINKED]),
    )
    return {row[0]: row[1] for row in (await session.execute(query)).all()}
