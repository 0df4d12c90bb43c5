"""Which dialogs of a project a list shows."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, Uuid, literal, not_, or_, select, text, tuple_

from dialogs.tables import Contact, Dialog, DialogTag
from shared.database.columns import UtcDateTime

Condition = ColumnElement[bool] | TextClause


class Tab(StrEnum):
    """A list of dialogs: waiting for anybody, the caller's own, all open ones, closed ones, or any."""

    NEW = "new"
    MINE = "mine"
    ALL = "all"
    CLOSED = "closed"
    ANY = "any"


# Literal, so that the planners see that the partial index fits.
STATES = {
    Tab.NEW: text("dialog.state IN ('new')"),
    Tab.MINE: text("dialog.state IN ('taken')"),
    Tab.ALL: text("dialog.state IN ('new', 'taken')"),
    Tab.CLOSED: text("dialog.state IN ('closed')"),
    Tab.ANY: text("dialog.state IN ('new', 'taken', 'closed')"),
}
MARKS = {
    "important": ("dialog.important", "NOT dialog.important"),
    "unread": ("dialog.unread_count > 0", "dialog.unread_count = 0"),
    "unanswered": ("dialog.unanswered_since IS NOT NULL", "dialog.unanswered_since IS NULL"),
}


@dataclass(frozen=True)
class Filters:
    """All of it holds at once; what is None or empty makes no difference.

    `operators` may hold None for "nobody", of `tags` one is enough. `blocked`: the person takes no messages
    of ours. The period is that of the last activity, `active_to` itself outside.
    """

    project_id: UUID
    tab: Tab
    caller_id: UUID
    integrations: frozenset[UUID] = frozenset()
    operators: frozenset[UUID | None] = frozenset()
    tags: frozenset[UUID] = frozenset()
    active_from: datetime | None = None
    active_to: datetime | None = None
    blocked: bool | None = None
    important: bool | None = None
    unread: bool | None = None
    unanswered: bool | None = None

    @property
    def scope(self) -> str:
        """Return a text that is the same for the same filters and for no others."""
        parts = [sorted(map(str, part)) if isinstance(part, frozenset) else part for part in astuple(self)]
        return "|".join(map(str, parts))

    def conditions(self) -> list[Condition]:
        """Return what the rows of `dialog` must fulfil."""
        found: list[Condition] = [Dialog.project_id == self.project_id, STATES[self.tab]]
        if self.tab is Tab.MINE:
            found.append(Dialog.operator_id == self.caller_id)
        if self.integrations:
            found.append(_one_of(Dialog.integration_id, self.integrations))
        if self.operators:
            somebody = _one_of(Dialog.operator_id, {one for one in self.operators if one is not None})
            nobody = Dialog.operator_id.is_(None)
            found.append(or_(nobody, somebody) if None in self.operators else somebody)
        if self.tags:
            tagged = select(DialogTag.dialog_id).where(_one_of(DialogTag.tag_id, self.tags))
            found.append(Dialog.id.in_(tagged))
        if self.active_from is not None:
            found.append(Dialog.last_activity_at >= self.active_from)
        if self.active_to is not None:
            found.append(Dialog.last_activity_at < self.active_to)
        if self.blocked is not None:
            found.append(_blocked() if self.blocked else not_(_blocked()))
        for name, (holds, holds_not) in MARKS.items():
            wanted = getattr(self, name)
            if wanted is not None:
                found.append(text(holds if wanted else holds_not))
        return found


def _one_of(column: Any, ids: set[UUID] | frozenset[UUID]) -> ColumnElement[bool]:
    # A list of one would hide from PostgreSQL that the index already has the order.
    chosen: ColumnElement[bool] = column == next(iter(ids)) if len(ids) == 1 else column.in_(sorted(ids))
    return chosen


def _blocked() -> ColumnElement[bool]:
    """As `refusal_of` decides: who has written to us since takes our messages."""
    return (
        select(Contact.id)
        .where(
            Contact.id == Dialog.contact_id,
            text("contact.writing_allowed = false"),
            or_(Dialog.customer_wrote_at.is_(None), Dialog.customer_wrote_at <= Contact.writing_checked_at),
        )
        .exists()
    )


def behind(key: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition for what comes after a dialog in a list, the latest activity first."""
    at, dialog_id = key
    last = tuple_(literal(datetime.fromisoformat(at), UtcDateTime()), literal(UUID(dialog_id), Uuid()))
    return tuple_(Dialog.last_activity_at, Dialog.id) < last


def key_of(dialog: Dialog) -> tuple[str, str]:
    """Return a dialog's place in a list."""
    return dialog.last_activity_at.isoformat(), str(dialog.id)
