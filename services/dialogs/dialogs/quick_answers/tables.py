"""Texts and files that operators send often."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.table_root import Base


class QuickAnswer(Base):
    """A ready answer of a project, found by its shortcut (small letters)."""

    __tablename__ = "quick_answer"
    __table_args__ = (UniqueConstraint("project_id", "shortcut"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    shortcut: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    updated_at: Mapped[datetime]


class QuickAnswerFile(Base):
    """An uploaded file of a quick answer; it does not expire as long as one has it."""

    __tablename__ = "quick_answer_file"
    __table_args__ = (
        Index("ix_quick_answer_file_file_id", "file_id"),
        Index("ix_quick_answer_file_project_id", "project_id"),
    )

    quick_answer_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    position: Mapped[int]
