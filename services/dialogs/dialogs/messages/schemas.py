"""What callers send to reply."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CHARACTERS_MAX = 100_000


class ReplyIn(BaseModel):
    """A reply. `client_id` is the caller's own name for it: the same again is the same message."""

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, Field(min_length=1, max_length=64)]
    text: Annotated[str, Field(max_length=CHARACTERS_MAX)]


class EditIn(BaseModel):
    """The whole new text; attachments stay. With `expected_version` only if the message is still at that."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=CHARACTERS_MAX)]
    expected_version: Annotated[int, Field(ge=0, le=2**53)] | None = None
