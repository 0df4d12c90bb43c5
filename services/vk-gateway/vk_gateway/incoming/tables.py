"""What is kept of updates that need another word of VK."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.columns import EnumText
from vk_gateway.table_root import Base


class FollowUpKind(StrEnum):
    """What is to be asked of VK: the whole of a cropped message, or to let go of a pressed button."""

    WHOLE = "whole"
    ANSWER = "answer"


class FollowUp(Base):
    """Something to ask of VK because of an update (`position`), until `gives_up_at`.

    `subject` is the message's number, or the id of the press.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        Index("ix_follow_up_due", "integration_id", "next_attempt_at"),
        Index("ix_follow_up_given_up", "gives_up_at"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    integration_id: Mapped[UUID]
    project_id: Mapped[UUID]
    kind: Mapped[FollowUpKind] = mapped_column(EnumText(FollowUpKind))
    external_id: Mapped[str]
    subject: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    gives_up_at: Mapped[datetime]
