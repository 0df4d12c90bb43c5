"""How callers see files."""

from uuid import UUID

from pydantic import BaseModel

from dialogs.states import FileState
from shared.events.dialogs import OutgoingKind


class FileOut(BaseModel):
    """A file of a message, at `/api/v1/dialogs/files/{id}` once it is `ready`.

    `media_type` was found from its bytes. `problem` is a stable code: `too_large`, `gone`, `not_allowed`,
    `unreadable`.
    """

    id: UUID
    state: FileState
    media_type: str | None
    name: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    has_preview: bool
    problem: str | None


class UploadOut(FileOut):
    """An operator's upload; `kind` is as what it goes to the messenger."""

    kind: OutgoingKind
