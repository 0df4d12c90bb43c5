"""What the API gives of versions."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from widget_config.widgets.schemas import Setup


class PublisherOut(BaseModel):
    """Who published a version, by the name of that day."""

    id: UUID
    name: str | None


class VersionOut(BaseModel):
    """A setup as it was published. `by` is null for what was there before versions were kept."""

    number: int
    published_at: datetime
    by: PublisherOut | None
    restored_from: int | None
    setup: Setup
