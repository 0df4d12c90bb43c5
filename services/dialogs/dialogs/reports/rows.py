"""The dialogs of a report, a page at a time: what was counted in each of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, union_all

from dialogs.reports.facts import FACTS, Chosen, closed_cases, opened_cases
from dialogs.reports.queries import TIMED, operator_names
from dialogs.reports.sheet import COLUMNS
from dialogs.tables import Contact, Dialog, Integration
from dialogs.threads.rules import display_name
from shared.database.choices import among
from shared.database.session import Session

ROWS_OF_A_PAGE = 500


@dataclass(frozen=True)
class DialogRows:
    """Rows as `COLUMNS` has them, and the dialog behind which the next ones begin; None when that is all."""

    rows: list[list[Any]]
    reached: UUID | None


async def list_rows(session: Session, chosen: Chosen, *, after: UUID | None) -> DialogRows:
    """Count in the next dialogs of a project in which something may have happened in the period."""
    dialogs = (await session.execute(_next_dialogs(chosen, after))).all()
    counted: dict[UUID, dict[str, Any]] = {}
    for name, fact_of in FACTS.items():
        fact = fact_of(chosen).subquery()
        here = among(fact.c.dialog_id, [dialog.id for dialog in dialogs])
        sums = select(fact.c.dialog_id, func.count(), func.sum(fact.c.seconds)).where(here)
        for dialog_id, number, seconds in await session.execute(sums.group_by(fact.c.dialog_id)):
            counts = counted.setdefault(dialog_id, dict.fromkeys(FACTS, 0))
            counts[name] = number
            for timed, fact_name in TIMED.items():
                if fact_name == name:
                    counts[f"{timed}_seconds"] = round(seconds / number)
    names = await operator_names(session, chosen.project_id, {dialog.operator_id for dialog in dialogs})
    rows = [
        _row(dialog, counted[dialog.id], names.get(dialog.operator_id), chosen)
        for dialog in dialogs
        if dialog.id in counted
    ]
    return DialogRows(rows, dialogs[-1].id if len(dialogs) == ROWS_OF_A_PAGE else None)


def _next_dialogs(chosen: Chosen, after: UUID | None) -> Any:
    """Dialogs are worked on without a message too: a case is closed, or opened by an operator."""
    worked_on = union_all(
        *(select(fact_of(chosen).subquery().c.dialog_id) for fact_of in (opened_cases, closed_cases))
    )
    query = (
        select(
            Dialog.id,
            Dialog.operator_id,
            Dialog.last_activity_at,
            Contact.name.label("person"),
            Contact.external_id,
            Integration.name.label("community"),
        )
        .join(Contact, Contact.id == Dialog.contact_id)
        .outerjoin(Integration, Integration.id == Dialog.integration_id)
        .where(
            Dialog.project_id == chosen.project_id,
            or_(Dialog.last_activity_at >= chosen.period.start, Dialog.id.in_(worked_on)),
        )
    )
    if chosen.integration_id is not None:
        query = query.where(Dialog.integration_id == chosen.integration_id)
    if after is not None:
        query = query.where(Dialog.id > after)
    return query.order_by(Dialog.id).limit(ROWS_OF_A_PAGE)


def _row(dialog: Any, counts: dict[str, Any], operator: str | None, chosen: Chosen) -> list[Any]:
    seen = dialog.last_activity_at.astimezone(chosen.period.zone)
    facts = {
        "dialog_id": str(dialog.id),
        "person": display_name(dialog.person, dialog.external_id),
        "external_id": dialog.external_id,
        "community": dialog.community,
        "operator": operator,
        "last_activity": f"{seen:%Y-%m-%d %H:%M}",
        **counts,
    }
    return [facts.get(name) for name in COLUMNS]
