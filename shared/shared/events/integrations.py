"""What `integrations` announces. Of an integration's events the one with the highest `version` is newest."""

from typing import ClassVar
from uuid import UUID

from shared.events.envelope import ProjectEvent


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


class IntegrationStateChanged(IntegrationEvent):
    """An integration is in another state, e.g. `active`."""

    type: ClassVar[str] = "integrations.integration_state_changed.v1"

    state: str
    reason: str | None = None


class IntegrationDeleted(IntegrationEvent):
    """The epoch has ended: nothing of it counts any more and the community is free."""

    type: ClassVar[str] = "integrations.integration_deleted.v1"
