"""What `accounts` announces."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import Event, ProjectEvent


class ProjectCreated(ProjectEvent):
    """A project exists; its name is what operators see."""

    type: ClassVar[str] = "accounts.project_created.v1"

    name: str


class ProjectRenamed(ProjectEvent):
    """A project has a new name. The highest `version` is the newest."""

    type: ClassVar[str] = "accounts.project_renamed.v1"

    name: str
    version: int


class ProjectDeleted(ProjectEvent):
    """A project and everything in it is gone."""

    type: ClassVar[str] = "accounts.project_deleted.v1"


class PersonJoined(ProjectEvent):
    """A person has a role in a project from now on, the first or another one.

    `name` is their e-mail until they have chosen one.
    """

    type: ClassVar[str] = "accounts.person_joined.v1"

    operator_id: UUID
    name: str
    joined_at: datetime
    role: str = "operator"


class PersonLeft(ProjectEvent):
    """A person has no role in a project from now on."""

    type: ClassVar[str] = "accounts.person_left.v1"

    operator_id: UUID
    name: str
    left_at: datetime


class AccessChanged(Event):
    """An operator's rights changed or they signed out: tokens issued before `not_before` count no more."""

    type: ClassVar[str] = "accounts.access_changed.v1"

    operator_id: UUID
    not_before: datetime
