"""What `widget-config` announces."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.events.envelope import ProjectEvent


class WidgetChanged(ProjectEvent):
    """A widget's public appearance changed or the widget is gone (`deleted`)."""

    type: ClassVar[str] = "widgets.widget_changed.v1"

    widget_id: UUID
    version: int
    deleted: bool = False


class VisitMarked(ProjectEvent):
    """A visitor went from a site's widget to a channel; its messenger may return `mark` with a message.

    `mark` counts once and until `expires_at`. `campaign` holds the `utm_…` parameters of the page's address.
    """

    type: ClassVar[str] = "widgets.visit_marked.v1"

    widget_id: UUID
    integration_id: UUID
    mark: str
    page_url: str
    page_title: str | None = None
    referrer: str | None = None
    campaign: dict[str, str] = Field(default_factory=dict)
    marked_at: datetime
    expires_at: datetime
