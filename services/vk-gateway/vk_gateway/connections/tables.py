"""What is kept of proofs of the right to communities, and of people on their way to VK and back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from shared.database.columns import EnumText
from vk_gateway.connections.states import ConnectionState, Method, Step
from vk_gateway.table_root import Base


class Connection(Base):
    """A proof, or an attempt at one, that somebody of a project may use communities.

    `failure` says why it was cancelled or failed. `expires_at` is when its present state ends by itself.
    `person_*` is who they are at VK; `lists_communities` whether VK told which ones they administer.
    """

    __tablename__ = "connection"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    operator_id: Mapped[UUID]
    method: Mapped[Method] = mapped_column(EnumText(Method))
    state: Mapped[ConnectionState] = mapped_column(EnumText(ConnectionState))
    failure: Mapped[str | None]
    person_id: Mapped[int | None]
    person_name: Mapped[str | None]
    person_avatar_url: Mapped[str | None]
    lists_communities: Mapped[bool | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ConnectionCommunity(Base):
    """A community that a connection is about; with its key, sealed, once VK has given it for this one."""

    __tablename__ = "connection_community"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    screen_name: Mapped[str]
    avatar_url: Mapped[str | None]
    is_admin: Mapped[bool | None]
    role: Mapped[str | None]
    messages_enabled: Mapped[bool | None]
    permissions: Mapped[list[Any]]
    key_sealed: Mapped[str | None]


class ConsentStep(Base):
    """A person who was sent to VK. The row goes in the transaction that takes them back.

    `state_hash` is of the `state` they bring back, `browser_hash` and `session_hash` are of their cookies;
    the PKCE verifier is sealed.
    """

    __tablename__ = "consent_step"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(index=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    operator_id: Mapped[UUID]
    step: Mapped[Step] = mapped_column(EnumText(Step))
    browser_hash: Mapped[bytes]
    session_hash: Mapped[bytes | None]
    verifier_sealed: Mapped[str | None]
    community_ids: Mapped[list[Any]]
    expires_at: Mapped[datetime]


class SpentStep(Base):
    """A `state` that was used, so that whoever brings it again is known and noted down."""

    __tablename__ = "spent_step"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    project_id: Mapped[UUID] = mapped_column(index=True)
    spent_at: Mapped[datetime] = mapped_column(index=True)
