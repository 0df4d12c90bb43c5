"""Marks that visitors of sites take along to the messenger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from dialogs.table_root import Base
from shared.database.columns import PortableJson


class VisitMark(Base):
    """A mark, with the visit that it was given in and the message that brought it, whichever came first.

    A dialog shows the visit when both are known and the message was sent before `expires_at`. Who brought
    the mark first has it. A row with one half only is forgotten after `kept_until`.
    """

    __tablename__ = "visit_mark"

    integration_id: Mapped[UUID] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    page_url: Mapped[str | None]
    page_title: Mapped[str | None]
    referrer: Mapped[str | None]
    campaign: Mapped[dict[str, Any] | None] = mapped_column(PortableJson)
    marked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    dialog_id: Mapped[UUID | None] = mapped_column(index=True)
    number: Mapped[int | None]
    said_at: Mapped[datetime | None]
    kept_until: Mapped[datetime | None] = mapped_column(index=True)
