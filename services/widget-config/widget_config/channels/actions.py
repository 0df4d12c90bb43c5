"""Writes about integrations: events and the registry end in the same one. The caller owns the transaction.

Locks are taken in the order integrations by id, widgets by id, channels, so that no two writers wait for
each other.
"""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select, update

from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.widgets import WidgetChanged
from shared.messaging.outbox import publish_on_commit
from widget_config.channels.rules import DELETED, Snapshot, is_shown, link_to
from widget_config.tables import KnownIntegration, Widget, WidgetChannel
from widget_config.widgets.rules import without

# Where a writing session finds what takes copies of a widget off the shelf.
TAKE_DOWN = "take_down"
# What visitors see of an integration, by whether the widget shows unavailable ones.
Faces = dict[bool, tuple[str, str] | None]


async def learn(session: Session, snapshot: Snapshot) -> None:
    """Take over what is newer than what we know; an integration whose epoch ended leaves every widget."""
    known = await _locked_row(session, snapshot)
    before = _faces(known)
    description = snapshot.description
    if description is not None and snapshot.version > known.described_version:
        known.name = description.name
        known.screen_name = description.screen_name
        known.avatar_url = description.avatar_url
        known.described_version = snapshot.version
    ended = False
    if snapshot.version >= known.version:
        known.confirmed_at = session.now
    if snapshot.version > known.version:
        # A newer epoch tells of a deletion whose own event is late or lost.
        ended = snapshot.state == DELETED or snapshot.epoch > known.epoch
        known.state = snapshot.state
        known.epoch = snapshot.epoch
        known.version = snapshot.version
    after = _faces(known)
    if ended or after != before:
        widgets = await _locked_widgets(session, known.id)
        changed = [widget.id for widget in widgets if ended or _differs(widget, before, after)]
        if ended:
            for widget in widgets:
                widget.setup = {**widget.setup, "channels": without(widget.setup["channels"], known.id)}
            await session.execute(delete(WidgetChannel).where(WidgetChannel.integration_id == known.id))
        await announce_change(session, changed)


async def confirm(session: Session, integration_ids: Sequence[UUID]) -> None:
    """Note that the registry says that these are as we know them; whom another one notes now is left out."""
    query = (
        select(KnownIntegration.id)
        .where(KnownIntegration.id.in_(integration_ids))
        .order_by(KnownIntegration.id)
        .with_for_update(skip_locked=True)
    )
    chosen = KnownIntegration.id.in_((await session.scalars(query)).all())
    await session.execute(update(KnownIntegration).where(chosen).values(confirmed_at=session.now))


async def announce_change(session: Session, widget_ids: Sequence[UUID]) -> None:
    """Count a change of what these widgets look like, and tell of it."""
    changed = (
        update(Widget)
        .where(Widget.id.in_(widget_ids))
        .values(version=Widget.version + 1, changed_at=session.now)
        .returning(Widget.id, Widget.project_id, Widget.version, Widget.public_key)
        .execution_options(synchronize_session=False)
    )
    rows = (await session.execute(changed)).all()
    events = [WidgetChanged(project_id=row.project_id, widget_id=row.id, version=row.version) for row in rows]
    await publish_on_commit(session, *events)
    take_down_on_commit(session, [row.public_key for row in rows])


def take_down_on_commit(session: Session, public_keys: Sequence[str]) -> None:
    """Let no process serve its copies of these widgets any more."""
    take_down: Callable[[Sequence[str]], None] | None = session.info.get(TAKE_DOWN)
    if take_down is not None and public_keys:
        session.after_commit(partial(take_down, public_keys))


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


async def _locked_widgets(session: Session, integration_id: UUID) -> Sequence[Widget]:
    """Lock the widgets with an integration; its own row is locked, so no other can get it now."""
    holding = select(WidgetChannel.widget_id).where(WidgetChannel.integration_id == integration_id)
    query = select(Widget).where(Widget.id.in_(holding)).order_by(Widget.id)
    return (await session.scalars(query.with_for_update())).all()


def _differs(widget: Widget, before: Faces, after: Faces) -> bool:
    flag: bool = widget.setup["show_unavailable"]
    return before[flag] != after[flag]


def _faces(known: KnownIntegration) -> Faces:
    face = (known.name, link_to(known.community_id, known.screen_name))
    return {flag: face if is_shown(known.state, even_unavailable=flag) else None for flag in (False, True)}
