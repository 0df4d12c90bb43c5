"""Forgetting what has ended: sessions, links, old failures."""

from datetime import timedelta

from sqlalchemy import delete

from accounts.parts import Parts
from accounts.tables import Attempts, Enrolment, OperatorSession

FAILURES_KEPT = timedelta(hours=2)


async def tidy(parts: Parts) -> bool:
    """Delete what nobody can use any more. Returns that nothing is left to do."""
    settings = parts.settings
    async with parts.database.write() as session:
        idle = OperatorSession.last_seen_at < session.now - timedelta(hours=settings.session_idle_hours)
        old = OperatorSession.created_at < session.now - timedelta(days=settings.session_days)
        await session.execute(delete(OperatorSession).where(idle | old))
        await session.execute(delete(Enrolment).where(Enrolment.expires_at < session.now))
        await session.execute(delete(Attempts).where(Attempts.updated_at < session.now - FAILURES_KEPT))
    return False
