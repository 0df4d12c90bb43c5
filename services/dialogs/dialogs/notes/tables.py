"""What operators write for each other."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.table_root import Base


class Note(Base):
    """A note in a dialog, which never leaves Otklik. `after_number` is the dialog's last number then.

    `asked` is a digest of what was asked for with this `client_id`. A deleted note keeps its row without its
    text, so that the same request, come again, does not bring it back.
    """

    __tablename__ = "note"
    __table_args__ = (
        UniqueConstraint("dialog_id", "client_id"),
        Index("ix_note_dialog_id_id", "dialog_id", "id"),
        Index("ix_note_project_id", "project_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    dialog_id: Mapped[UUID]
    client_id: Mapped[str]
    asked: Mapped[str]
    text: Mapped[str]
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    after_number: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
