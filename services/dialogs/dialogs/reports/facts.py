"""The facts that every figure and every row of a report is counted from, so that they cannot disagree.

Each fact is a select with the same columns: when it was (`at`), in which community and dialog, whose it is,
and how long it took (`seconds`), if it took any time.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, and_, case, cast, or_, select, text

from dialogs.reports.rules import Period
from dialogs.states import Author, MessageState
from dialogs.tables import Case, Dialog, Message
from shared.database.moments import epoch_seconds

# Literal, so that the planners see that the partial index fits.
NOT_IMPORTED = text("message.source <> 'history'")
Fact = Select[Any]


@dataclass(frozen=True)
class Chosen:
    """What a report is about; None makes no difference."""

    project_id: UUID
    period: Period
    integration_id: UUID | None = None
    operator_id: UUID | None = None


def opened_cases(chosen: Chosen) -> Fact:
    """Cases that were opened."""
    return _cases(chosen, Case.opened_at, Case.operator_id)


def unanswered_cases(chosen: Chosen) -> Fact:
    """Of the opened cases those in which a customer asked and has no answer."""
    waiting = and_(Case.asked_number.is_not(None), Case.first_answer_id.is_(None))
    return opened_cases(chosen).where(waiting)


def closed_cases(chosen: Chosen) -> Fact:
    """Cases that were closed, and how long they were open."""
    return _cases(chosen, Case.closed_at, Case.operator_id, _between(Case.opened_at, Case.closed_at))


def answered_cases(chosen: Chosen) -> Fact:
    """Of the opened cases the answered ones, of who wrote the first answer, and how long it took."""
    found = _cases(chosen, Case.opened_at, Message.author_id, _between(Case.asked_at, Message.sent_at))
    return found.join(Message, Message.id == Case.first_answer_id)


def received_messages(chosen: Chosen) -> Fact:
    """Customers' messages, of who has the case that they are in."""
    own_case = and_(
        Case.dialog_id == Message.dialog_id,
        Case.opened_after < Message.anchor,
        or_(Case.closed_through.is_(None), Case.closed_through >= Message.anchor),
    )
    found = _messages(chosen, Case.operator_id).where(Message.author == Author.CUSTOMER)
    return found.outerjoin(Case, own_case)


def sent_messages(chosen: Chosen) -> Fact:
    """Messages to customers, of who wrote them; those that failed did not come to be."""
    ours = and_(Message.author != Author.CUSTOMER, Message.state != MessageState.FAILED)
    return _messages(chosen, Message.author_id).where(ours)


def _between(start: Any, end: Any) -> Any:
    """Return the seconds between two times; other people's clocks may differ from ours."""
    seconds = epoch_seconds(end) - epoch_seconds(start)
    return case((seconds < 0, 0), else_=seconds)


def _cases(chosen: Chosen, at: Any, operator_id: Any, seconds: Any = None) -> Fact:
    fact = _columns(Case.dialog_id, at, operator_id, seconds)
    fact = fact.select_from(Case).join(Dialog, Dialog.id == Case.dialog_id)
    return _chosen(fact.where(Case.project_id == chosen.project_id), chosen, at, operator_id)


def _messages(chosen: Chosen, operator_id: Any) -> Fact:
    fact = _columns(Message.dialog_id, Message.sent_at, operator_id, None)
    fact = fact.select_from(Message).join(Dialog, Dialog.id == Message.dialog_id)
    fact = fact.where(Message.project_id == chosen.project_id, NOT_IMPORTED)
    return _chosen(fact, chosen, Message.sent_at, operator_id)


def _columns(dialog_id: Any, at: Any, operator_id: Any, seconds: Any) -> Fact:
    return select(
        dialog_id.label("dialog_id"),
        Dialog.integration_id.label("integration_id"),
        operator_id.label("operator_id"),
        at.label("at"),
        (cast(None, BigInteger) if seconds is None else seconds).label("seconds"),
    )


def _chosen(fact: Fact, chosen: Chosen, at: Any, operator_id: Any) -> Fact:
    fact = fact.where(at >= chosen.period.start, at < chosen.period.end)
    if chosen.integration_id is not None:
        fact = fact.where(Dialog.integration_id == chosen.integration_id)
    if chosen.operator_id is not None:
        fact = fact.where(operator_id == chosen.operator_id)
    return fact


FACTS = {
    "opened": opened_cases,
    "closed": closed_cases,
    "unanswered": unanswered_cases,
    "answered": answered_cases,
    "received": received_messages,
    "sent": sent_messages,
}
