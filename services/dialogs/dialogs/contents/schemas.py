"""What a message holds besides its text, as callers get it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from dialogs.files.schemas import FileOut
from shared.events.content import Location, Style


class AttachmentOut(BaseModel):
    """One attachment. `kind` is one of those that this version knows, `original` the messenger's word.

    `url` is where the thing can be looked at, outside; `file` is our copy.
    """

    kind: str
    original: str | None
    file: FileOut | None
    title: str | None
    text: str | None
    url: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    duration_seconds: int | None
    waveform: tuple[int, ...]
    price: str | None
    options: tuple[str, ...]


class IncludedOut(BaseModel):
    """A message inside another one. `message_id` is our own id of a quoted message that we have."""

    author_external_id: str | None
    author_name: str | None
    message_id: UUID | None
    conversation_message_id: int | None
    text: str
    sent_at: datetime | None
    attachments: list[AttachmentOut]
    location: Location | None
    quoted: "IncludedOut | None"
    forwarded: list["IncludedOut"]
    left_out: int


class ContentOut(BaseModel):
    """All that a message holds besides its text. `payload`, `ref` and `ref_source` can be forged."""

    attachments: list[AttachmentOut]
    location: Location | None
    quoted: IncludedOut | None
    forwarded: list[IncludedOut]
    left_out: int
    styles: tuple[Style, ...]
    payload: str | None
    ref: str | None
    ref_source: str | None
    is_cut: bool


class PressOut(BaseModel):
    """The customer pressed a button under the message. `payload` is JSON and can be forged."""

    payload: str
    pressed_at: datetime


class VersionAuthor(BaseModel):
    """Who made a version. `id` is an operator's; `name` is null for the customer."""

    id: UUID | None
    name: str | None


class VersionOut(BaseModel):
    """What a message was from `since` on; null is the original."""

    since: datetime | None
    text: str
    unsupported: bool
    content: ContentOut
    author: VersionAuthor
