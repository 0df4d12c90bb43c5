"""What is kept of cases."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.table_root import Base


class Case(Base):
    """One piece of work inside a dialog.

    `opened_number` is the customer's first message in it; of a case that an operator opened the number after
    the dialog's last one. It has the messages numbered above `opened_after`, where the case before it ended,
    up to `closed_through`, the dialog's last number when it was closed. The first of them that the customer
    wrote is `asked_number`, at `asked_at`; `first_answer_id` is the first answer to it (see
    `dialogs.cases.first_answers`).
    """

    __tablename__ = "case_"
    __table_args__ = (
        Index("ix_case__opened_at", "project_id", "opened_at"),
        Index(
            "ix_case__closed_at",
            "project_id",
            "closed_at",
            postgresql_where=text("closed_at IS NOT NULL"),
            sqlite_where=text("closed_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    dialog_id: Mapped[UUID] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    opened_number: Mapped[int | None]
    opened_after: Mapped[int] = mapped_column(default=0)
    asked_number: Mapped[int | None]
    asked_at: Mapped[datetime | None]
    first_answer_id: Mapped[UUID | None]
    taken_at: Mapped[datetime | None]
    operator_id: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    closed_through: Mapped[int | None]
