"""The tables of accounts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.columns import EnumText
from shared.http.access import Role
from shared.runtime.tables import Table, service_metadata


class Base(Table):
    """The root of the mapped classes of accounts."""

    __abstract__ = True
    metadata = service_metadata()


class Operator(Base):
    """A person. Without `password_hash` they were invited and have not enrolled yet.

    `token_ms` is the moment (Unix milliseconds) of the newest access token or cut. It never goes back, so a
    cut is newer than every token signed before it and older than every one after it, whatever the clocks say.
    """

    __tablename__ = "operator"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    is_demo: Mapped[bool]
    token_ms: Mapped[int]
    created_at: Mapped[datetime]


class Project(Base):
    """A customer's site or business. `version` grows with each new name."""

    __tablename__ = "project"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]


class Membership(Base):
    """A person's role in a project."""

    __tablename__ = "membership"

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(EnumText(Role))
    created_at: Mapped[datetime]


class OperatorSession(Base):
    """One sign-in on one device. The token itself is kept by the browser only; here is its SHA-256.

    `address` and `user_agent` are where the person signed in from, to recognise the device by.
    """

    __tablename__ = "operator_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str | None]
    user_agent: Mapped[str | None]


class ApiKey(Base):
    """What a program calls us with, in one project. `prefix` is its public beginning, the rest is hashed.

    To everybody else it is a person whose id is the key's; `token_ms` is its clock, as an operator's.
    """

    __tablename__ = "api_key"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(EnumText(Role))
    prefix: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[bytes]
    token_ms: Mapped[int]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class Enrolment(Base):
    """A one-time link with which a person chooses their password. It is deleted when used.

    Links of first administrators have no person and no project yet, and a `slot` that only one may hold.
    """

    __tablename__ = "enrolment"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    slot: Mapped[str | None] = mapped_column(unique=True)
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operator.id"), index=True)
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("project.id"), index=True)
    expires_at: Mapped[datetime]


class SigningKey(Base):
    """A key that signs access tokens, sealed. The highest `number` signs; all of them are published."""

    __tablename__ = "signing_key"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[str]
    created_at: Mapped[datetime]


class Attempts(Base):
    """The failed sign-ins of one account or one address within the last hour, as Unix milliseconds."""

    __tablename__ = "attempts"

    subject: Mapped[str] = mapped_column(primary_key=True)
    failures_ms: Mapped[list[Any]]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """What somebody did, for ever. Rows are only ever added; ids of what is gone stay.

    `kind` is an `AuditKind`, or another service's own word in the form `service.action`.
    """

    __tablename__ = "audit"
    __table_args__ = (Index(None, "project_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    project_id: Mapped[UUID | None] = mapped_column(Uuid)
    subject_id: Mapped[UUID | None] = mapped_column(Uuid)
    address: Mapped[str | None]
    details: Mapped[dict[str, Any]]
