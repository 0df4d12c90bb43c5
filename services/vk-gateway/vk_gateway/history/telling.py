"""Saying how whole a community's history is. The caller owns the transaction."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from shared.database.session import Session
from shared.events.channel import Gap, HistoryChecked
from shared.messaging.outbox import publish_on_commit
from vk_gateway.history.tables import History, Hole, Reception, Transport

EVERY = timedelta(seconds=30)
GAPS_TOLD_MAX = 100
SILENT_AFTER = timedelta(seconds=60)


async def tell_history(session: Session, history: History) -> None:
    """Publish how things are: at once when they turn for better or worse, else every half a minute."""
    facts = await _facts(session, history)
    before = history.announced or {}
    if facts == before:
        return
    is_turn = any(before.get(name) != facts[name] for name in ("transport", "is_whole"))
    is_due = history.announced_at is None or session.now - history.announced_at >= EVERY
    if not is_turn and not is_due:
        return
    history.announced, history.announced_at = facts, session.now
    event = HistoryChecked(
        project_id=history.project_id,
        integration_id=history.integration_id,
        epoch=history.epoch,
        checked_until=history.checked_until,
        transport=facts["transport"],
        gaps_open=facts["gaps_open"],
        gaps_confirmed=facts["gaps_confirmed"],
        gaps=await _gaps(session, history) if facts["gaps_confirmed"] else (),
        checked_at=session.now,
    )
    await publish_on_commit(session, event)


async def _facts(session: Session, history: History) -> dict[str, Any]:
    query = select(func.count(), func.count(Hole.confirmed_at)).where(
        Hole.integration_id == history.integration_id
    )
    counted, confirmed = (await session.execute(query)).one()
    return {
        "transport": str(await _transport(session, history)),
        "is_whole": counted == confirmed,
        "gaps_open": counted - confirmed,
        "gaps_confirmed": confirmed,
        "checked_until": history.checked_until.isoformat(),
    }


async def _transport(session: Session, history: History) -> Transport:
    """Return how events come; a Long Poll that has long been failing brings none."""
    reception = await session.get(Reception, history.integration_id)
    if reception is None:
        return Transport.NONE
    polled_at = reception.polled_at or reception.changed_at
    is_silent = reception.transport is Transport.LONG_POLL and session.now - polled_at > SILENT_AFTER
    return Transport.NONE if is_silent else reception.transport


async def _gaps(session: Session, history: History) -> tuple[Gap, ...]:
    query = (
        select(Hole)
        .where(Hole.integration_id == history.integration_id, Hole.confirmed_at.is_not(None))
        .order_by(Hole.confirmed_at.desc(), Hole.peer_id, Hole.first_number)
        .limit(GAPS_TOLD_MAX)
    )
    return tuple(
        Gap(
            external_id=str(hole.peer_id),
            first_number=hole.first_number,
            last_number=hole.last_number,
            confirmed_at=hole.confirmed_at,
        )
        for hole in (await session.scalars(query)).all()
        if hole.confirmed_at is not None
    )
