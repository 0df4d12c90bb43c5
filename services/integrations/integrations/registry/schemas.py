"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from integrations.imports.schemas import HistoryImport
from integrations.states import State
from shared.events.channel import FailureKind
from shared.events.integrations import HistoryDepth

CommunityId = Annotated[int, Field(gt=0, lt=2**53, description="VK's positive number of the community")]


class IntegrationIn(BaseModel):
    """Which community of which connection a project wants; with `history` its earlier messages too."""

    model_config = ConfigDict(extra="forbid")

    project_id: UUID
    channel: Literal["vk"]
    connection_id: UUID
    community_id: CommunityId
    history: HistoryDepth | None = None


class WarningOut(BaseModel):
    """What is off while messages come and go, and what cures it."""

    code: str
    cure: str | None


class PersonOut(BaseModel):
    """Who connected a community; the name is as of then."""

    id: UUID
    name: str | None


class IntegrationOut(BaseModel):
    """An integration as operators see it. Codes are stable; what does not hold or is not known is null.

    It is in its `state` since `since`, for `reason`: of the kind `transient` (passes by itself), `account`
    (somebody must see to it) or `setting` (switched off in VK, or VK wants to see a person). `problem` is
    what the newest check found, which need not have changed the state yet; `cure` is what an administrator
    can do.
    `checking_since` is set while a check that an administrator asked for is not answered.
    `transport` (callback, long_poll or none) is how messages come at the moment; everything written before
    `checked_until` is here but for the gaps: open ones are being fetched, the messenger no longer gives the
    confirmed ones. `replies_queued` wait to be sent.
    """

    id: UUID
    project_id: UUID
    channel: str
    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    state: State
    reason: str | None
    reason_kind: FailureKind | None
    since: datetime
    cure: str | None
    problem: str | None
    warnings: list[WarningOut]
    epoch: int
    version: int
    created_at: datetime
    connected_at: datetime
    connected_by: PersonOut | None
    last_changed_at: datetime
    last_checked_at: datetime | None
    checking_since: datetime | None
    last_event_at: datetime | None
    replies_queued: int | None
    transport: str | None
    checked_until: datetime | None
    gaps_open: int | None
    gaps_confirmed: int | None
    history_import: HistoryImport | None


class GapOut(BaseModel):
    """Message numbers of one person's dialog that the messenger no longer gives."""

    external_id: str
    first_number: int
    last_number: int
    confirmed_at: datetime


class IntegrationDetails(IntegrationOut):
    """An integration with its newest confirmed gaps, at most a hundred."""

    gaps: list[GapOut] | None


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
    reason: str | None
    deleted: bool
