"""Sealing keys: whether we have the right ones, and `reseal`, so that older ones may leave the settings."""

from sqlalchemy import select

from shared.database.engine import Database
from shared.database.session import Session
from shared.database.vault import Vault, VaultError
from shared.runtime.service import Service
from vk_gateway.communities.addresses import open_secret
from vk_gateway.tables import Base, CallbackAddress, Community, ConnectionCommunity

LOOKED_AT = 20
ADDRESS_SECRETS = ("path_sealed", "secret_sealed")


class SealingKeyMissing(Exception):
    """No key in the settings opens what is stored: nothing is started, and nothing is given up for it."""


async def refuse_strange_keys(database: Database, vault: Vault) -> None:
    """Look whether the settings have the key of what is stored. Raises SealingKeyMissing."""
    async with database.read() as session:
        query = select(CallbackAddress).order_by(CallbackAddress.created_at.desc()).limit(LOOKED_AT)
        addresses = (await session.scalars(query)).all()
    if addresses and not any(_opens(vault, address) for address in addresses):
        raise SealingKeyMissing(
            "VK_GATEWAY_ENCRYPTION_KEYS has no key that opens what is stored; put the one it was sealed with"
            " back, behind the new one if there is a new one"
        )


def _opens(vault: Vault, address: CallbackAddress) -> bool:
    try:
        open_secret(vault, address)
    except VaultError:
        return False
    return True


async def reseal(service: Service) -> None:
    """Reseal row by row, each in a transaction of its own; may run beside the service and be repeated."""
    vault: Vault = service.api.state.vault
    async with service.database.read() as session:
        query = select(ConnectionCommunity.connection_id, ConnectionCommunity.community_id)
        connections = (await session.execute(query)).all()
        communities = (await session.execute(select(Community.integration_id))).scalars().all()
        addresses = (await session.execute(select(CallbackAddress.path_hash))).scalars().all()
    count = 0
    for connection_id, community_id in connections:
        async with service.database.write() as session:
            key = (connection_id, community_id)
            count += await _reseal(session, vault, ConnectionCommunity, key, ("key_sealed",))
    for integration_id in communities:
        async with service.database.write() as session:
            count += await _reseal(session, vault, Community, integration_id, ("key_sealed",))
    for path_hash in addresses:
        async with service.database.write() as session:
            count += await _reseal(session, vault, CallbackAddress, path_hash, ADDRESS_SECRETS)
    print(f"{count} secrets are sealed with the newest key")  # noqa: T201 - a command's answer to a person


async def _reseal(
    session: Session, vault: Vault, table: type[Base], key: object, columns: tuple[str, ...]
) -> int:
    row = await session.get(table, key, with_for_update=True)
    sealed = [(column, getattr(row, column, None)) for column in columns]
    for column, value in sealed:
        if value is not None:
            setattr(row, column, vault.rotate(value))
    return sum(value is not None for _, value in sealed)
