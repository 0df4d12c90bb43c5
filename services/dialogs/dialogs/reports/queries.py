"""Counting the facts of a report."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from dialogs.reports.facts import FACTS, Chosen, Fact
from dialogs.reports.rules import MEDIAN, P90, rank
from dialogs.reports.schemas import (
    CaseFigures,
    CommunityRef,
    DayFigures,
    Duration,
    HourFigures,
    IntegrationFigures,
    MessageFigures,
    OperatorFigures,
    ReportOut,
)
from dialogs.tables import Integration, Operator
from dialogs.threads.schemas import OperatorOut
from shared.database.choices import among
from shared.database.moments import epoch_seconds
from shared.database.session import Session

LOAD = ("opened", "closed", "received", "sent")
TIMED = {"first_answer": "answered", "resolution": "closed"}
# By which columns of a fact figures are told apart; the first are those of everything.
AXES = ("all", "integration_id", "operator_id")
NOTHING = Duration(count=0, median_seconds=None, p90_seconds=None)

# An axis, and whose figures on it.
Place = tuple[str, UUID | None]
EVERYTHING: Place = ("all", None)


@dataclass
class Tally:
    """All that was counted: facts by their place, durations too, and what happened by day and by hour."""

    counts: Counter[tuple[Place, str]] = field(default_factory=Counter)
    durations: dict[tuple[Place, str], Duration] = field(default_factory=dict)
    by_day: Counter[tuple[date, str]] = field(default_factory=Counter)
    by_hour: Counter[tuple[int, str]] = field(default_factory=Counter)

    def keys(self, axis: str) -> list[UUID | None]:
        """Return whose figures there are on an axis."""
        return sorted({place[1] for place, _ in self.counts if place[0] == axis}, key=str)

    def figures(self, place: Place) -> dict[str, Any]:
        """Return the figures of a place, as `Figures` takes them."""
        count = {name: self.counts[place, name] for name in FACTS}
        return {
            "cases": CaseFigures(**{name: count[name] for name in CaseFigures.model_fields}),
            "messages": MessageFigures(**{name: count[name] for name in MessageFigures.model_fields}),
            **{name: self.durations.get((place, name), NOTHING) for name in TIMED},
        }


async def read_report(session: Session, chosen: Chosen) -> ReportOut:
    """Return the figures of a period."""
    tally = Tally()
    for name, fact_of in FACTS.items():
        fact = fact_of(chosen)
        await _count(session, tally, name, fact)
        if name in LOAD:
            await _count_load(session, tally, name, fact, chosen)
    for name, fact_name in TIMED.items():
        await _measure(session, tally, name, FACTS[fact_name](chosen))
    return ReportOut(
        first_day=chosen.period.first,
        last_day=chosen.period.last,
        timezone=chosen.period.zone.key,
        integration_id=chosen.integration_id,
        operator_id=chosen.operator_id,
        by_day=[DayFigures(day=day, **_load(tally.by_day, day)) for day in chosen.period.days()],
        by_hour=[HourFigures(hour=hour, **_load(tally.by_hour, hour)) for hour in range(24)],
        by_integration=await _by_integration(session, tally),
        by_operator=await _by_operator(session, tally, chosen),
        **tally.figures(EVERYTHING),
    )


async def _count(session: Session, tally: Tally, name: str, fact: Fact) -> None:
    rows = fact.subquery()
    by = (rows.c.integration_id, rows.c.operator_id)
    for integration_id, operator_id, number in await session.execute(select(*by, func.count()).group_by(*by)):
        for place in (EVERYTHING, ("integration_id", integration_id), ("operator_id", operator_id)):
            tally.counts[place, name] += number


async def _count_load(session: Session, tally: Tally, name: str, fact: Fact, chosen: Chosen) -> None:
    rows = fact.subquery()
    slot = (epoch_seconds(rows.c.at) // chosen.period.slot_seconds).label("slot")
    for number_of_slot, number in await session.execute(select(slot, func.count()).group_by(slot)):
        day, hour = chosen.period.place(number_of_slot)
        tally.by_day[day, name] += number
        tally.by_hour[hour, name] += number


async def _measure(session: Session, tally: Tally, name: str, fact: Fact) -> None:
    """Find the values at the ranks in the database: it sorts, and hands over hardly more than it is asked."""
    rows = fact.subquery()
    sides = {axis: [] if axis == "all" else [rows.c[axis]] for axis in AXES}
    numbered = select(
        rows.c.seconds,
        rows.c.integration_id,
        rows.c.operator_id,
        *(
            func.row_number().over(partition_by=side, order_by=rows.c.seconds).label(f"rank_{axis}")
            for axis, side in sides.items()
        ),
        *(func.count().over(partition_by=side).label(f"count_{axis}") for axis, side in sides.items()),
    ).subquery()
    wanted = [
        numbered.c[f"rank_{axis}"] == rank(percent, numbered.c[f"count_{axis}"])
        for axis in AXES
        for percent in (MEDIAN, P90)
    ]
    for row in (await session.execute(select(numbered).where(or_(*wanted)))).mappings():
        for axis in AXES:
            _note(tally, ((axis, row.get(axis)), name), row, axis)


def _note(tally: Tally, key: tuple[Place, str], row: Any, axis: str) -> None:
    own_rank, count = row[f"rank_{axis}"], row[f"count_{axis}"]
    known = tally.durations.setdefault(key, Duration(count=count, median_seconds=None, p90_seconds=None))
    if own_rank == rank(MEDIAN, count):
        known.median_seconds = row["seconds"]
    if own_rank == rank(P90, count):
        known.p90_seconds = row["seconds"]


def _load(counted: Counter[tuple[Any, str]], key: Any) -> dict[str, int]:
    return {name: counted[key, name] for name in LOAD}


async def _by_integration(session: Session, tally: Tally) -> list[IntegrationFigures]:
    ids = tally.keys("integration_id")
    found = await session.execute(select(Integration.id, Integration.name).where(among(Integration.id, ids)))
    names = {row.id: row.name for row in found}
    figures = [
        IntegrationFigures(
            integration=CommunityRef(id=one, name=names.get(one)), **tally.figures(("integration_id", one))
        )
        for one in ids
        if one is not None
    ]
    return _busiest_first(figures, lambda each: each.integration.name)


async def _by_operator(session: Session, tally: Tally, chosen: Chosen) -> list[OperatorFigures]:
    ids = tally.keys("operator_id")
    names = await operator_names(session, chosen.project_id, ids)
    figures = [
        OperatorFigures(
            operator=None if one is None else OperatorOut(id=one, name=names.get(one)),
            **tally.figures(("operator_id", one)),
        )
        for one in ids
    ]
    return _busiest_first(figures, lambda each: each.operator and each.operator.name)


def _busiest_first(figures: list[Any], name_of: Callable[[Any], str | None]) -> list[Any]:
    return sorted(figures, key=lambda each: (-each.cases.opened, -each.messages.sent, name_of(each) or ""))


async def operator_names(session: Session, project_id: UUID, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of operators of a project, as far as they are known."""
    wanted = [one for one in ids if one is not None]
    query = select(Operator.id, Operator.name).where(
        Operator.project_id == project_id, among(Operator.id, wanted)
    )
    return {row.id: row.name for row in await session.execute(query)}
