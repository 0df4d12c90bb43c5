"""What callers get when they search messages."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from dialogs.threads.schemas import DialogSummary, MessageAuthor


class SnippetPiece(BaseModel):
    """A stretch of a text; `is_match` is to be marked."""

    text: str
    is_match: bool


class MessageHit(BaseModel):
    """A message that was found, and where: open the thread with `around=<message_id>`."""

    message_id: UUID
    place: tuple[int, int]
    author: MessageAuthor
    sent_at: datetime
    snippet: list[SnippetPiece]
    dialog: DialogSummary
