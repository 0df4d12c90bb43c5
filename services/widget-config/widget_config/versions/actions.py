"""Drafts, publishing and undoing. The caller owns the transaction.

The widget's row must be locked, and before it the integrations that are named (`held`).
"""

from uuid import UUID

from sqlalchemy import delete

from shared.database.session import Session
from shared.messaging.audit import record_action
from widget_config.channels.actions import announce_change
from widget_config.channels.queries import Held, integration_ids_of
from widget_config.errors import IntegrationNotFound, NothingToPublish, TooManyChannels, WidgetHasChanged
from widget_config.tables import Widget, WidgetChannel, WidgetVersion
from widget_config.widgets.rules import (
    CHANNELS_MAX,
    Json,
    channel_entry,
    merged,
    named_in,
    still_there,
    with_epochs,
    without,
)

VERSIONS_KEPT = 100


async def change_setup(session: Session, widget: Widget, changes: Json, *, held: Held, by: str) -> bool:
    """Publish changes at once; a draft stays. Returns whether there were any. Raises IntegrationNotFound."""
    return await _publish(session, widget, merged(widget.setup, _checked(widget, changes, held)), by=by)


def save_draft(widget: Widget, changes: Json, *, held: Held) -> None:
    """Keep changes until they are published. Raises IntegrationNotFound."""
    draft = merged(widget.draft or {}, _checked(widget, changes, held))
    widget.draft = None if merged(widget.setup, draft) == widget.setup else draft


async def publish_draft(session: Session, widget: Widget, *, held: Held, by: str) -> None:
    """Let visitors see the draft. Raises NothingToPublish, WidgetHasChanged."""
    if widget.draft is None:
        raise NothingToPublish
    draft = dict(widget.draft)
    if "channels" in draft:
        if set(named_in(draft)) - held.asked:
            raise WidgetHasChanged
        draft["channels"] = still_there(draft["channels"], held.epochs(widget.project_id))
    widget.draft = None
    if await _publish(session, widget, merged(widget.setup, draft), by=by):
        await _record(session, "widgets.published", widget)


async def restore(session: Session, widget: Widget, version: WidgetVersion, *, held: Held, by: str) -> None:
    """Publish an earlier version anew; channels whose integration has ended since do not come back."""
    setup = dict(version.setup)
    setup["channels"] = still_there(setup["channels"], held.epochs(widget.project_id))
    if await _publish(session, widget, setup, by=by, restored_from=version.number):
        await _record(session, "widgets.restored", widget)


async def add_channel(session: Session, widget: Widget, *, held: Held, by: str) -> None:
    """Offer the held integration of the widget's project at once; the same again changes nothing.

    Raises IntegrationNotFound, TooManyChannels.
    """
    epochs = held.epochs(widget.project_id)
    if not epochs:
        raise IntegrationNotFound
    ((integration_id, epoch),) = epochs.items()
    entries = widget.setup["channels"]
    if integration_id in named_in(widget.setup):
        return
    if len(entries) >= CHANNELS_MAX:
        raise TooManyChannels(channels_max=CHANNELS_MAX)
    entry = channel_entry(integration_id, epoch)
    if widget.draft and "channels" in widget.draft:
        others = without(widget.draft["channels"], integration_id)
        widget.draft = {**widget.draft, "channels": [*others[: CHANNELS_MAX - 1], entry]}
    await _publish(session, widget, {**widget.setup, "channels": [*entries, entry]}, by=by)
    await _record(session, "widgets.channel_added", widget)


async def remove_channel(session: Session, widget: Widget, integration_id: UUID, *, by: str) -> None:
    """Offer an integration no longer; the same again changes nothing."""
    if integration_id not in named_in(widget.setup):
        return
    if widget.draft and "channels" in widget.draft:
        widget.draft = {**widget.draft, "channels": without(widget.draft["channels"], integration_id)}
    entries = without(widget.setup["channels"], integration_id)
    await _publish(session, widget, {**widget.setup, "channels": entries}, by=by)
    await _record(session, "widgets.channel_removed", widget)


def keep_version(
    session: Session, widget: Widget, *, by: str | None, restored_from: int | None = None
) -> None:
    """Keep what a widget is now as its version `published_number`."""
    session.add(
        WidgetVersion(
            widget_id=widget.id,
            number=widget.published_number,
            project_id=widget.project_id,
            setup=widget.setup,
            published_at=session.now,
            published_by=session.actor_id,
            published_by_name=by,
            restored_from=restored_from,
        )
    )


async def _publish(
    session: Session, widget: Widget, setup: Json, *, by: str, restored_from: int | None = None
) -> bool:
    if setup == widget.setup:
        return False
    widget.setup = setup
    widget.published_number += 1
    keep_version(session, widget, by=by, restored_from=restored_from)
    wanted, there = set(named_in(setup)), await integration_ids_of(session, widget.id)
    gone = WidgetChannel.integration_id.in_(there - wanted)
    await session.execute(delete(WidgetChannel).where(WidgetChannel.widget_id == widget.id, gone))
    for integration_id in sorted(wanted - there):
        session.add(WidgetChannel(widget_id=widget.id, integration_id=integration_id, added_at=session.now))
    old = WidgetVersion.number <= widget.published_number - VERSIONS_KEPT
    await session.execute(delete(WidgetVersion).where(WidgetVersion.widget_id == widget.id, old))
    await announce_change(session, [widget.id])
    await session.refresh(widget)
    return True


def _checked(widget: Widget, changes: Json, held: Held) -> Json:
    if "channels" not in changes:
        return changes
    epochs = held.epochs(widget.project_id)
    if set(named_in(changes)) - epochs.keys():
        raise IntegrationNotFound
    return {**changes, "channels": with_epochs(changes["channels"], epochs)}


async def _record(session: Session, action: str, widget: Widget) -> None:
    await record_action(
        session, action, project_id=widget.project_id, subject_id=widget.id, subject_name=widget.name
    )
