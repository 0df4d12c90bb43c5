"""Who a person is, and what is theirs; read once, then shown and signed."""

from dataclasses import dataclass
from uuid import UUID

from shared.http.access import Role


@dataclass(frozen=True)
class Identity:
    """A person."""

    id: UUID
    email: str
    name: str


@dataclass(frozen=True)
class OwnProject:
    """A project as one of its people sees it."""

    id: UUID
    name: str
    role: Role
