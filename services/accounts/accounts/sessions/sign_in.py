"""Signing in: count the try, check the password outside any transaction, then open the session."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from accounts.attempts.actions import begin_attempt, forgive_attempt
from accounts.audit.actions import record
from accounts.audit.kinds import AuditKind
from accounts.errors import InvalidCredentials
from accounts.parts import Parts
from accounts.sessions.access import Access, issue_access
from accounts.sessions.actions import Browser, open_session
from accounts.tables import Operator
from shared.database.session import Session


@dataclass(frozen=True)
class SignIn:
    """A person who has just signed in, with the token of their new session."""

    access: Access
    session_token: str


async def sign_in(parts: Parts, *, email: str, password: str, browser: Browser) -> SignIn:
    """Check a password and open a session. Raises InvalidCredentials, TooManyAttempts, TooMany.

    Hashing takes long, so it happens between two transactions and not inside one.
    """
    address = browser.address
    with parts.hasher.place():
        async with parts.database.write() as session:
            attempt = await begin_attempt(session, email=email, address=address)
            known = await _find_account(session, email, demo=parts.settings.demo)
        fits, new_hash = await parts.hasher.verify(password, known.password_hash if known else None)
        async with parts.database.write() as session:
            if known is not None and fits:
                await forgive_attempt(session, attempt)
                await _raise_strength(session, known, new_hash)
                token = await open_session(session, known.operator_id, browser)
                await record(session, AuditKind.SIGNED_IN, actor_id=known.operator_id, address=address)
                return SignIn(await issue_access(session, parts.keys, known.operator_id), token)
            failed = known.operator_id if known else None
            await record(session, AuditKind.SIGN_IN_FAILED, actor_id=failed, address=address)
        raise InvalidCredentials


@dataclass(frozen=True)
class _Account:
    operator_id: UUID
    password_hash: str | None


async def _find_account(session: Session, email: str, *, demo: bool) -> _Account | None:
    query = select(Operator.id, Operator.password_hash, Operator.is_demo).where(Operator.email == email)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    # Everybody knows the demo account's password, so outside the demo it has none.
    return _Account(row.id, None if row.is_demo and not demo else row.password_hash)


async def _raise_strength(session: Session, known: _Account, new_hash: str | None) -> None:
    if new_hash is not None:
        unchanged = (Operator.id == known.operator_id) & (Operator.password_hash == known.password_hash)
        await session.execute(update(Operator).where(unchanged).values(password_hash=new_hash))
