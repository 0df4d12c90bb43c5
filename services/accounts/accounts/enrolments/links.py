"""One-time links, as made and as found again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class NewEnrolment:
    """A link that was just made. Only its hash is stored, so it can be shown this once."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class FoundEnrolment:
    """A link that works, and whom it is for; a first administrator's is for nobody in particular."""

    operator_id: UUID | None
    email: str | None
    project: str | None
    expires_at: datetime
