"""Making, using and revoking API keys. The caller owns the transaction."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc.jwk import OKPKey
from sqlalchemy import delete, func, select, update

from accounts.audit.actions import record
from accounts.audit.kinds import AuditKind
from accounts.errors import ApiKeyNotFound, TooManyApiKeys
from accounts.people.rules import may_grant
from accounts.projects.queries import get_persons_role, lock_project
from accounts.sessions.access import announce_cut, next_moment, this_moment
from accounts.sessions.actions import hashed
from accounts.tables import ApiKey
from shared.database.engine import Database
from shared.database.session import Session
from shared.http.access import ACCESS_SECONDS, API_KEY_PREFIX, Caller, Guard, Role, sign_access
from shared.http.problems import Forbidden, Unauthenticated

KEYS_PER_PROJECT_MAX = 50
PUBLIC_BYTES = 6


@dataclass(frozen=True)
class KeyAccess:
    """An access token that an API key was exchanged for."""

    token: str
    expires_at: datetime


async def make_api_key(
    session: Session, caller: Caller, project_id: UUID, *, name: str, role: Role
) -> tuple[ApiKey, str]:
    """Make a key with at most the caller's own role; return it with its secret text.

    Raises ProjectNotFound, Forbidden, TooManyApiKeys.
    """
    await get_persons_role(session, project_id, caller, at_least=Role.ADMIN)
    await lock_project(session, project_id)
    own = await get_persons_role(session, project_id, caller, at_least=Role.ADMIN)
    if not may_grant(own, role):
        raise Forbidden
    count = select(func.count()).select_from(ApiKey).where(ApiKey.project_id == project_id)
    if (await session.execute(count)).scalar_one() >= KEYS_PER_PROJECT_MAX:
        raise TooManyApiKeys
    prefix = f"{API_KEY_PREFIX}{session.world.token(PUBLIC_BYTES)}"
    text = f"{prefix}.{session.world.token()}"
    key = ApiKey(
        id=session.new_id(),
        project_id=project_id,
        name=name,
        role=role,
        prefix=prefix,
        key_hash=hashed(text),
        token_ms=0,
        created_at=session.now,
        last_used_at=None,
    )
    session.add(key)
    await session.flush()
    await record(
        session,
        AuditKind.API_KEY_MADE,
        actor_id=caller.operator_id,
        project_id=project_id,
        subject_id=key.id,
        name=name,
        role=role,
    )
    return key, text


async def revoke_api_key(
    session: Session, guard: Guard, caller: Caller, project_id: UUID, key_id: UUID
) -> None:
    """Make a key worthless, and the tokens it was exchanged for.

    Raises ProjectNotFound, Forbidden, ApiKeyNotFound.
    """
    own = await get_persons_role(session, project_id, caller, at_least=Role.ADMIN)
    query = select(ApiKey).where(ApiKey.id == key_id, ApiKey.project_id == project_id).with_for_update()
    key = (await session.execute(query)).scalar_one_or_none()
    if key is None:
        raise ApiKeyNotFound
    if not may_grant(own, key.role):
        raise Forbidden
    await forget_api_key(session, guard, key)
    await record(
        session,
        AuditKind.API_KEY_REVOKED,
        actor_id=caller.operator_id,
        project_id=project_id,
        subject_id=key_id,
        name=key.name,
        role=key.role,
    )


async def forget_api_key(session: Session, guard: Guard, key: ApiKey) -> None:
    """Delete a key and cut its tokens everywhere. Its row must be locked."""
    await session.execute(delete(ApiKey).where(ApiKey.id == key.id))
    not_before = datetime.fromtimestamp(max(key.token_ms + 1, this_moment(session)) / 1000, UTC)
    await announce_cut(session, guard, key.id, not_before)


async def forget_api_keys_of_project(session: Session, guard: Guard, project_id: UUID) -> None:
    """Revoke every key of a project that is going."""
    query = select(ApiKey).where(ApiKey.project_id == project_id).order_by(ApiKey.id).with_for_update()
    for key in (await session.execute(query)).scalars().all():
        await forget_api_key(session, guard, key)


async def exchange_api_key(database: Database, signer: OKPKey, text: str) -> KeyAccess:
    """Sign an access token in the key's own name. Raises Unauthenticated for a key that is not one."""
    prefix = text.partition(".")[0]
    async with database.read() as session:
        query = select(ApiKey.key_hash).where(ApiKey.prefix == prefix)
        known = (await session.execute(query)).scalar_one_or_none()
    # A wrong key costs one look and writes nothing.
    if known is None or not hmac.compare_digest(known, hashed(text)):
        raise Unauthenticated
    async with database.write() as session:
        used = (
            update(ApiKey)
            .where(ApiKey.prefix == prefix, ApiKey.key_hash == known)
            .values(last_used_at=session.now, token_ms=next_moment(session, ApiKey.token_ms))
            .returning(ApiKey.id, ApiKey.name, ApiKey.project_id, ApiKey.role, ApiKey.token_ms)
        )
        row = (await session.execute(used)).one_or_none()
        if row is None:
            raise Unauthenticated
        expires_at = session.now + timedelta(seconds=ACCESS_SECONDS)
        token = sign_access(
            signer,
            operator_id=row.id,
            name=f"API: {row.name}",
            roles={row.project_id: row.role},
            issued_at=datetime.fromtimestamp(row.token_ms / 1000, UTC),
            expires_at=expires_at,
            is_program=True,
        )
        return KeyAccess(token, expires_at)
