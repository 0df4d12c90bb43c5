"""What callers send and get about notes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dialogs.threads.schemas import OperatorOut

TEXT_CHARACTERS_MAX = 10_000

Text = Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX, pattern=r"\S")]


class NoteIn(BaseModel):
    """A note. `client_id` is the caller's own name for it: the same again is the same note."""

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, Field(min_length=1, max_length=64)]
    text: Text


class NoteChange(BaseModel):
    """The whole new text."""

    model_config = ConfigDict(extra="forbid")

    text: Text


class NoteOut(BaseModel):
    """A note: for operators only. Its place is behind the message `after_number`.

    The highest `version` is the newest. A deleted one has no text.
    """

    id: UUID
    client_id: str
    dialog_id: UUID
    text: str
    author: OperatorOut
    after_number: int
    created_at: datetime
    edited_at: datetime | None
    version: int
