"""A person of a project, as read from the database."""

from dataclasses import dataclass
from uuid import UUID

from shared.http.access import Role


@dataclass(frozen=True)
class Person:
    """A person and their role in one project. `enrolled` is false until they have chosen a password."""

    id: UUID
    email: str
    name: str
    role: Role
    enrolled: bool
