"""Reading the kept counters."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dialogs.counters.rules import COUNTS, NOBODY, dot
from dialogs.counters.schemas import CountersOut, OwnCounters
from dialogs.live.queries import get_positions
from dialogs.tables import ProjectCounter
from shared.database.session import Session

NOTHING = dict.fromkeys(COUNTS, 0)


async def list_counters(
    session: Session, project_ids: Sequence[UUID], *, operator_id: UUID
) -> list[CountersOut]:
    """Return the counters of projects as one operator sees them, in the order asked for."""
    columns = [getattr(ProjectCounter, name) for name in COUNTS]
    query = select(ProjectCounter.project_id, ProjectCounter.operator_id, *columns).where(
        ProjectCounter.project_id.in_(project_ids), ProjectCounter.operator_id.in_([NOBODY, operator_id])
    )
    rows = {(row.project_id, row.operator_id): row._asdict() for row in await session.execute(query)}
    positions = await get_positions(session, project_ids)
    return [
        _counters(
            project_id,
            rows.get((project_id, NOBODY), NOTHING),
            rows.get((project_id, operator_id), NOTHING),
            positions.get(project_id, 0),
        )
        for project_id in dict.fromkeys(project_ids)
    ]


def _counters(project_id: UUID, project: dict[str, Any], own: dict[str, Any], position: int) -> CountersOut:
    return CountersOut(
        project_id=project_id,
        new=project["new"],
        all=project["new"] + project["taken"],
        closed=project["closed"],
        unread=project["unread"],
        unanswered=project["unanswered"],
        important=project["important"],
        mine=OwnCounters(
            all=own["taken"],
            unread=own["unread"],
            unanswered=own["unanswered"],
            important=own["important"],
        ),
        dot=dot(project),
        position=position,
    )
