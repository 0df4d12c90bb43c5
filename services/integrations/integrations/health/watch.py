"""Carrying out what was held back, when its time has come."""

from datetime import timedelta

from sqlalchemy import or_, select

from integrations.health.actions import look_again
from integrations.health.rules import LEEWAY, Limits
from integrations.states import State
from integrations.tables import Integration
from shared.database.engine import Database

LOOKS_AT_ONCE = 100


class Watch:
    """Looks again at integrations whose `next_look_at` has come; several processes may do so side by side."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    async def step(self) -> bool:
        """Look once at each that is due. Returns whether there may be more."""
        async with self._database.read() as session:
            # Nothing is put off for longer than this: a later time was written by a clock that was wrong.
            latest = session.now + timedelta(seconds=self._limits.hold_seconds) + LEEWAY
            due = or_(Integration.next_look_at <= session.now, Integration.next_look_at > latest)
            query = select(Integration.id).where(due, Integration.state != State.DELETED)
            query = query.order_by(Integration.next_look_at).limit(LOOKS_AT_ONCE)
            found = (await session.scalars(query)).all()
        for integration_id in found:
            async with self._database.write() as session:
                await look_again(session, integration_id, self._limits)
        return len(found) == LOOKS_AT_ONCE
