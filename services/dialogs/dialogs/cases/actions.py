"""Opening, taking and closing cases: the row, the dialog and the announcement."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from dialogs.states import DialogState
from dialogs.tables import Case, Dialog
from shared.database.session import Session
from shared.events.dialogs import CaseClosed, CaseOpened, CaseTaken
from shared.messaging.outbox import publish_on_commit


def _facts(session: Session, dialog: Dialog) -> dict[str, Any]:
    return {
        "project_id": dialog.project_id,
        "case_id": dialog.case_id,
        "dialog_id": dialog.id,
        "integration_id": dialog.integration_id,
        "occurred_at": session.now,
    }


def open_case(
    session: Session, dialog: Dialog, number: int, *, asked_at: datetime | None = None
) -> CaseOpened:
    """Begin a case of nobody's with this message, a customer's of that time, or an operator's.

    Returns the event to publish.
    """
    dialog.case_id = session.new_id()
    dialog.asked_number, dialog.answered_number = number if asked_at else None, None
    dialog.operator_id = None
    dialog.state = DialogState.NEW
    session.add(
        Case(
            id=dialog.case_id,
            project_id=dialog.project_id,
            dialog_id=dialog.id,
            opened_at=session.now,
            opened_number=number,
            opened_after=dialog.closed_through,
            asked_number=dialog.asked_number,
            asked_at=asked_at,
            first_answer_id=None,
            taken_at=None,
            operator_id=None,
            closed_at=None,
            closed_by=None,
            closed_through=None,
        )
    )
    return CaseOpened(**_facts(session, dialog))


async def take_case(session: Session, dialog: Dialog, operator_id: UUID) -> None:
    """Give the open case to an operator and announce it. Nothing happens if they have it already."""
    if dialog.state is DialogState.TAKEN and dialog.operator_id == operator_id:
        return
    dialog.state = DialogState.TAKEN
    dialog.operator_id = operator_id
    values = {"taken_at": session.now, "operator_id": operator_id}
    await session.execute(update(Case).where(Case.id == dialog.case_id).values(values))
    await publish_on_commit(session, CaseTaken(operator_id=operator_id, **_facts(session, dialog)))


async def return_case(session: Session, dialog: Dialog) -> None:
    """Give a taken case back to everybody."""
    dialog.state = DialogState.NEW
    dialog.operator_id = None
    values = {"taken_at": None, "operator_id": None}
    await session.execute(update(Case).where(Case.id == dialog.case_id).values(values))


async def close_case(session: Session, dialog: Dialog, operator_id: UUID) -> None:
    """End the open case, taken or not, and announce it. How the dialog stands is the caller's."""
    dialog.asked_number = dialog.answered_number = None
    values = {"closed_at": session.now, "closed_by": operator_id, "closed_through": dialog.closed_through}
    await session.execute(update(Case).where(Case.id == dialog.case_id).values(values))
    await publish_on_commit(session, CaseClosed(operator_id=operator_id, **_facts(session, dialog)))
