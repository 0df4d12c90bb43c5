"""How a widget looks to operators."""

from fastapi import Request

from shared.database.session import Session
from widget_config.channels.queries import Placed, channels_of
from widget_config.channels.rules import is_shown, is_sure, link_to
from widget_config.settings import WidgetConfigSettings
from widget_config.tables import Widget
from widget_config.widgets.rules import Json, merged
from widget_config.widgets.schemas import ChannelOut, Setup, WidgetOut


async def widget_views(request: Request, session: Session, widgets: list[Widget]) -> list[WidgetOut]:
    """Render widgets with their channels."""
    settings: WidgetConfigSettings = request.app.state.settings
    channels = await channels_of(session, widgets)
    return [_view(settings, session, widget, channels[widget.id]) for widget in widgets]


async def widget_view(request: Request, session: Session, widget: Widget) -> WidgetOut:
    """Render one widget."""
    return (await widget_views(request, session, [widget]))[0]


def setup_view(setup: Json) -> Setup:
    """Render what is kept of a setup."""
    channels = [{name: entry[name] for name in entry if name != "epoch"} for entry in setup["channels"]]
    return Setup.model_validate({**setup, "channels": channels})


def is_visible(settings: WidgetConfigSettings, session: Session, widget: Widget, placed: Placed) -> bool:
    """Whether visitors see a channel now."""
    known = placed.integration
    return is_sure(known.confirmed_at, session.now, settings.sure_for) and is_shown(
        known.state, even_unavailable=widget.setup["show_unavailable"]
    )


def _view(
    settings: WidgetConfigSettings, session: Session, widget: Widget, channels: list[Placed]
) -> WidgetOut:
    script = f"{settings.public_url.rstrip('/')}/w/widget.js"
    setup = setup_view(widget.setup)
    return WidgetOut(
        id=widget.id,
        project_id=widget.project_id,
        name=widget.name,
        public_key=widget.public_key,
        look=setup.look,
        sites=setup.sites,
        show_unavailable=setup.show_unavailable,
        channels=[
            _channel(placed, shown=is_visible(settings, session, widget, placed)) for placed in channels
        ],
        draft=setup_view(merged(widget.setup, widget.draft)) if widget.draft is not None else None,
        published_number=widget.published_number,
        version=widget.version,
        created_at=widget.created_at,
        changed_at=widget.changed_at,
        embed_code=f'<script async src="{script}" data-otklik="{widget.public_key}"></script>',
    )


def _channel(placed: Placed, *, shown: bool) -> ChannelOut:
    integration = placed.integration
    return ChannelOut(
        integration_id=integration.id,
        kind=integration.channel,
        name=integration.name,
        state=integration.state,
        shown=shown,
        link=link_to(integration.community_id, integration.screen_name),
        label=placed.entry["label"],
        tooltip=placed.entry["tooltip"],
    )
