"""What goes in and out when people sign in."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from accounts.sessions.identity import Identity, OwnProject
from accounts.texts import Email, PasswordText
from shared.http.access import Role


class SignInIn(BaseModel):
    """E-mail and password."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: PasswordText


class OperatorOut(BaseModel):
    """A person, as they see themselves."""

    id: UUID
    email: str
    name: str


class OwnProjectOut(BaseModel):
    """A project and the caller's role in it."""

    id: UUID
    name: str
    role: Role


class IdentityOut(BaseModel):
    """Who signed in, and their projects by name."""

    operator: OperatorOut
    projects: list[OwnProjectOut]


class SessionOut(BaseModel):
    """A sign-in on one device. `current` is the one that asks."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    address: str | None
    user_agent: str | None
    current: bool


def own_project_out(project: OwnProject) -> OwnProjectOut:
    """Show a project to one of its people."""
    return OwnProjectOut(id=project.id, name=project.name, role=project.role)


def identity_out(operator: Identity, projects: list[OwnProject]) -> IdentityOut:
    """Show a person to themselves."""
    return IdentityOut(
        operator=OperatorOut(id=operator.id, email=operator.email, name=operator.name),
        projects=[own_project_out(project) for project in projects],
    )
