"""Writes. The caller owns the transaction."""

from uuid import UUID

from shared.database.session import Session
from shared.database.vault import Vault
from shared.messaging.audit import record_action
from vk_gateway.connections.inspection import KeyReport
from vk_gateway.tables import Connection


def key_place(connection_id: UUID) -> str:
    """Return what a connection's key is bound to in the vault."""
    return f"connection-key:{connection_id}"


async def connect_by_key(
    session: Session, vault: Vault, *, project_id: UUID, operator_id: UUID, key: str, report: KeyReport
) -> Connection:
    """Store a key that was inspected, sealed."""
    connection_id = session.new_id()
    connection = Connection(
        id=connection_id,
        project_id=project_id,
        operator_id=operator_id,
        method="key",
        state="ready",
        community_id=report.community_id,
        name=report.name,
        screen_name=report.screen_name,
        avatar_url=report.avatar_url,
        is_admin=None,
        messages_enabled=report.messages_enabled,
        permissions=list(report.permissions),
        key_sealed=vault.seal(key, place=key_place(connection_id)),
        created_at=session.now,
    )
    session.add(connection)
    await session.flush()
    await record_action(
        session,
        "vk.connection_made",
        project_id=project_id,
        subject_id=connection_id,
        subject_name=report.name,
    )
    return connection
