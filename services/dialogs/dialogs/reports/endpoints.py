"""Reports over REST: the figures of a period, and its dialogs as a file."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from dialogs.errors import PeriodInvalid, TimezoneUnknown
from dialogs.reports.facts import Chosen
from dialogs.reports.queries import read_report
from dialogs.reports.rows import DialogRows, list_rows
from dialogs.reports.rules import DAYS_MAX, Period
from dialogs.reports.schemas import ReportOut
from dialogs.reports.sheet import Language, head, lines
from shared.http.access import ProjectNotFound, Role, SignedIn
from shared.http.limits import CallsTooOften
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, reading_of

router = APIRouter(prefix="/api/v1/dialogs/reports", tags=["reports"])
EARLIEST, LATEST = date(1990, 1, 1), date(2200, 1, 1)
CSV = "text/csv"
REFUSALS = explained(ProjectNotFound, Forbidden, PeriodInvalid, TimezoneUnknown, CallsTooOften)
CSV_ANSWERS = REFUSALS | {
    200: {"description": "The table, UTF-8", "content": {CSV: {"schema": {"type": "string"}}}}
}

FirstDay = Annotated[date, Query(alias="from", ge=EARLIEST, le=LATEST, description="The first day")]
LastDay = Annotated[date, Query(alias="to", ge=EARLIEST, le=LATEST, description="The last day, counted in")]
Timezone = Annotated[str, Query(min_length=1, max_length=64, description="Of days and hours; an IANA name")]


def chosen_report(
    request: Request,
    caller: SignedIn,
    project_id: UUID,
    first: FirstDay,
    last: LastDay,
    timezone: Timezone,
    integration_id: UUID | None = None,
    operator_id: UUID | None = None,
) -> Chosen:
    """Read what a report is about; who is no supervisor gets their own figures only.

    Raises ProjectNotFound, Forbidden, PeriodInvalid, TimezoneUnknown, CallsTooOften.
    """
    caller.require(project_id)
    if caller.roles[project_id].rank < Role.SUPERVISOR.rank:
        if operator_id not in {None, caller.operator_id}:
            raise Forbidden
        operator_id = caller.operator_id
    if not 0 <= (last - first).days < DAYS_MAX:
        raise PeriodInvalid(days_max=DAYS_MAX)
    try:
        zone = ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        raise TimezoneUnknown from None
    request.app.state.report_limits.spend(caller.operator_id, changing=False)
    return Chosen(project_id, Period(first, last, zone), integration_id, operator_id)


ChosenReport = Annotated[Chosen, Depends(chosen_report)]


@router.get("", responses=REFUSALS)
async def get_report(chosen: ChosenReport, session: ReadOnly) -> ReportOut:
    """Count the cases, messages and times of a period of at most 366 days."""
    return await read_report(session, chosen)


@router.get("/dialogs.csv", response_class=StreamingResponse, responses=CSV_ANSWERS)
async def download_dialogs(
    request: Request, chosen: ChosenReport, language: Language = Language.RU
) -> StreamingResponse:
    """List the dialogs of a report as CSV, one in a row; the columns add up to the report's figures."""
    async with reading_of(request) as session:
        first = await list_rows(session, chosen, after=None)
    name = f"otklik-{chosen.period.first}-{chosen.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_pages(request, chosen, language, first), headers=headers, media_type=CSV)


async def _pages(
    request: Request, chosen: Chosen, language: Language, page: DialogRows
) -> AsyncIterator[str]:
    """Write page after page; between them no transaction waits for a slow reader."""
    yield head(language)
    yield lines(page.rows)
    while page.reached is not None:
        async with reading_of(request) as session:
            page = await list_rows(session, chosen, after=page.reached)
        yield lines(page.rows)
