"""Signing in: count the try, check the password outside any transaction, then open the session."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from accounts.attempts.actions import Attempt, begin_attempt, forgive_attempt
from accounts.audit.actions import record
from accounts.audit.kinds import AuditKind
from accounts.errors import InvalidCredentials
from accounts.parts import Parts
from accounts.sessions.access import Access, issue_access
from accounts.sessions.actions import open_session
from accounts.tables import Operator
from shared.database.session import Session


@dataclass(frozen=True)
class SignIn:
    """A person who has just signed in, with the token of their new session."""

    access: Access
    session_token: str


async def sign_in(
    parts: Parts, *, email: str, password: str, address: str, former_token: str | None
) -> SignIn:
    """Check a password and open a session. Raises InvalidCredentials, TooManyAttempts, TooMany.

    Hashing takes long, so it happens between two transactions and not inside one.
    """
    with parts.hasher.place():
        async with parts.database.write() as session:
            attempt = await begin_attempt(session, email=email, address=address)
            operator_id, stored = await _find_hash(session, email, demo=parts.settings.demo)
        fits, new_hash = await parts.hasher.verify(password, stored)
        async with parts.database.write() as session:
            if operator_id is not None and fits:
                return await _succeed(session, parts, operator_id, attempt, (stored, new_hash), former_token)
            await record(session, AuditKind.SIGN_IN_FAILED, actor_id=operator_id, address=address)
        raise InvalidCredentials


async def _find_hash(session: Session, email: str, *, demo: bool) -> tuple[UUID | None, str | None]:
    query = select(Operator.id, Operator.password_hash, Operator.is_demo).where(Operator.email == email)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None, None
    # Everybody knows the demo account's password, so outside the demo it has none.
    return row.id, None if row.is_demo and not demo else row.password_hash


async def _succeed(
    session: Session,
    parts: Parts,
    operator_id: UUID,
    attempt: Attempt,
    hashes: tuple[str | None, str | None],
    former_token: str | None,
) -> SignIn:
    stored, new_hash = hashes
    await forgive_attempt(session, attempt)
    if new_hash is not None:
        unchanged = (Operator.id == operator_id) & (Operator.password_hash == stored)
        await session.execute(update(Operator).where(unchanged).values(password_hash=new_hash))
    token = await open_session(session, operator_id, former_token=former_token)
    await record(session, AuditKind.SIGNED_IN, actor_id=operator_id, address=attempt.client_address)
    return SignIn(await issue_access(session, parts.keys, operator_id), token)
