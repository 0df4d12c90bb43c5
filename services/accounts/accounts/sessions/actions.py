"""Opening, finding and ending sessions. The caller owns the transaction."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, select, update

from accounts.audit.actions import record
from accounts.audit.kinds import AuditKind
from accounts.errors import SessionNotFound
from accounts.keys.signing import SigningKeys
from accounts.sessions.access import Access, cut_access, issue_access
from accounts.sessions.queries import is_alive
from accounts.settings import AccountsSettings
from accounts.tables import Operator, OperatorSession
from shared.database.session import Session
from shared.http.access import Guard
from shared.http.problems import Unauthenticated


def hashed(token: str) -> bytes:
    """Return what is stored of a token. A plain hash is enough for 256 random bits."""
    return sha256(token.encode()).digest()


@dataclass(frozen=True)
class Browser:
    """What a person signs in with: where from, the program's name for itself, its former session."""

    address: str
    user_agent: str | None
    former_token: str | None


async def open_session(session: Session, operator_id: UUID, browser: Browser) -> str:
    """Open a session and return its token; the browser's former session ends."""
    former_token = browser.former_token
    if former_token is not None:
        await session.execute(
            delete(OperatorSession).where(OperatorSession.token_hash == hashed(former_token))
        )
    token = session.world.token()
    session.add(
        OperatorSession(
            token_hash=hashed(token),
            operator_id=operator_id,
            created_at=session.now,
            last_seen_at=session.now,
            address=browser.address,
            user_agent=browser.user_agent,
        )
    )
    await session.flush()
    return token


async def refresh(
    session: Session, settings: AccountsSettings, keys: SigningKeys, session_token: str | None
) -> Access:
    """Sign a new access token for a session that lives. Raises Unauthenticated.

    The session stays as it is, so any number of pages may do this at once.
    """
    alive = (OperatorSession.token_hash == hashed(session_token or "")) & is_alive(session, settings)
    seen = update(OperatorSession).where(alive).values(last_seen_at=session.now)
    found = await session.execute(seen.returning(OperatorSession.operator_id))
    operator_id = found.scalar_one_or_none()
    if operator_id is None:
        raise Unauthenticated
    is_demo = (await session.execute(select(Operator.is_demo).where(Operator.id == operator_id))).scalar_one()
    if is_demo and not settings.demo:
        raise Unauthenticated
    return await issue_access(session, keys, operator_id)


async def end_session(session: Session, guard: Guard, session_token: str | None, *, address: str) -> None:
    """End a session and refuse the person's access tokens; nothing happens without a session."""
    gone = delete(OperatorSession).where(OperatorSession.token_hash == hashed(session_token or ""))
    found = await session.execute(gone.returning(OperatorSession.operator_id))
    operator_id = found.scalar_one_or_none()
    if operator_id is None:
        return
    await cut_access(session, guard, operator_id)
    await record(session, AuditKind.SIGNED_OUT, actor_id=operator_id, address=address)


async def end_own_session(
    session: Session, guard: Guard, operator_id: UUID, session_id: UUID, *, address: str
) -> None:
    """End one of a person's sessions, e.g. on a lost device. Raises SessionNotFound.

    All their access tokens are cut, for nobody knows which session a token came from; their other
    browsers ask for new ones by themselves.
    """
    query = select(OperatorSession.token_hash).where(OperatorSession.operator_id == operator_id)
    hashes = (await session.execute(query)).scalars().all()
    chosen = [token_hash for token_hash in hashes if session_id_of(token_hash) == session_id]
    gone = delete(OperatorSession).where(OperatorSession.token_hash.in_(chosen))
    if (await session.execute(gone.returning(OperatorSession.token_hash))).first() is None:
        raise SessionNotFound
    await cut_access(session, guard, operator_id)
    await record(session, AuditKind.SESSION_ENDED, actor_id=operator_id, address=address)


def session_id_of(token_hash: bytes) -> UUID:
    """Return a session's name, by which nobody can use it."""
    return UUID(bytes=sha256(b"id:" + token_hash).digest()[:16])
