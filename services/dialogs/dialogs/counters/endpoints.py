"""Counters over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dialogs.counters.queries import list_counters
from dialogs.counters.schemas import CountersList
from shared.http.access import ProjectNotFound, SignedIn
from shared.http.problems import explained
from shared.http.transaction import ReadOnly

router = APIRouter(prefix="/api/v1/dialogs", tags=["counters"])
PROJECTS_MAX = 200


@router.get("/counters", responses=explained(ProjectNotFound))
async def get_counters(
    caller: SignedIn,
    session: ReadOnly,
    project_ids: Annotated[list[UUID], Query(min_length=1, max_length=PROJECTS_MAX)],
) -> CountersList:
    """Say how many dialogs of each project are new, mine, unread, unanswered …, and its dot."""
    for project_id in project_ids:
        caller.require(project_id)
    return CountersList(items=await list_counters(session, project_ids, operator_id=caller.operator_id))
