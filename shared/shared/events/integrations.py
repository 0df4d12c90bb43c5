"""What `integrations` announces. Of an integration's events the one with the highest `version` is newest."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import ProjectEvent


class HistoryDepth(StrEnum):
    """How much of what was written before the connection is imported: the last thirty days, or everything."""

    MONTH = "month"
    ALL = "all"


class IntegrationEvent(ProjectEvent):
    """An integration as the registry knows it at `version`."""

    integration_id: UUID
    channel: str
    community_id: int
    epoch: int
    version: int


class IntegrationCreated(IntegrationEvent):
    """A community serves a project from now on; `connection_id` is the gateway's proof of the right to it."""

    type: ClassVar[str] = "integrations.integration_created.v1"

    connection_id: UUID
    name: str
    screen_name: str
    avatar_url: str | None = None
    state: str
    history: HistoryDepth | None = None


class IntegrationStateChanged(IntegrationEvent):
    """An integration is in another state, e.g. `active`; `reason` is the stable code of why."""

    type: ClassVar[str] = "integrations.integration_state_changed.v1"

    state: str
    reason: str | None = None


class IntegrationDeleted(IntegrationEvent):
    """The epoch has ended: nothing of it counts any more and the community is free."""

    type: ClassVar[str] = "integrations.integration_deleted.v1"


class CheckRequested(ProjectEvent):
    """An administrator wants the account looked at now; answered by `channel.account_checked`."""

    type: ClassVar[str] = "integrations.check_requested.v1"

    integration_id: UUID
    epoch: int
    request_id: UUID


class ImportRequested(ProjectEvent):
    """An administrator wants earlier messages imported (again, or more of them)."""

    type: ClassVar[str] = "integrations.import_requested.v1"

    integration_id: UUID
    epoch: int
    import_id: UUID
    depth: HistoryDepth


class ImportCancelled(ProjectEvent):
    """An administrator wants no more of an import; what has come stays."""

    type: ClassVar[str] = "integrations.import_cancelled.v1"

    integration_id: UUID
    epoch: int
    import_id: UUID
