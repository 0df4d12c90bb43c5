"""Writes about integrations: events and the registry end in the same one. The caller owns the transaction.

Locks are taken in the order integration, widgets by id, channels, so that no two writers wait for
each other.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update

from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.widgets import WidgetChanged
from shared.messaging.outbox import publish_on_commit
from widget_config.channels.rules import DELETED, Snapshot, is_shown, link_to
from widget_config.tables import KnownIntegration, Widget, WidgetChannel


async def learn(session: Session, snapshot: Snapshot) -> None:
    """Take over what is newer than what we know; an integration whose epoch ended leaves every widget."""
    known = await _locked_row(session, snapshot)
    face = _face(known)
    description = snapshot.description
    if description is not None and snapshot.version > known.described_version:
        known.name = description.name
        known.screen_name = description.screen_name
        known.avatar_url = description.avatar_url
        known.described_version = snapshot.version
    ended = False
    if snapshot.version > known.version:
        # A newer epoch tells of a deletion whose own event is late or lost.
        ended = snapshot.state == DELETED or snapshot.epoch > known.epoch
        known.state = snapshot.state
        known.epoch = snapshot.epoch
        known.version = snapshot.version
    if ended or _face(known) != face:
        widget_ids = await _locked_widgets(session, known.id)
        if ended:
            await session.execute(delete(WidgetChannel).where(WidgetChannel.integration_id == known.id))
        await announce_change(session, widget_ids)


async def announce_change(session: Session, widget_ids: Sequence[UUID]) -> None:
    """Count a change of what these widgets look like, and tell of it."""
    changed = (
        update(Widget)
        .where(Widget.id.in_(widget_ids))
        .values(version=Widget.version + 1, changed_at=session.now)
        .returning(Widget.id, Widget.project_id, Widget.version)
        .execution_options(synchronize_session=False)
    )
    events = [
        WidgetChanged(project_id=project_id, widget_id=widget_id, version=version)
        for widget_id, project_id, version in await session.execute(changed)
    ]
    await publish_on_commit(session, *events)


async def _locked_row(session: Session, snapshot: Snapshot) -> KnownIntegration:
    await inserted(
        session,
        KnownIntegration,
        conflict=["id"],
        id=snapshot.integration_id,
        project_id=snapshot.project_id,
        channel=snapshot.channel,
        community_id=snapshot.community_id,
        state="",
        epoch=0,
        version=0,
        name="",
        screen_name="",
        described_version=0,
    )
    query = select(KnownIntegration).where(KnownIntegration.id == snapshot.integration_id)
    return (await session.scalars(query.with_for_update())).one()


async def _locked_widgets(session: Session, integration_id: UUID) -> Sequence[UUID]:
    """Lock the widgets with an integration; its own row is locked, so no other can get it now."""
    holding = select(WidgetChannel.widget_id).where(WidgetChannel.integration_id == integration_id)
    query = select(Widget.id).where(Widget.id.in_(holding)).order_by(Widget.id)
    return (await session.scalars(query.with_for_update())).all()


def _face(known: KnownIntegration) -> tuple[str, str] | None:
    """Return what visitors see of an integration."""
    return (known.name, link_to(known.community_id, known.screen_name)) if is_shown(known.state) else None
