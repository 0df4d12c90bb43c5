"""What goes in and out about a project's people."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from accounts.enrolments.links import NewEnrolment
from accounts.people.person import Person
from accounts.texts import Email
from shared.http.access import Role


class PersonIn(BaseModel):
    """Whom to add, and as what."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    role: Role


class RoleIn(BaseModel):
    """A person's new role."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class PersonOut(BaseModel):
    """A person of a project. `enrolled` is false until they have chosen a password."""

    id: UUID
    email: str
    name: str
    role: Role
    enrolled: bool


class EnrolmentLinkOut(BaseModel):
    """A one-time link to hand to the person; it is shown this once."""

    url: str
    expires_at: datetime


class PersonAddedOut(PersonOut):
    """A person who was just added. `enrolment` is null when they have an account already."""

    enrolment: EnrolmentLinkOut | None


def person_out(person: Person) -> PersonOut:
    """Show a person to the others of the project."""
    return PersonOut(
        id=person.id, email=person.email, name=person.name, role=person.role, enrolled=person.enrolled
    )


def link_out(made: NewEnrolment) -> EnrolmentLinkOut:
    """Show a new link."""
    return EnrolmentLinkOut(url=made.url, expires_at=made.expires_at)
