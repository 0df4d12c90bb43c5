"""Tags of a project, and which dialogs have them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.table_root import Base


class Tag(Base):
    """A word that operators put on dialogs, the same for the whole project."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    name: Mapped[str]
    colour: Mapped[str]
    created_at: Mapped[datetime]


class DialogTag(Base):
    """A dialog has a tag. It is put on while the tag's row is held, so that none outlives its tag."""

    __tablename__ = "dialog_tag"
    __table_args__ = (
        Index("ix_dialog_tag_tag_id_dialog_id", "tag_id", "dialog_id"),
        Index("ix_dialog_tag_project_id", "project_id"),
    )

    dialog_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
