"""Whether an event of a gateway still counts, must wait, or is of a life that has ended."""

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import delete, insert, select

from dialogs.tables import HeldEvent, Integration, Project
from shared.database.choices import among_given
from shared.database.session import Session
from shared.events.catalogue import EVENTS
from shared.events.channel import ChannelEvent

ignored_events = Counter("otklik_dialogs_events_ignored", "Events that count no more", ["reason"])
held_events = Counter("otklik_dialogs_events_held", "Events that came before their integration")

E = TypeVar("E", bound=ChannelEvent)
RELEASED_AT_ONCE = 500


async def current_events(session: Session, events: Sequence[E]) -> list[E]:
    """Return the events of living epochs. Holds back those of unknown ones and drops those of older ones."""
    integrations, deleted = await _integrations(session, {event.integration_id for event in events})
    seen = {integration.project_id for integration in integrations.values()}
    if others := {event.project_id for event in events} - seen:
        deleted |= await _deleted_projects(session, others)
    current: list[E] = []
    early: list[E] = []
    for event in events:
        integration = integrations.get(event.integration_id)
        if event.project_id in deleted:
            ignored_events.labels("project_deleted").inc()
        elif integration is None or event.epoch > integration.epoch:
            early.append(event)
        elif event.epoch < integration.epoch or integration.deleted:
            ignored_events.labels("older_epoch").inc()
        elif event.project_id != integration.project_id:
            ignored_events.labels("foreign_project").inc()
        else:
            current.append(event)
    await _hold(session, early)
    return current


async def _integrations(session: Session, ids: Iterable[UUID]) -> tuple[dict[UUID, Integration], set[UUID]]:
    """Return integrations by their ids, and which of their projects are deleted."""
    rows = (await session.execute(_INTEGRATIONS, {"ids": ids})).all()
    session.keep(row.Integration for row in rows)
    deleted = {row.Integration.project_id for row in rows if row.deleted_at is not None}
    return {row.Integration.id: row.Integration for row in rows}, deleted


_INTEGRATIONS = (
    select(Integration, Project.deleted_at)
    .outerjoin(Project, Project.id == Integration.project_id)
    .where(among_given(Integration.id, "ids"))
)


async def _deleted_projects(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    query = select(Project.id).where(Project.id.in_(ids), Project.deleted_at.is_not(None))
    return set(await session.scalars(query))


async def _hold(session: Session, events: Sequence[ChannelEvent]) -> None:
    if not events:
        return
    held_events.inc(len(events))
    rows = [
        {
            "id": session.new_id(),
            "integration_id": event.integration_id,
            "epoch": event.epoch,
            "type": event.type,
            "body": event.model_dump_json().encode(),
            "correlation_id": event.correlation_id,
            "received_at": session.now,
        }
        for event in events
    ]
    await session.execute(insert(HeldEvent), rows)


async def release(session: Session, integration_id: UUID, epoch: int) -> list[ChannelEvent]:
    """Take out at most 500 held events of an epoch that is known now, oldest first."""
    held = (
        select(HeldEvent)
        .where(HeldEvent.integration_id == integration_id, HeldEvent.epoch <= epoch)
        .order_by(HeldEvent.id)
        .limit(RELEASED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(held)).all()
    if not rows:
        return []
    await session.execute(delete(HeldEvent).where(HeldEvent.id.in_([row.id for row in rows])))
    found = [EVENTS[row.type].model_validate_json(row.body).correlated(row.correlation_id) for row in rows]
    return [event for event in found if isinstance(event, ChannelEvent)]


async def list_releasable(session: Session, *, limit: int) -> list[tuple[UUID, int]]:
    """Return integrations whose held events could be applied by now, with their epochs."""
    query = (
        select(Integration.id, Integration.epoch)
        .where(
            select(HeldEvent.id)
            .where(HeldEvent.integration_id == Integration.id, HeldEvent.epoch <= Integration.epoch)
            .exists()
        )
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]
