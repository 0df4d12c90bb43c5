"""What is kept of messages besides how they are now: what they were, and marks on them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.table_root import Base
from shared.database.columns import PortableJson


class MessageVersion(Base):
    """A telling of a message that was told with different contents; `told_at` of the original is 1970.

    A message without rows here was told once, or each time the same.
    """

    __tablename__ = "message_version"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    told_at: Mapped[datetime] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    text: Mapped[str]
    unsupported: Mapped[bool]
    content: Mapped[dict[str, Any] | None] = mapped_column(PortableJson)
    author_id: Mapped[UUID | None]
    author_external_id: Mapped[str | None]
    author_name: Mapped[str | None]


class EarlyMark(Base):
    """What is known about a message that we do not have yet, or never will; the message takes it over."""

    __tablename__ = "early_mark"

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[UUID] = mapped_column(index=True)
    deleted_at: Mapped[datetime | None]
    reaction: Mapped[int | None]
    reaction_order: Mapped[int | None]
    presses: Mapped[int]


class ButtonPress(Base):
    """A button under the message `number` was pressed, if what the customer's side says is true."""

    __tablename__ = "button_press"
    __table_args__ = (Index("ix_button_press_place", "contact_id", "number", "pressed_at"),)

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    press_id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[int]
    payload: Mapped[str]
    pressed_at: Mapped[datetime]
