"""What is kept so that messages and people are found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.states import SearchKind
from dialogs.table_root import Base
from shared.database.columns import BigIdentity, EnumText
from shared.database.walls import UNWALLED


class SearchText(Base):
    """What a message, a note or a person's name and ids are found by, see `dialogs.search.text`.

    `subject_id` is the message's, the note's or the contact's id. It has no wall between projects in
    PostgreSQL, which would keep the planner from its index (decision 0010): what is found here counts only
    together with its row of `message` or `dialog`, which do.
    """

    __tablename__ = "search_text"
    __table_args__ = (
        Index(
            "ix_search_text_newest",
            "project_id",
            "at",
            "subject_id",
            postgresql_where=text("kind = 'message'"),
            sqlite_where=text("kind = 'message'"),
        ),
        Index(
            "ix_search_text_found",
            "project_id",
            "text",
            "words",
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
            postgresql_with={"gin_pending_list_limit": 256},
        ),
        {"comment": UNWALLED},
    )

    id: Mapped[int] = mapped_column(BigIdentity, primary_key=True)
    project_id: Mapped[UUID]
    dialog_id: Mapped[UUID] = mapped_column(index=True)
    subject_id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[SearchKind] = mapped_column(EnumText(SearchKind))
    at: Mapped[datetime]
    text: Mapped[str]
    words: Mapped[str | None] = mapped_column(TSVECTOR().with_variant(Text(), "sqlite"))


class CatchUp(Base):
    """How far a loop has brought older rows along: those from `reached` on are done, the newest first."""

    __tablename__ = "catch_up"

    name: Mapped[str] = mapped_column(primary_key=True)
    reached: Mapped[UUID | None]
    is_done: Mapped[bool]
