"""Writes about widgets. The caller owns the transaction."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.widgets import WidgetChanged
from shared.http.access import ProjectNotFound
from shared.messaging.audit import record_action
from shared.messaging.outbox import publish_on_commit
from widget_config.channels.actions import announce_change
from widget_config.errors import IntegrationNotFound, TooManyChannels
from widget_config.tables import KnownIntegration, Project, Widget, WidgetChannel
from widget_config.widgets.queries import count_channels

PUBLIC_KEY_BYTES = 18
CHANNELS_MAX = 20


async def create_widget(session: Session, *, project_id: UUID, name: str, look: dict[str, Any]) -> Widget:
    """Make a widget without channels. Raises ProjectNotFound for a deleted project."""
    if (await _hold_project(session, project_id)).deleted_at is not None:
        raise ProjectNotFound
    widget = Widget(
        id=session.new_id(),
        project_id=project_id,
        public_key=session.world.token(PUBLIC_KEY_BYTES),
        name=name,
        look=look,
        version=1,
        created_at=session.now,
        changed_at=session.now,
    )
    session.add(widget)
    await session.flush()
    await publish_on_commit(session, _changed(widget))
    await _record(session, "widgets.made", widget)
    return widget


async def change_widget(
    session: Session, widget: Widget, *, name: str | None, look: dict[str, Any] | None
) -> None:
    """Give a widget another name or look; None leaves it. Its row must be locked."""
    before = (widget.name, widget.look)
    widget.name = widget.name if name is None else name
    widget.look = widget.look if look is None else look
    if (widget.name, widget.look) == before:
        return
    widget.version += 1
    widget.changed_at = session.now
    await publish_on_commit(session, _changed(widget))
    await _record(session, "widgets.changed", widget)


async def delete_widget(session: Session, widget: Widget) -> None:
    """Take a widget off every site that has it. Its row must be locked."""
    await session.execute(delete(WidgetChannel).where(WidgetChannel.widget_id == widget.id))
    await session.delete(widget)
    gone = WidgetChanged(
        project_id=widget.project_id, widget_id=widget.id, version=widget.version + 1, deleted=True
    )
    await publish_on_commit(session, gone)
    await _record(session, "widgets.deleted", widget)


async def add_channel(session: Session, widget: Widget, integration: KnownIntegration) -> None:
    """Offer an integration of the widget's project; the same again changes nothing.

    Raises IntegrationNotFound, TooManyChannels. Both rows must be locked, the integration's first.
    """
    if integration.project_id != widget.project_id:
        raise IntegrationNotFound
    new = await inserted(
        session,
        WidgetChannel,
        conflict=["widget_id", "integration_id"],
        widget_id=widget.id,
        integration_id=integration.id,
        added_at=session.now,
    )
    if not new:
        return
    if await count_channels(session, widget.id) > CHANNELS_MAX:
        raise TooManyChannels(channels_max=CHANNELS_MAX)
    await announce_change(session, [widget.id])
    await session.refresh(widget)
    await _record(session, "widgets.channel_added", widget)


async def remove_channel(session: Session, widget: Widget, integration_id: UUID) -> None:
    """Offer an integration no longer; the same again changes nothing. The widget's row must be locked."""
    chosen = (WidgetChannel.widget_id == widget.id) & (WidgetChannel.integration_id == integration_id)
    gone = delete(WidgetChannel).where(chosen).returning(WidgetChannel.widget_id)
    removed = (await session.scalars(gone)).all()
    await announce_change(session, removed)
    if removed:
        await _record(session, "widgets.channel_removed", widget)


async def forget_project(session: Session, project_id: UUID) -> None:
    """Delete every widget of a project that is gone; none can be made in it any more."""
    project = await _hold_project(session, project_id)
    project.deleted_at = project.deleted_at or session.now
    query = select(Widget).where(Widget.project_id == project_id).order_by(Widget.id).with_for_update()
    for widget in (await session.scalars(query)).all():
        await delete_widget(session, widget)


async def _hold_project(session: Session, project_id: UUID) -> Project:
    await inserted(session, Project, conflict=["id"], id=project_id)
    return (await session.scalars(select(Project).where(Project.id == project_id).with_for_update())).one()


async def _record(session: Session, action: str, widget: Widget) -> None:
    await record_action(
        session, action, project_id=widget.project_id, subject_id=widget.id, subject_name=widget.name
    )


def _changed(widget: Widget) -> WidgetChanged:
    return WidgetChanged(project_id=widget.project_id, widget_id=widget.id, version=widget.version)
