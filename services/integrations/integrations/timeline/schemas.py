"""What the API tells of the timeline."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from integrations.states import Kind, State


class TimelineEntryOut(BaseModel):
    """What was seen (`cause`), what we did (`action`) and what cures it (`cure`), as stable codes."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    kind: Kind
    state: State
    cause: str | None
    action: str | None
    cure: str | None
