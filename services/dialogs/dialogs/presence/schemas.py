"""What callers say and get about who is at a dialog."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from dialogs.threads.schemas import OperatorOut


class Presence(StrEnum):
    """What somebody does in a dialog that they have open."""

    VIEWING = "viewing"
    TYPING = "typing"


class PresenceIn(BaseModel):
    """What the caller does."""

    model_config = ConfigDict(extra="forbid")

    state: Presence


class PresentOut(BaseModel):
    """Somebody who has the dialog open."""

    operator: OperatorOut
    state: Presence


class PresenceOut(BaseModel):
    """Who else has the dialog open now, in the order in which they came."""

    items: list[PresentOut]
