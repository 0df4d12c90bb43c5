"""What callers send to reply."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

CHARACTERS_MAX = 100_000
FILES_MAX = 100


class ReplyIn(BaseModel):
    """A reply. `client_id` is the caller's own name for it: the same again is the same message.

    `quoted_message_id` is a message of the same dialog, `attachments` are uploaded files of the project, at
    most ten. With attachments the text may be empty. `take_over`: if a colleague has the dialog, it is the
    caller's from now on. With `seen_number`, the highest `place[0]` that the caller has seen, nothing is sent
    if a colleague has replied behind it.
    """

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, Field(min_length=1, max_length=64)]
    text: Annotated[str, Field(max_length=CHARACTERS_MAX)]
    quoted_message_id: UUID | None = None
    attachments: Annotated[list[UUID], Field(max_length=FILES_MAX)] = []
    take_over: bool = False
    seen_number: Annotated[int, Field(ge=0, le=2**53)] | None = None


class EditIn(BaseModel):
    """The whole new text; attachments stay. With `expected_version` only if the message is still at that."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=CHARACTERS_MAX)]
    expected_version: Annotated[int, Field(ge=0, le=2**53)] | None = None
