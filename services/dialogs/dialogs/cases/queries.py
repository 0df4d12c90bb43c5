"""Reads about cases."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from dialogs.cases.schemas import CaseLine
from dialogs.operators.queries import names_of
from dialogs.tables import Case, Dialog
from dialogs.threads.schemas import OperatorOut
from shared.database.session import Session


async def list_cases(
    session: Session, dialog: Dialog, *, after: Sequence[Any] | None, limit: int
) -> list[CaseLine]:
    """Return the cases of a dialog, the newest first, before the number `after`."""
    in_order = (Case.opened_at, Case.id)
    ended_before = func.lag(Case.closed_through).over(order_by=in_order)
    # What an earlier version opened does not say where: behind the end of the case before it.
    opened = func.coalesce(Case.opened_number, ended_before + 1, 1).label("opened")
    numbered = select(Case.id, func.row_number().over(order_by=in_order).label("number"), opened)
    cases = numbered.where(Case.dialog_id == dialog.id).subquery()
    query = select(Case, cases.c.number, cases.c.opened).join(cases, cases.c.id == Case.id)
    if after is not None:
        query = query.where(cases.c.number < int(after[0]))
    rows = (await session.execute(query.order_by(cases.c.number.desc()).limit(limit))).all()
    people = {each for case, _, _ in rows for each in (case.operator_id, case.closed_by) if each}
    names = await names_of(session, dialog.project_id, people)
    return [_view(case, number, opened, names) for case, number, opened in rows]


def _view(case: Case, number: int, opened_number: int, names: dict[UUID, str]) -> CaseLine:
    return CaseLine(
        id=case.id,
        number=number,
        opened_at=case.opened_at,
        opened_number=opened_number,
        taken_at=case.taken_at,
        operator=_person(case.operator_id, names),
        closed_at=case.closed_at,
        closed_by=_person(case.closed_by, names),
        closed_number=case.closed_through,
    )


def _person(operator_id: UUID | None, names: dict[UUID, str]) -> OperatorOut | None:
    return OperatorOut(id=operator_id, name=names.get(operator_id)) if operator_id else None
