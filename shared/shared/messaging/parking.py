"""Looking at parked events and sending them round again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from shared.database.session import Session
from shared.messaging.tables import delivery_table


async def list_parked(session: Session) -> Sequence[Row[Any]]:
    """Return the parked events, oldest first: event_id, type, attempts, error, parked_at."""
    query = select(delivery_table).where(delivery_table.c.parked_at.is_not(None))
    return (await session.execute(query.order_by(delivery_table.c.first_failed_at))).all()


async def replay(session: Session, event_id: UUID | None = None) -> int:
    """Let one parked event, or all of them, be tried again at once. Returns how many."""
    again = update(delivery_table).where(delivery_table.c.parked_at.is_not(None))
    if event_id is not None:
        again = again.where(delivery_table.c.event_id == event_id)
    rows = await session.execute(
        again.values(parked_at=None, attempts=0, next_attempt_at=session.now).returning(
            delivery_table.c.event_id
        )
    )
    return len(rows.all())
