"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from integrations.registry.rules import Kind, State

CommunityId = Annotated[int, Field(gt=0, lt=2**53, description="VK's positive number of the community")]


class IntegrationIn(BaseModel):
    """Which community of which connection a project wants."""

    model_config = ConfigDict(extra="forbid")

    project_id: UUID
    channel: Literal["vk"]
    connection_id: UUID
    community_id: CommunityId


class IntegrationOut(BaseModel):
    """An integration as operators see it. `problem` is a stable code, null when all is well.

    `transport` (callback, long_poll or none) is how messages come at the moment; everything written before
    `checked_until` is here but for the gaps: open ones are being fetched, the messenger no longer gives the
    confirmed ones. All four are null until the messenger was asked for the first time.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    channel: str
    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    state: State
    epoch: int
    version: int
    created_at: datetime
    last_changed_at: datetime
    last_checked_at: datetime | None
    problem: str | None
    transport: str | None
    checked_until: datetime | None
    gaps_open: int | None
    gaps_confirmed: int | None


class GapOut(BaseModel):
    """Message numbers of one person's dialog that the messenger no longer gives."""

    external_id: str
    first_number: int
    last_number: int
    confirmed_at: datetime


class IntegrationDetails(IntegrationOut):
    """An integration with its newest confirmed gaps, at most a hundred."""

    gaps: list[GapOut] | None


class TimelineEntryOut(BaseModel):
    """What was seen (`cause`), what we did (`action`) and what cures it (`cure`), as stable codes."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    kind: Kind
    state: State
    cause: str | None
    action: str | None
    cure: str | None


class RegistryItem(BaseModel):
    """An integration as other services reconcile with it, deleted ones too."""

    integration_id: UUID
    project_id: UUID
    channel: str
    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    connection_id: UUID
    epoch: int
    version: int
    state: State
    deleted: bool
