"""What any service announces for the audit log, which `accounts` keeps."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.events.envelope import ProjectEvent


class ActionRecorded(ProjectEvent):
    """Somebody did something in a project that its owner may want to look up later.

    `action` is a stable word of the form `service.verb`, `subject_name` what people know the subject by.
    An `operator_id` of null says that it happened by itself. No secrets and no words of customers go here.
    """

    type: ClassVar[str] = "audit.action_recorded.v1"

    action: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=40)]
    operator_id: UUID | None
    subject_id: UUID | None
    subject_name: Annotated[str, Field(max_length=200)]
    at: datetime
