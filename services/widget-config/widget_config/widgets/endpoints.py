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
from widget_config.channels.queries import channels_of, find_living
from widget_config.channels.registry import Registry
from widget_config.channels.rules import Snapshot, is_shown, link_to
from widget_config.errors import IntegrationNotFound, TooManyChannels, WidgetNotFound
from widget_config.settings import WidgetConfigSettings
from widget_config.tables import KnownIntegration, Widget
from widget_config.widgets import actions, queries
from widget_config.widgets.rules import merged
from widget_config.widgets.schemas import ChannelOut, Look, WidgetChange, WidgetIn, WidgetOut

PREFIX = "/api/v1/widgets"

router = APIRouter(prefix=PREFIX, tags=["widgets"])


@router.post("", status_code=HTTPStatus.CREATED, responses=explained(ProjectNotFound, Forbidden))
async def create_widget(
    wanted: WidgetIn, request: Request, caller: SignedIn, session: Transaction
) -> WidgetOut:
    """Make a widget without channels."""
    caller.require(wanted.project_id, Role.ADMIN)
    widget = await actions.create_widget(
        session, project_id=wanted.project_id, name=wanted.name, look=wanted.look.model_dump(mode="json")
    )
    return _shown(request, widget, [])


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
    channels = await channels_of(session, [row.id for row in rows])
    return Page(
        items=[_shown(request, row, channels[row.id]) for row in rows[:limit]],
        next_cursor=marks.pack(str(rows[limit - 1].id)) if len(rows) > limit else None,
    )


@router.get("/{widget_id}", responses=explained(WidgetNotFound))
async def read_widget(widget_id: UUID, request: Request, caller: SignedIn, session: ReadOnly) -> WidgetOut:
    """Return a widget."""
    widget = await _own(session, caller, widget_id, Role.OPERATOR)
    return await _with_channels(request, session, widget)


@router.patch("/{widget_id}", responses=explained(WidgetNotFound, Forbidden))
async def change_widget(
    widget_id: UUID, change: WidgetChange, request: Request, caller: SignedIn, session: Transaction
) -> WidgetOut:
    """Change a widget's name or parts of its look; what is left out stays."""
    widget = await _own(session, caller, widget_id, Role.ADMIN)
    changes = change.model_dump(mode="json", exclude_unset=True)
    look = merged(widget.look, changes["look"]) if "look" in changes else None
    await actions.change_widget(session, widget, name=changes.get("name"), look=look)
    return await _with_channels(request, session, widget)


@router.delete(
    "/{widget_id}", status_code=HTTPStatus.NO_CONTENT, responses=explained(WidgetNotFound, Forbidden)
)
async def delete_widget(widget_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Take a widget off every site that has it."""
    await actions.delete_widget(session, await _own(session, caller, widget_id, Role.ADMIN))


async def _unheard_of(request: Request, integration_id: UUID, caller: SignedIn) -> Snapshot | None:
    """Ask the registry for an integration that no event has told of yet: it may be a second old."""
    database: Database = request.app.state.database
    async with database.read() as session:
        if await find_living(session, integration_id) is not None:
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
    integration = await find_living(session, integration_id, lock=True)
    widget = await _own(session, caller, widget_id, Role.ADMIN)
    if integration is None:
        raise IntegrationNotFound
    await actions.add_channel(session, widget, integration)
    return await _with_channels(request, session, widget)


@router.delete(
    "/{widget_id}/channels/{integration_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(WidgetNotFound, Forbidden),
)
async def remove_channel(
    widget_id: UUID, integration_id: UUID, caller: SignedIn, session: Transaction
) -> None:
    """Offer an integration no longer. The same again changes nothing."""
    widget = await _own(session, caller, widget_id, Role.ADMIN)
    await actions.remove_channel(session, widget, integration_id)


async def _own(session: Session, caller: Caller, widget_id: UUID, role: Role) -> Widget:
    """Return a widget of the caller's, locked for those who may change it."""
    widget = await queries.find_widget(session, widget_id, lock=role is not Role.OPERATOR)
    caller.require_for(widget.project_id if widget else None, WidgetNotFound, role)
    assert widget is not None
    return widget


async def _with_channels(request: Request, session: Session, widget: Widget) -> WidgetOut:
    return _shown(request, widget, (await channels_of(session, [widget.id]))[widget.id])


def _shown(request: Request, widget: Widget, channels: list[KnownIntegration]) -> WidgetOut:
    settings: WidgetConfigSettings = request.app.state.settings
    script = f"{settings.public_url.rstrip('/')}/w/widget.js"
    return WidgetOut(
        id=widget.id,
        project_id=widget.project_id,
        name=widget.name,
        public_key=widget.public_key,
        look=Look.model_validate(widget.look),
        channels=[_channel(integration) for integration in channels],
        version=widget.version,
        created_at=widget.created_at,
        changed_at=widget.changed_at,
        embed_code=f'<script async src="{script}" data-otklik="{widget.public_key}"></script>',
    )


def _channel(integration: KnownIntegration) -> ChannelOut:
    return ChannelOut(
        integration_id=integration.id,
        kind=integration.channel,
        name=integration.name,
        state=integration.state,
        shown=is_shown(integration.state),
        link=link_to(integration.community_id, integration.screen_name),
    )
