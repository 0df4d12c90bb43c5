"""What callers get about operators."""

from uuid import UUID

from pydantic import BaseModel


class PersonOut(BaseModel):
    """Somebody who works in a project; `taken` counts the open dialogs that they answer for.

    `role` is null while accounts has not said it.
    """

    id: UUID
    name: str
    role: str | None
    taken: int
