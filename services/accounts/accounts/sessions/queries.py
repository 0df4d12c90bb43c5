"""Reads of a person's sessions."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.sql.elements import ColumnElement

from accounts.settings import AccountsSettings
from accounts.tables import OperatorSession
from shared.database.session import Session

SESSIONS_SHOWN_MAX = 100


def is_alive(session: Session, settings: AccountsSettings) -> ColumnElement[bool]:
    """Return the condition for sessions that have not ended."""
    idle = OperatorSession.last_seen_at > session.now - timedelta(hours=settings.session_idle_hours)
    return idle & (OperatorSession.created_at > session.now - timedelta(days=settings.session_days))


async def list_own_sessions(
    session: Session, settings: AccountsSettings, operator_id: UUID
) -> Sequence[OperatorSession]:
    """Return a person's newest sessions that have not ended, last used first."""
    query = (
        select(OperatorSession)
        .where(OperatorSession.operator_id == operator_id, is_alive(session, settings))
        .order_by(OperatorSession.last_seen_at.desc(), OperatorSession.token_hash)
        .limit(SESSIONS_SHOWN_MAX)
    )
    return (await session.execute(query)).scalars().all()
