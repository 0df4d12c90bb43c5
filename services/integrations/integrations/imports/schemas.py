"""What the API takes and gives about the import of earlier messages."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.integrations import HistoryDepth


class Progress(StrEnum):
    """How far an import is."""

    REQUESTED = "requested"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


UNDER_WAY = frozenset({Progress.REQUESTED, Progress.RUNNING})


class HistoryImport(BaseModel):
    """The last import of earlier messages.

    `import_id` is null until the gateway has begun an import that came with the connection. `messages_total`
    is what VK says there is, an estimate for `month`; `per_second` counts messages; null is "not known".
    `cancelling` tells that it shall end and has not yet.
    """

    import_id: UUID | None
    depth: HistoryDepth
    state: Progress
    requested_at: datetime
    told_at: datetime | None = None
    dialogs_done: int = 0
    dialogs_total: int | None = None
    messages_done: int = 0
    messages_total: int | None = None
    per_second: float = 0.0
    seconds_left: int | None = None
    cancelling: bool = False


class ImportIn(BaseModel):
    """How much is wanted: the last thirty days, or everything."""

    model_config = ConfigDict(extra="forbid")

    depth: HistoryDepth
