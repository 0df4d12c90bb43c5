"""What an event is, and the envelope it travels in. Needs pydantic only."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

PAYLOAD_BYTES_MAX = 256 * 1024


class Event(BaseModel):
    """A fact that a service announces. Within a version only optional fields are added.

    Readers ignore fields they do not know. Times are UTC; ids are UUIDs unless a field says otherwise.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: ClassVar[str]


class ProjectEvent(Event):
    """An event inside one project, the tenant boundary."""

    project_id: UUID


class Envelope(BaseModel):
    """An event on its way: identity, time and the story it belongs to."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    type: str
    occurred_at: datetime
    correlation_id: str | None = None
    payload: dict[str, object]

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Read an envelope; raises pydantic.ValidationError when it is not one."""
        return cls.model_validate_json(body)
