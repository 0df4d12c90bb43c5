"""What an event is, and the envelope it travels in. Needs pydantic only."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PrivateAttr

PAYLOAD_BYTES_MAX = 256 * 1024


class Event(BaseModel):
    """A fact that a service announces. Within a version only optional fields are added.

    Readers ignore fields they do not know. Times are UTC; ids are UUIDs unless a field says otherwise.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: ClassVar[str]
    _correlation_id: str | None = PrivateAttr(default=None)

    @property
    def correlation_id(self) -> str | None:
        """The story that a received event belongs to. It travels in the envelope, not in the payload."""
        return self._correlation_id

    def correlated(self, correlation_id: str | None) -> Self:
        """Say which story this event belongs to. Returns the event itself."""
        self._correlation_id = correlation_id
        return self


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
