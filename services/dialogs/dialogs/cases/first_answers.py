"""What reports ask of a case: the customer's first message in it, and the first answer to that.

A message belongs to the case that has its number, an operator's reply to that of the last message which it
answers (`answers_through`); a reply that failed answers nothing. In the usual order one update for a case
does it, none for a message: the dialog remembers where its open case stands. What comes out of order, too
late or back has its cases looked over.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select, update

from dialogs.states import Author, MessageState
from dialogs.tables import Case, Dialog, Message
from shared.database.session import Session
from shared.events.channel import Source


async def note_question(session: Session, dialog: Dialog, number: int, at: datetime) -> None:
    """Count a customer's message that waits for an answer; what it does to the dialog is settled."""
    if number <= dialog.closed_through:
        await look_over(session, dialog, [number])
        return
    if dialog.asked_number is None or number < dialog.asked_number:
        dialog.asked_number = number
        opened = case((Case.opened_number > number, number), else_=Case.opened_number)
        await _change(session, dialog, asked_number=number, asked_at=at, opened_number=opened)
    if number == dialog.asked_number and number <= dialog.answered_through:
        await look_over(session, dialog, [number])


async def note_answer(session: Session, dialog: Dialog, message_id: UUID, through: int) -> None:
    """Count an answer to everything up to a number."""
    if through <= dialog.closed_through:
        await look_over(session, dialog, [through])
    elif dialog.asked_number is None or through < dialog.asked_number:
        return
    elif dialog.answered_number is None:
        dialog.answered_number = through
        await _change(session, dialog, first_answer_id=message_id)
    elif through < dialog.answered_number:
        await look_over(session, dialog, [through])


async def note_earlier_answers(session: Session, dialog: Dialog, numbers: Collection[int]) -> None:
    """Count answers of an import: hardly one of them is in a case."""
    inside = [
        number
        for number in numbers
        if number <= dialog.closed_through or number > (dialog.asked_number or number)
    ]
    if inside:
        await look_over(session, dialog, inside)


async def _change(session: Session, dialog: Dialog, **values: Any) -> None:
    changed = update(Case).where(Case.id == dialog.case_id).values(values)
    await session.execute(changed.execution_options(synchronize_session=False))


async def look_over(session: Session, dialog: Dialog, numbers: Collection[int]) -> None:
    """Find question and first answer anew in the cases of a locked dialog that have any of these numbers."""
    cases = select(Case).where(
        Case.dialog_id == dialog.id,
        Case.opened_after < max(numbers),
        or_(Case.closed_through.is_(None), Case.closed_through >= min(numbers)),
    )
    for one in (await session.scalars(cases.execution_options(populate_existing=True))).all():
        question = await _find_question(session, one)
        answer = await _find_answer(session, one, question[0]) if question else None
        one.asked_number, one.asked_at = question or (None, None)
        one.first_answer_id = answer[0] if answer else None
        if one.closed_at is None:
            dialog.asked_number = one.asked_number
            dialog.answered_number = answer[1] if answer else None


def _inside(one: Case, column: Any) -> list[ColumnElement[bool]]:
    through = one.closed_through
    return [column > one.opened_after, *([] if through is None else [column <= through])]


async def _find_question(session: Session, one: Case) -> Any:
    first = (
        select(Message.conversation_message_id, Message.sent_at)
        .where(
            Message.dialog_id == one.dialog_id,
            *_inside(one, Message.anchor),
            Message.author == Author.CUSTOMER,
            Message.source != Source.HISTORY.value,
        )
        .order_by(Message.anchor)
        .limit(1)
    )
    return (await session.execute(first)).one_or_none()


async def _find_answer(session: Session, one: Case, asked_number: int) -> Any:
    first = (
        select(Message.id, Message.answers_through)
        .where(
            Message.dialog_id == one.dialog_id,
            Message.anchor >= asked_number,
            Message.answers_through >= asked_number,
            *_inside(one, Message.answers_through),
            Message.author != Author.CUSTOMER,
            Message.state != MessageState.FAILED,
        )
        .order_by(Message.answers_through, func.coalesce(Message.number, 0))
        .limit(1)
    )
    return (await session.execute(first)).one_or_none()
