"""Writes about widgets. The caller owns the transaction."""

from uuid import UUID

from sqlalchemy import delete, select

from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.widgets import WidgetChanged
from shared.http.access import ProjectNotFound
from shared.messaging.audit import record_action
from shared.messaging.outbox import publish_on_commit
from widget_config.channels.actions import announce_change, take_down_on_commit
from widget_config.channels.queries import Held
from widget_config.tables import Project, Widget, WidgetChannel, WidgetVersion
from widget_config.versions.actions import change_setup, keep_version
from widget_config.widgets.rules import Json

PUBLIC_KEY_BYTES = 18


async def create_widget(session: Session, *, project_id: UUID, name: str, setup: Json, by: str) -> Widget:
    """Make a widget without channels. Raises ProjectNotFound for a deleted project."""
    if (await _hold_project(session, project_id)).deleted_at is not None:
        raise ProjectNotFound
    widget = Widget(
        id=session.new_id(),
        project_id=project_id,
        public_key=session.world.token(PUBLIC_KEY_BYTES),
        name=name,
        setup={**setup, "channels": []},
        published_number=1,
        version=1,
        created_at=session.now,
        changed_at=session.now,
    )
    session.add(widget)
    await session.flush()
    keep_version(session, widget, by=by)
    await publish_on_commit(session, WidgetChanged(project_id=project_id, widget_id=widget.id, version=1))
    take_down_on_commit(session, [widget.public_key])
    await _record(session, "widgets.made", widget)
    return widget


async def change_widget(
    session: Session, widget: Widget, *, name: str | None, changes: Json, held: Held, by: str
) -> None:
    """Give a widget another name, or change what visitors see of it at once. Its row must be locked."""
    is_renamed = name not in {None, widget.name}
    widget.name = widget.name if name is None else name
    if not await change_setup(session, widget, changes, held=held, by=by):
        if not is_renamed:
            return
        await announce_change(session, [widget.id])
        await session.refresh(widget)
    await _record(session, "widgets.changed", widget)


async def delete_widget(session: Session, widget: Widget) -> None:
    """Take a widget off every site that has it. Its row must be locked."""
    for kind in (WidgetChannel, WidgetVersion):
        await session.execute(delete(kind).where(kind.widget_id == widget.id))
    await session.delete(widget)
    take_down_on_commit(session, [widget.public_key])
    gone = WidgetChanged(
        project_id=widget.project_id, widget_id=widget.id, version=widget.version + 1, deleted=True
    )
    await publish_on_commit(session, gone)
    await _record(session, "widgets.deleted", widget)


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
