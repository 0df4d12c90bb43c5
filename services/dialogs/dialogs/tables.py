"""What dialogs keeps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.cases.tables import Case
from dialogs.contents.tables import ButtonPress, EarlyMark, MessageVersion
from dialogs.counters.tables import ProjectCounter
from dialogs.notes.tables import Note
from dialogs.quick_answers.tables import QuickAnswer, QuickAnswerFile
from dialogs.search.tables import CatchUp, SearchText
from dialogs.states import Author, DialogState, Direction, FileState, MessageState
from dialogs.table_root import Base
from dialogs.tags.tables import DialogTag, Tag
from dialogs.visits.tables import VisitMark
from shared.database.columns import EnumText, PortableJson

__all__ = [
    "Base",
    "ButtonPress",
    "Case",
    "CatchUp",
    "DialogTag",
    "EarlyMark",
    "MessageVersion",
    "Note",
    "ProjectCounter",
    "QuickAnswer",
    "QuickAnswerFile",
    "SearchText",
    "Tag",
    "VisitMark",
]


class Project(Base):
    """The projection of a project. A deleted one stays as a tombstone, so that nothing brings it back."""

    __tablename__ = "project"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    version: Mapped[int]
    deleted_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]


class Integration(Base):
    """The projection of an integration. `names_version` is the version that its names come from.

    `problem` is a stable code of what keeps it from its state of good health, as far as it was told.
    """

    __tablename__ = "integration"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    channel: Mapped[str]
    community_id: Mapped[int]
    epoch: Mapped[int]
    version: Mapped[int]
    state: Mapped[str]
    deleted: Mapped[bool]
    names_version: Mapped[int]
    name: Mapped[str | None]
    screen_name: Mapped[str | None]
    avatar_url: Mapped[str | None]
    problem: Mapped[str | None]


class Operator(Base):
    """The name of an operator in a project, as accounts or their last changing call there said it.

    For each project anew, so that an id from elsewhere tells nobody whose it is. `role` is null for who left,
    as far as accounts has said anything (`role_at`). `is_program`: an API key, and no person.
    """

    __tablename__ = "project_operator"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    issued_at: Mapped[datetime]
    role: Mapped[str | None]
    role_at: Mapped[datetime | None]
    is_program: Mapped[bool] = mapped_column(default=False)


class Contact(Base):
    """A person as one integration knows them. Names may be unknown for a moment, or for ever.

    `writing_…` is what the messenger said last of whether they take our messages; null is "never said".
    They have read our messages up to the number `read_through`. `has_early_marks` says that there may be
    marks of theirs on messages that we do not have (see `EarlyMark`).
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("integration_id", "external_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    integration_id: Mapped[UUID]
    external_id: Mapped[str]
    name: Mapped[str | None]
    screen_name: Mapped[str | None]
    profile_url: Mapped[str | None]
    avatar_url: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    writing_allowed: Mapped[bool | None]
    writing_reason: Mapped[str | None]
    writing_checked_at: Mapped[datetime | None]
    read_through: Mapped[int] = mapped_column(default=0)
    has_early_marks: Mapped[bool] = mapped_column(default=False)


def _tab(name: str, states: str, *columns: str) -> Index:
    return _chosen(name, f"state IN ({states})", *columns)


def _chosen(name: str, condition: str, *columns: str) -> Index:
    chosen = text(condition)
    return Index(
        f"ix_dialog_{name}",
        "project_id",
        *columns,
        "last_activity_at",
        "id",
        postgresql_where=chosen,
        sqlite_where=chosen,
    )


class Dialog(Base):
    """The one thread with a contact, for ever.

    Numbers are the messenger's own message numbers: `last_number` is the highest known, everything up to
    `answered_through` has an answer, `unanswered_from` is the first customer message without one, and
    operators have seen everything up to `seen_through`. `unread_count` counts the customer's messages behind
    both. `counted` is what the kept counters of the project hold for this dialog, null before it was counted.
    `customer_wrote_at` is when the customer last wrote.
    `asked_number` and `answered_number` are those of the open case, as `Case` and its first answer have them:
    so most messages need no look at the case. `ref…` is what the link carried that led the customer here
    last, `ref_number` the message that said it.
    `site_session` is the session on a site that the dialog began in; a community's dialogs have none.
    Without `has_tags` there are none; with it there may be some (see `DialogTag`).
    """

    __tablename__ = "dialog"
    __table_args__ = (
        _tab("new", "'new'"),
        _tab("mine", "'taken'", "operator_id"),
        _tab("all", "'new', 'taken'"),
        _tab("closed", "'closed'"),
        _tab("any", "'new', 'taken', 'closed'"),
        Index("ix_dialog_integration_id", "integration_id", "last_activity_at", "id"),
        _chosen("important", "important"),
        _chosen("unread", "unread_count > 0"),
        _chosen("unanswered", "unanswered_since IS NOT NULL"),
        Index(
            "ix_dialog_uncounted",
            "contact_id",
            postgresql_where=text("counted IS NULL"),
            sqlite_where=text("counted IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    integration_id: Mapped[UUID]
    contact_id: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[DialogState] = mapped_column(EnumText(DialogState))
    case_id: Mapped[UUID | None]
    operator_id: Mapped[UUID | None]
    closed_through: Mapped[int]
    last_number: Mapped[int]
    answered_through: Mapped[int]
    unanswered_from: Mapped[int | None]
    unanswered_since: Mapped[datetime | None]
    last_activity_at: Mapped[datetime]
    customer_wrote_at: Mapped[datetime | None]
    asked_number: Mapped[int | None]
    answered_number: Mapped[int | None]
    last_message_id: Mapped[UUID | None]
    last_anchor: Mapped[int]
    last_sub: Mapped[int]
    next_reply_number: Mapped[int]
    message_count: Mapped[int]
    seen_through: Mapped[int]
    unread_count: Mapped[int]
    important: Mapped[bool]
    counted: Mapped[str | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    ref: Mapped[str | None]
    ref_source: Mapped[str | None]
    ref_number: Mapped[int | None]
    site_session: Mapped[str | None]
    has_tags: Mapped[bool] = mapped_column(default=False)


class Message(Base):
    """A message. Its place in the dialog is (`anchor`, `sub`).

    With a number of the messenger it is (number, 0). A reply that has none yet stands behind the last
    number known when it was written, by its own reply `number`. `answers_through` tells which customer
    messages a reply answers: those that were there when it was written.

    Of our own replies: `attempt` counts the tries to send it, `asked` is a digest of what the caller asked
    for, `cancel_wanted_at` says that this attempt shall be taken back, `dropped` are the positions of the
    attachments that the messenger did not keep. `changes` are the edits and deletions that were asked for
    and not carried out (see `dialogs.messages.wishes`), of `change_count` in all.

    `content` is what it holds besides its text (`shared.events.content`), null for nothing. The row is how
    the message is now, `told_at` when it was edited into this; all that was told before is in
    `MessageVersion`. `edits` counts the changes that people can see, `edited_at` is the last of them.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("dialog_id", "conversation_message_id"),
        UniqueConstraint("dialog_id", "client_id"),
        Index("ix_message_place", "dialog_id", "anchor", "sub"),
        Index(
            "ix_message_waiting",
            "dialog_id",
            postgresql_where=text("state IN ('queued', 'unconfirmed')"),
            sqlite_where=text("state IN ('queued', 'unconfirmed')"),
        ),
        Index(
            "ix_message_changing",
            "dialog_id",
            postgresql_where=text("changes IS NOT NULL"),
            sqlite_where=text("changes IS NOT NULL"),
        ),
        Index("ix_message_project_id", "project_id", "id"),
        Index(
            "ix_message_sent_at",
            "project_id",
            "sent_at",
            postgresql_where=text("source <> 'history'"),
            sqlite_where=text("source <> 'history'"),
        ),
        Index(
            "ix_message_nameless",
            "author_external_id",
            postgresql_where=text("author = 'staff' AND author_name IS NULL"),
            sqlite_where=text("author = 'staff' AND author_name IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    dialog_id: Mapped[UUID]
    author: Mapped[Author] = mapped_column(EnumText(Author))
    author_id: Mapped[UUID | None]
    author_external_id: Mapped[str | None]
    author_name: Mapped[str | None]
    text: Mapped[str]
    unsupported: Mapped[bool]
    source: Mapped[str]
    state: Mapped[MessageState] = mapped_column(EnumText(MessageState))
    reason: Mapped[str | None]
    conversation_message_id: Mapped[int | None]
    client_id: Mapped[str | None]
    number: Mapped[int | None]
    epoch: Mapped[int]
    anchor: Mapped[int]
    sub: Mapped[int]
    answers_through: Mapped[int | None]
    sent_at: Mapped[datetime]
    version: Mapped[int]
    attempt: Mapped[int | None]
    asked: Mapped[str | None]
    cancel_wanted_at: Mapped[datetime | None]
    dropped: Mapped[list[Any] | None]
    changes: Mapped[list[Any] | None]
    change_count: Mapped[int | None]
    content: Mapped[dict[str, Any] | None] = mapped_column(PortableJson)
    told_at: Mapped[datetime | None]
    edits: Mapped[int] = mapped_column(default=0)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    reaction: Mapped[int | None]
    reaction_order: Mapped[int | None]
    presses: Mapped[int] = mapped_column(default=0)


class File(Base):
    """A file of a message, in the file store under `key`; `media_type` was found from its bytes.

    An operator's upload has their `operator_id` and `client_id`; without `used_at` no message has it yet.
    """

    __tablename__ = "file"
    __table_args__ = (
        UniqueConstraint("project_id", "operator_id", "client_id"),
        Index(
            "ix_file_unused",
            "created_at",
            postgresql_where=text("direction = 'out' AND used_at IS NULL"),
            sqlite_where=text("direction = 'out' AND used_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    direction: Mapped[Direction] = mapped_column(EnumText(Direction))
    state: Mapped[FileState] = mapped_column(EnumText(FileState))
    kind: Mapped[str | None]
    media_type: Mapped[str | None]
    name: Mapped[str | None]
    size_bytes: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    key: Mapped[str | None]
    preview_key: Mapped[str | None]
    problem: Mapped[str | None]
    operator_id: Mapped[UUID | None]
    client_id: Mapped[str | None]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class MessageFile(Base):
    """Which files a message has, quoted and forwarded ones in it too."""

    __tablename__ = "message_file"
    __table_args__ = (
        Index("ix_message_file_file_id", "file_id"),
        Index("ix_message_file_project_id", "project_id"),
    )

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]


class HeldEvent(Base):
    """A gateway's event of an epoch that we have not heard of yet; applied when we have."""

    __tablename__ = "held_event"
    __table_args__ = (Index("ix_held_event_integration_id", "integration_id", "epoch"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    integration_id: Mapped[UUID]
    epoch: Mapped[int]
    type: Mapped[str]
    body: Mapped[bytes]
    correlation_id: Mapped[str | None]
    received_at: Mapped[datetime]


class Change(Base):
    """One line of a project's live feed, rendered once."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_created_at", "created_at"),)

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    body: Mapped[bytes]
    correlation_id: Mapped[str | None]
    created_at: Mapped[datetime]


class ChangeCounter(Base):
    """The number of a project's last change; its row lock puts the changes in order."""

    __tablename__ = "change_counter"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
