"""What goes out of the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class ActorOut(BaseModel):
    """Who did it: a person, or an API key. The name is unknown when they are gone."""

    id: UUID
    name: str | None


class AuditEntryOut(BaseModel):
    """What was done. `actor` is null for what happened by itself."""

    id: UUID
    at: datetime
    action: str
    actor: ActorOut | None
    subject_id: UUID | None
    address: str | None
    details: dict[str, Any]
