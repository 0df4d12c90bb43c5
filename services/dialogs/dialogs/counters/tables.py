"""What is kept so that nobody has to count."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from dialogs.table_root import Base


class ProjectCounter(Base):
    """How many dialogs of a project are what; of one operator, in rows of theirs; `NOBODY` is the project."""

    __tablename__ = "project_counter"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(primary_key=True)
    new: Mapped[int]
    taken: Mapped[int]
    closed: Mapped[int]
    unread: Mapped[int]
    unanswered: Mapped[int]
    important: Mapped[int]
