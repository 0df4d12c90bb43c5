"""What is kept of people."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from vk_gateway.table_root import Base


class WritingPermission(Base):
    """Whether a person takes our messages, as VK said; nobody has a row of whom VK never said no.

    `allowed` is null until VK was asked once; `wanted_at` asks for a look, `changed_at` is when it became so.
    """

    __tablename__ = "writing_permission"
    __table_args__ = (
        Index(
            "ix_writing_permission_wanted",
            "integration_id",
            "wanted_at",
            postgresql_where=text("wanted_at IS NOT NULL"),
            sqlite_where=text("wanted_at IS NOT NULL"),
        ),
    )

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    allowed: Mapped[bool | None]
    reason: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    wanted_at: Mapped[datetime | None]
