"""Writes. The caller owns the transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from shared.database.session import Session
from shared.database.vault import Vault
from shared.messaging.audit import record_action
from vk_gateway.connections.inspection import KeyReport
from vk_gateway.connections.links import Found
from vk_gateway.connections.states import ConnectionState, Method
from vk_gateway.connections.tables import (
    Connection,
    ConnectionCommunity,
    ConsentStep,
    SpentStep,
)
from vk_gateway.errors import KeyGone

CONNECTION_LASTS = timedelta(days=1)
CONNECTION_IS_KNOWN = timedelta(days=30)
STEP_IS_KNOWN = timedelta(days=1)
# States that end by themselves.
OPEN = (
    ConnectionState.AUTHORIZING,
    ConnectionState.CHOOSING,
    ConnectionState.CONSENTING,
    ConnectionState.READY,
)


def key_place(connection_id: UUID, community_id: int) -> str:
    """Return what a connection's key for a community is bound to in the vault."""
    return f"connection-key:{connection_id}:{community_id}"


async def connect_by_key(
    session: Session, vault: Vault, *, project_id: UUID, operator_id: UUID, key: str, report: KeyReport
) -> Connection:
    """Store a key that was inspected, sealed."""
    connection = Connection(
        id=session.new_id(),
        project_id=project_id,
        operator_id=operator_id,
        method=Method.KEY,
        state=ConnectionState.READY,
        created_at=session.now,
        expires_at=session.now + CONNECTION_LASTS,
    )
    community = ConnectionCommunity(
        connection_id=connection.id,
        community_id=report.community_id,
        project_id=project_id,
        name=report.name,
        screen_name=report.screen_name,
        avatar_url=report.avatar_url,
        messages_enabled=report.messages_enabled,
        permissions=list(report.permissions),
        key_sealed=vault.seal(key, place=key_place(connection.id, report.community_id)),
    )
    session.add_all([connection, community])
    await session.flush()
    await record_action(
        session,
        "vk.connection_made",
        project_id=project_id,
        subject_id=connection.id,
        subject_name=report.name,
    )
    return connection


def state_now(connection: Connection, now: datetime) -> ConnectionState:
    """Return a connection's state; what has ended by itself is over even if nobody tidied up yet."""
    is_over = connection.state in OPEN and connection.expires_at <= now
    return ConnectionState.EXPIRED if is_over else connection.state


async def offer_community(session: Session, connection: Connection, found: Found) -> ConnectionCommunity:
    """Let a community be chosen that a link led to. The connection's row must be locked.

    Where VK listed what the person administers, whatever is not in the list they do not administer.
    """
    community = await session.get(ConnectionCommunity, (connection.id, found.id))
    if community is None:
        community = ConnectionCommunity(
            connection_id=connection.id,
            community_id=found.id,
            project_id=connection.project_id,
            name=found.name,
            screen_name=found.screen_name,
            avatar_url=found.avatar_url,
            is_admin=False if connection.lists_communities else None,
            permissions=[],
        )
        session.add(community)
        await session.flush()
    return community


async def note_findings(
    session: Session,
    connection_id: UUID,
    community_id: int,
    *,
    messages_enabled: bool | None,
    permissions: list[str] | None,
) -> None:
    """Remember what VK said when it was asked before saving; what it did not say stays as it is."""
    community = await session.get(ConnectionCommunity, (connection_id, community_id), with_for_update=True)
    if community is None:
        return
    if messages_enabled is not None:
        community.messages_enabled = messages_enabled
    if permissions is not None:
        community.permissions = list(permissions)


async def note_messages_on(
    session: Session, connection: Connection, community_id: int
) -> ConnectionCommunity:
    """Remember that a community's messages were switched on, and who wished it. Raises KeyGone."""
    key = (connection.id, community_id)
    community = await session.get(ConnectionCommunity, key, with_for_update=True)
    if community is None:
        raise KeyGone
    community.messages_enabled = True
    await record_action(
        session,
        "vk.messages_switched_on",
        project_id=connection.project_id,
        subject_id=connection.id,
        subject_name=community.name,
    )
    return community


async def key_of(session: Session, vault: Vault, connection_id: UUID, community_id: int) -> str | None:
    """Return the key that a connection has for a community, None when it has none (any more).

    Raises VaultError.
    """
    community = await session.get(ConnectionCommunity, (connection_id, community_id))
    if community is None or community.key_sealed is None:
        return None
    return vault.open(community.key_sealed, place=key_place(connection_id, community_id))


async def forget_key(session: Session, connection_id: UUID, community_id: int) -> None:
    """Erase a connection's key for a community; with its last key the connection is used up."""
    of_connection = ConnectionCommunity.connection_id == connection_id
    await session.execute(
        update(ConnectionCommunity)
        .where(of_connection, ConnectionCommunity.community_id == community_id)
        .values(key_sealed=None)
    )
    keys = select(ConnectionCommunity.community_id).where(
        of_connection, ConnectionCommunity.key_sealed.is_not(None)
    )
    await session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.state == ConnectionState.READY, ~keys.exists())
        .values(state=ConnectionState.USED)
    )


async def expire_connections(session: Session) -> None:
    """End what was left open and erase its keys; a connected community has its own copy."""
    query = select(Connection.id).where(Connection.expires_at < session.now, Connection.state.in_(OPEN))
    expired = (await session.execute(query.with_for_update())).scalars().all()
    if expired:
        await session.execute(
            update(ConnectionCommunity)
            .where(ConnectionCommunity.connection_id.in_(expired))
            .values(key_sealed=None)
        )
        await session.execute(
            update(Connection)
            .where(Connection.id.in_(expired))
            .values(state=ConnectionState.EXPIRED, person_id=None, person_name=None, person_avatar_url=None)
        )
    await session.execute(delete(ConsentStep).where(ConsentStep.expires_at < session.now - STEP_IS_KNOWN))
    await session.execute(delete(SpentStep).where(SpentStep.spent_at < session.now - STEP_IS_KNOWN))
    old = select(Connection.id).where(Connection.expires_at < session.now - CONNECTION_IS_KNOWN)
    await session.execute(delete(ConnectionCommunity).where(ConnectionCommunity.connection_id.in_(old)))
    await session.execute(delete(Connection).where(Connection.id.in_(old)))


async def forget_project(session: Session, project_id: UUID) -> None:
    """Drop every connection of a project that is gone."""
    for table in (ConsentStep, SpentStep, ConnectionCommunity, Connection):
        await session.execute(delete(table).where(table.project_id == project_id))
