"""Operators over REST: to whom a dialog can be handed over."""

from uuid import UUID

from fastapi import APIRouter

from dialogs.operators.queries import list_people
from dialogs.operators.schemas import PersonOut
from shared.http.access import ProjectNotFound, SignedIn
from shared.http.pages import Page
from shared.http.problems import explained
from shared.http.transaction import ReadOnly

router = APIRouter(prefix="/api/v1/dialogs", tags=["operators"])


@router.get("/operators", responses=explained(ProjectNotFound))
async def list_operators(caller: SignedIn, session: ReadOnly, project_id: UUID) -> Page[PersonOut]:
    """List the people of a project by name, all on one page, each with how many dialogs they have taken."""
    caller.require(project_id)
    return Page(items=await list_people(session, project_id), next_cursor=None)
