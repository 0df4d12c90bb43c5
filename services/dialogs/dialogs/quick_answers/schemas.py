"""What callers send and get about quick answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dialogs.files.schemas import UploadOut

TEXT_CHARACTERS_MAX = 10_000
FILES_MAX = 100

Shortcut = Annotated[str, Field(pattern=r"^[^\s/]\S{0,31}$", description="Without blanks; as small letters")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Text = Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX)]
Files = Annotated[list[UUID], Field(max_length=FILES_MAX)]


class QuickAnswerIn(BaseModel):
    """A new quick answer. `files` are uploaded files of the project; with some the text may be empty."""

    model_config = ConfigDict(extra="forbid")

    project_id: UUID
    shortcut: Shortcut
    title: Title = ""
    text: Text
    files: Files = []


class QuickAnswerChange(BaseModel):
    """What shall be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    shortcut: Shortcut | None = None
    title: Title | None = None
    text: Text | None = None
    files: Files | None = None


class QuickAnswerOut(BaseModel):
    """A quick answer. Clients fill `{{contact}}`, `{{first_name}}`, `{{operator}}` and `{{community}}`.

    `files` are given to a reply as its `attachments`, as often as one likes.
    """

    id: UUID
    project_id: UUID
    shortcut: str
    title: str
    text: str
    files: list[UploadOut]
    updated_at: datetime
