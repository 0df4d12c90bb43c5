"""What `widget-config` announces."""

from typing import ClassVar
from uuid import UUID

from shared.events.envelope import ProjectEvent


class WidgetChanged(ProjectEvent):
    """A widget's public appearance changed or the widget is gone (`deleted`)."""

    type: ClassVar[str] = "widgets.widget_changed.v1"

    widget_id: UUID
    version: int
    deleted: bool = False
