"""What goes in and out when people enrol."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from accounts.enrolments.links import FoundEnrolment
from accounts.texts import Email, Name, PasswordText


class EnrolmentIn(BaseModel):
    """Name and password; the e-mail address too when the link is not bound to one."""

    model_config = ConfigDict(extra="forbid")

    email: Email | None = None
    name: Name
    password: PasswordText


class EnrolmentOut(BaseModel):
    """A link that works. A first administrator's is bound to no e-mail address and no project."""

    first_administrator: bool
    email: str | None
    project: str | None
    expires_at: datetime


def enrolment_out(enrolment: FoundEnrolment) -> EnrolmentOut:
    """Show a link to the person it is for."""
    return EnrolmentOut(
        first_administrator=enrolment.operator_id is None,
        email=enrolment.email,
        project=enrolment.project,
        expires_at=enrolment.expires_at,
    )
