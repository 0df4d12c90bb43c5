"""What callers get about cases."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from dialogs.threads.schemas import OperatorOut


class CaseLine(BaseModel):
    """A case in the history of a dialog; `number` counts them from 1.

    It begins before the first message from `opened_number` on, and ends behind the last one up to
    `closed_number`. `operator` is who answered for it last.
    """

    id: UUID
    number: int
    opened_at: datetime
    opened_number: int
    taken_at: datetime | None
    operator: OperatorOut | None
    closed_at: datetime | None
    closed_by: OperatorOut | None
    closed_number: int | None
