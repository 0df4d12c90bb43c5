"""The people of a project."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from accounts.endpoints import PartsOfRequest
from accounts.errors import (
    AlreadyEnrolled,
    LastOwner,
    PersonAlreadyAdded,
    PersonNotFound,
    TooManyPeople,
    TooManyProjects,
)
from accounts.people import actions
from accounts.people.queries import list_people as query_people
from accounts.people.schemas import (
    EnrolmentLinkOut,
    PersonAddedOut,
    PersonIn,
    PersonOut,
    RoleIn,
    link_out,
    person_out,
)
from accounts.projects.queries import get_own_role
from shared.http.access import ProjectNotFound, Role, SignedIn
from shared.http.pages import LIMIT_DEFAULT, CursorText, Limit, Page, cursors
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/projects/{project_id}/people", tags=["people"])
REFUSALS = explained(ProjectNotFound, Forbidden, PersonNotFound, LastOwner)


@router.get("", responses=explained(ProjectNotFound))
async def list_people(
    project_id: UUID,
    caller: SignedIn,
    request: Request,
    session: ReadOnly,
    limit: Limit = LIMIT_DEFAULT,
    cursor: CursorText = None,
) -> Page[PersonOut]:
    """List a project's people, those known longest first."""
    await get_own_role(session, project_id, caller, at_least=Role.OPERATOR)
    pages = cursors(request, f"people:{project_id}")
    people = await query_people(session, project_id, after=pages.unpack(cursor), limit=limit + 1)
    more = len(people) > limit
    return Page(
        items=[person_out(person) for person in people[:limit]],
        next_cursor=pages.pack(str(people[limit - 1].id)) if more else None,
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=explained(ProjectNotFound, Forbidden, PersonAlreadyAdded, TooManyProjects, TooManyPeople),
)
async def add_person(
    project_id: UUID, body: PersonIn, caller: SignedIn, parts: PartsOfRequest, session: Transaction
) -> PersonAddedOut:
    """Add a person by e-mail address. Without an account they get a link, shown this once. For admins."""
    person, made = await actions.add_person(
        session, parts, caller, project_id, email=body.email, role=body.role
    )
    enrolment = None if made is None else link_out(made)
    return PersonAddedOut(**person_out(person).model_dump(), enrolment=enrolment)


@router.post(
    "/{person_id}/enrolment",
    status_code=HTTPStatus.CREATED,
    responses=explained(ProjectNotFound, Forbidden, PersonNotFound, AlreadyEnrolled),
)
async def invite_again(
    project_id: UUID, person_id: UUID, caller: SignedIn, parts: PartsOfRequest, session: Transaction
) -> EnrolmentLinkOut:
    """Make another link for a person who has not enrolled; the one before stops working. For admins."""
    return link_out(await actions.invite_again(session, parts, caller, project_id, person_id))


@router.patch("/{person_id}", responses=REFUSALS)
async def change_role(
    project_id: UUID,
    person_id: UUID,
    body: RoleIn,
    caller: SignedIn,
    parts: PartsOfRequest,
    session: Transaction,
) -> PersonOut:
    """Give a person another role, at once. For admins; owners are changed by owners only."""
    return person_out(
        await actions.change_role(session, parts, caller, project_id, person_id, role=body.role)
    )


@router.delete("/{person_id}", status_code=HTTPStatus.NO_CONTENT, responses=REFUSALS)
async def remove_person(
    project_id: UUID, person_id: UUID, caller: SignedIn, parts: PartsOfRequest, session: Transaction
) -> None:
    """Take a person out of the project, at once. For admins, and for everybody themselves."""
    await actions.remove_person(session, parts, caller, project_id, person_id)
