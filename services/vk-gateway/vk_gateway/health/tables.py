"""What is known of an account's health."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from vk_gateway.table_root import Base


class Health(Base):
    """How VK treats a community: what the last probe found, and what was told of it.

    `problem` is what keeps us from working. `suspicion` is what VK said in passing or to one probe; until the
    next probe confirms or refutes it, nothing else is asked of VK. `by_sending`: it was said to a reply.
    `warnings` are of the key's rights; `messages_off` and `connector_left` is what VK's events said, the
    connector being the person (`connector_id`, at VK) who gave us the key. `actions` were done and not yet
    told, `requests` are checks not yet answered. `told` is the problem, its kind and the warnings told last.
    """

    __tablename__ = "health"
    __table_args__ = (Index("ix_health_probe", "next_probe_at"),)

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    epoch: Mapped[int]
    connector_id: Mapped[int | None]
    connector_left: Mapped[bool]
    messages_off: Mapped[bool]
    problem: Mapped[str | None]
    suspicion: Mapped[str | None]
    by_sending: Mapped[bool]
    warnings: Mapped[list[Any]]
    actions: Mapped[list[Any]]
    requests: Mapped[list[Any]]
    told: Mapped[list[Any]]
    told_at: Mapped[datetime]
    failures: Mapped[int]
    next_probe_at: Mapped[datetime]
