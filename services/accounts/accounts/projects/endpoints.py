"""Projects of the person who is signed in."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request, Response

from accounts.api_keys.queries import list_projects_of_key
from accounts.endpoints import PartsOfRequest
from accounts.errors import TooManyProjects
from accounts.projects import actions
from accounts.projects.queries import get_own_role, get_project
from accounts.projects.schemas import ProjectIn
from accounts.sessions.access import issue_access, list_own_projects
from accounts.sessions.cookies import set_access
from accounts.sessions.identity import OwnProject
from accounts.sessions.schemas import OwnProjectOut, own_project_out
from shared.http.access import ProjectNotFound, Role, SignedIn, bearer
from shared.http.pages import Page
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/projects", tags=["projects"])
REFUSALS = explained(ProjectNotFound, Forbidden)


@router.post("", status_code=HTTPStatus.CREATED, responses=explained(TooManyProjects, Forbidden))
async def create_project(
    body: ProjectIn,
    caller: SignedIn,
    request: Request,
    response: Response,
    parts: PartsOfRequest,
    session: Transaction,
) -> OwnProjectOut:
    """Make a project and become its owner. It is usable at once: the access cookie is set anew."""
    project = await actions.create_project(session, caller.operator_id, name=body.name)
    if bearer(request) is None:
        access = await issue_access(session, parts.keys, caller.operator_id)
        set_access(response, parts.settings, access.token)
    return own_project_out(project)


@router.get("")
async def list_projects(caller: SignedIn, session: ReadOnly) -> Page[OwnProjectOut]:
    """List the caller's projects by name; all of them, since a person is in 100 at most."""
    mine = await list_own_projects(session, caller.operator_id)
    projects = mine or await list_projects_of_key(session, caller.operator_id)
    return Page(items=[own_project_out(project) for project in projects], next_cursor=None)


@router.get("/{project_id}", responses=REFUSALS)
async def show_project(project_id: UUID, caller: SignedIn, session: ReadOnly) -> OwnProjectOut:
    """Show a project and the caller's role in it."""
    role = await get_own_role(session, project_id, caller, at_least=Role.OPERATOR)
    project = await get_project(session, project_id)
    return own_project_out(OwnProject(project.id, project.name, role))


@router.patch("/{project_id}", responses=REFUSALS)
async def rename_project(
    project_id: UUID, body: ProjectIn, caller: SignedIn, session: Transaction
) -> OwnProjectOut:
    """Give a project another name. For admins."""
    return own_project_out(await actions.rename_project(session, caller, project_id, name=body.name))


@router.delete("/{project_id}", status_code=HTTPStatus.NO_CONTENT, responses=REFUSALS)
async def delete_project(
    project_id: UUID, caller: SignedIn, parts: PartsOfRequest, session: Transaction
) -> None:
    """Delete a project and everything in it, for everybody. For owners."""
    await actions.delete_project(session, parts.guard, caller, project_id)
