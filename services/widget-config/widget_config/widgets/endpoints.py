"""`/api/v1/widgets`: the widgets of a project and the channels in them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from shared.database.engine import Database
from shared.database.session import Session
from shared.http.access import Caller, ProjectNotFound, Role, SignedIn
from shared.http.pages import CursorText, Limit, Page, cursors
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction
from widget_config.channels.actions import learn
from widget_config.channels.queries import hold_living, is_living
from widget_config.channels.registry import Registry
from widget_config.channels.rules import Snapshot
from widget_config.errors import IntegrationNotFound, TooManyChannels, WidgetNotFound
from widget_config.tables import Widget
from widget_config.versions.actions import add_channel as add_to
from widget_config.versions.actions import remove_channel as remove_from
from widget_config.widgets import actions, queries
from widget_config.widgets.rules import named_in
from widget_config.widgets.schemas import WidgetChange, WidgetIn, WidgetOut, changes_of
from widget_config.widgets.views import widget_view, widget_views

PREFIX = "/api/v1/widgets"

router = APIRouter(prefix=PREFIX, tags=["widgets"])


@router.post("", status_code=HTTPStatus.CREATED, responses=explained(ProjectNotFound, Forbidden))
async def create_widget(
    wanted: WidgetIn, request: Request, caller: SignedIn, session: Transaction
) -> WidgetOut:
    """Make a widget without channels."""
    caller.require(wanted.project_id, Role.ADMIN)
    widget = await actions.create_widget(
        session,
        project_id=wanted.project_id,
        name=wanted.name,
        setup=wanted.model_dump(mode="json", include={"look", "sites", "show_unavailable"}),
        by=caller.name,
    )
    return await widget_view(request, session, widget)


@router.get("", responses=explained(ProjectNotFound))
async def list_widgets(
    request: Request,
    caller: SignedIn,
    session: ReadOnly,
    project_id: Annotated[UUID, Query()],
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[WidgetOut]:
    """List a project's widgets, first made first."""
    caller.require(project_id)
    marks = cursors(request, f"widgets:{project_id}")
    key = marks.unpack(cursor)
    rows = await queries.list_widgets(
        session, project_id, after=UUID(key[0]) if key else None, limit=limit + 1
    )
    return Page(
        items=await widget_views(request, session, list(rows[:limit])),
        next_cursor=marks.pack(str(rows[limit - 1].id)) if len(rows) > limit else None,
    )


@router.get("/{widget_id}", responses=explained(WidgetNotFound))
async def read_widget(widget_id: UUID, request: Request, caller: SignedIn, session: ReadOnly) -> WidgetOut:
    """Return a widget."""
    return await widget_view(request, session, await own_widget(session, caller, widget_id))


@router.patch("/{widget_id}", responses=explained(WidgetNotFound, IntegrationNotFound, Forbidden))
async def change_widget(
    widget_id: UUID, change: WidgetChange, request: Request, caller: SignedIn, session: Transaction
) -> WidgetOut:
    """Change a widget's name, or at once what visitors see of it; what is left out stays."""
    changes = changes_of(change)
    name = changes.pop("name", None)
    held = await hold_living(session, named_in(changes))
    widget = await own_widget(session, caller, widget_id, Role.ADMIN)
    await actions.change_widget(session, widget, name=name, changes=changes, held=held, by=caller.name)
    return await widget_view(request, session, widget)


@router.delete(
    "/{widget_id}", status_code=HTTPStatus.NO_CONTENT, responses=explained(WidgetNotFound, Forbidden)
)
async def delete_widget(widget_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Take a widget off every site that has it."""
    await actions.delete_widget(session, await own_widget(session, caller, widget_id, Role.ADMIN))


async def _unheard_of(request: Request, integration_id: UUID, caller: SignedIn) -> Snapshot | None:
    """Ask the registry for an integration that no event has told of yet: it may be a second old."""
    database: Database = request.app.state.database
    async with database.read() as session:
        if await is_living(session, integration_id):
            return None
    registry: Registry = request.app.state.registry
    return await registry.find(integration_id, token=caller.token)


@router.put(
    "/{widget_id}/channels/{integration_id}",
    responses=explained(WidgetNotFound, IntegrationNotFound, TooManyChannels, Forbidden),
)
async def add_channel(
    widget_id: UUID,
    integration_id: UUID,
    request: Request,
    caller: SignedIn,
    # Stands before the session: the registry must have answered when the transaction opens.
    news: Annotated[Snapshot | None, Depends(_unheard_of)],
    session: Transaction,
) -> WidgetOut:
    """Offer an integration in a widget. The same again changes nothing."""
    if news is not None:
        await learn(session, news)
    held = await hold_living(session, [integration_id])
    widget = await own_widget(session, caller, widget_id, Role.ADMIN)
    await add_to(session, widget, held=held, by=caller.name)
    return await widget_view(request, session, widget)


@router.delete(
    "/{widget_id}/channels/{integration_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(WidgetNotFound, Forbidden),
)
async def remove_channel(
    widget_id: UUID, integration_id: UUID, caller: SignedIn, session: Transaction
) -> None:
    """Offer an integration no longer. The same again changes nothing."""
    widget = await own_widget(session, caller, widget_id, Role.ADMIN)
    await remove_from(session, widget, integration_id, by=caller.name)


async def own_widget(session: Session, caller: Caller, widget_id: UUID, role: Role = Role.OPERATOR) -> Widget:
    """Return a widget of the caller's, locked for those who may change it. Raises WidgetNotFound."""
    widget = await queries.find_widget(session, widget_id, lock=role is not Role.OPERATOR)
    caller.require_for(widget.project_id if widget else None, WidgetNotFound, role)
    assert widget is not None
    return widget
