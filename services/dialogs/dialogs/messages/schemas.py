"""What callers send to reply."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CHARACTERS_MAX = 100_000


class ReplyIn(BaseModel):
    """A reply. `client_id` is the caller's own name for it: the same again is the same message."""

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, Field(min_length=1, max_length=64)]
    text: Annotated[str, Field(max_length=CHARACTERS_MAX)]
