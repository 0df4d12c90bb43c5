"""The addresses at which VK reaches us: made, looked up, retired. The caller owns the transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from shared.database.session import Session
from shared.database.vault import Vault
from vk_gateway.communities.tables import CallbackAddress
from vk_gateway.tables import Community

SECRET_BYTES = 36
PATH_BYTES = 24
# VK repeats what it could not deliver for an hour and three quarters.
RETIRED_LASTS = timedelta(hours=2)


@dataclass(frozen=True)
class Address:
    """What VK is told: `path` ends the URL, `secret` comes back in every update."""

    path: str
    secret: str
    made_at: datetime


def path_hash(path_token: str) -> bytes:
    """Return what a callback path is looked up by; the path itself is a secret."""
    return hashlib.sha256(path_token.encode()).digest()


async def make_address(session: Session, vault: Vault, community: Community) -> None:
    """Write down a new address, before VK hears of it; from now on it is the one that VK shall have."""
    path = session.world.token(PATH_BYTES)
    integration_id = community.integration_id
    session.add(
        CallbackAddress(
            path_hash=path_hash(path),
            integration_id=integration_id,
            project_id=community.project_id,
            community_id=community.community_id,
            epoch=community.epoch,
            path_sealed=vault.seal(path, place=_path_place(integration_id)),
            secret_sealed=vault.seal(session.world.token(SECRET_BYTES), place=_secret_place(integration_id)),
            created_at=session.now,
        )
    )
    await session.flush()


async def find_address(session: Session, vault: Vault, integration_id: UUID, epoch: int) -> Address | None:
    """Return the address that VK shall have. Raises VaultError."""
    query = (
        select(CallbackAddress)
        .where(CallbackAddress.integration_id == integration_id, CallbackAddress.epoch == epoch)
        .order_by(CallbackAddress.created_at.desc(), CallbackAddress.path_hash)
        .limit(1)
    )
    row = await session.scalar(query)
    if row is None:
        return None
    path = vault.open(row.path_sealed, place=_path_place(integration_id))
    return Address(path, open_secret(vault, row), row.created_at)


def open_secret(vault: Vault, address: CallbackAddress) -> str:
    """Return the secret of an address. Raises VaultError."""
    return vault.open(address.secret_sealed, place=_secret_place(address.integration_id))


async def retire_before(session: Session, integration_id: UUID, made_at: datetime) -> None:
    """VK has an address that was made then: the earlier ones are accepted for a while yet."""
    await session.execute(
        update(CallbackAddress)
        .where(
            CallbackAddress.integration_id == integration_id,
            CallbackAddress.created_at < made_at,
            CallbackAddress.retired_at.is_(None),
        )
        .values(retired_at=session.now)
    )


async def list_accepted(session: Session, integration_id: UUID, epoch: int) -> Sequence[CallbackAddress]:
    """Return the addresses of an epoch at which VK's updates are accepted."""
    query = select(CallbackAddress).where(
        CallbackAddress.integration_id == integration_id,
        CallbackAddress.epoch == epoch,
        or_(CallbackAddress.retired_at.is_(None), CallbackAddress.retired_at > session.now - RETIRED_LASTS),
    )
    return (await session.scalars(query)).all()


async def list_paths(session: Session, community_id: int) -> dict[bytes, UUID]:
    """Return every path that VK ever heard of for a community, by its hash, with whose it was."""
    query = select(CallbackAddress.path_hash, CallbackAddress.integration_id)
    query = query.where(CallbackAddress.community_id == community_id)
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


def _path_place(integration_id: UUID) -> str:
    return f"path:{integration_id}"


def _secret_place(integration_id: UUID) -> str:
    return f"secret:{integration_id}"
