"""What the whole world may know of a widget."""

import re

from shared.database.session import Session
from widget_config.channels.queries import Placed, channels_of
from widget_config.channels.rules import link_to
from widget_config.public.copies import Copy
from widget_config.settings import WidgetConfigSettings
from widget_config.tables import Widget
from widget_config.widgets.queries import find_by_key
from widget_config.widgets.schemas import PublicChannel, PublicWidget
from widget_config.widgets.views import is_visible

_PUBLIC_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


async def make_copy(session: Session, settings: WidgetConfigSettings, public_key: str) -> Copy:
    """Return what is public of the widget with a key; an empty copy when there is none."""
    widget = await find_open(session, public_key)
    if widget is None:
        return Copy(b"")
    shown = await visible_channels(session, settings, widget)
    look = widget.setup["look"]
    config = PublicWidget(
        title=look["title"],
        color=look["color"],
        corner=look["corner"],
        texts=look["texts"],
        channels=[
            PublicChannel(
                kind=placed.integration.channel,
                name=placed.integration.name,
                link=link_of(placed),
                label=placed.entry["label"],
                tooltip=placed.entry["tooltip"],
            )
            for placed in shown
        ],
    )
    return Copy(config.model_dump_json().encode(), widget.setup["sites"])


async def find_open(session: Session, public_key: str) -> Widget | None:
    """Return the widget with a key; what cannot be a key is not looked for."""
    return await find_by_key(session, public_key) if _PUBLIC_KEY.fullmatch(public_key) else None


async def visible_channels(session: Session, settings: WidgetConfigSettings, widget: Widget) -> list[Placed]:
    """Return the channels that visitors see now, in their order."""
    channels = (await channels_of(session, [widget]))[widget.id]
    return [placed for placed in channels if is_visible(settings, session, widget, placed)]


def link_of(placed: Placed) -> str:
    """Return where a channel's button leads."""
    return link_to(placed.integration.community_id, placed.integration.screen_name)
