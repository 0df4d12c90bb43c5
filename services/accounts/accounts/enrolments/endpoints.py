"""Enrolling by a one-time link. Whoever holds the link is the person it was given to."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import RedirectResponse

from accounts.endpoints import PartsOfRequest
from accounts.enrolments import actions
from accounts.enrolments.schemas import EnrolmentIn, EnrolmentOut, enrolment_out
from accounts.errors import (
    AlreadyEnrolled,
    EmailNotInvited,
    EmailRequired,
    EmailTaken,
    EnrolmentInvalid,
    WeakPassword,
)
from accounts.passwords.rules import require_strong
from accounts.sessions.access import issue_access
from accounts.sessions.actions import open_session
from accounts.sessions.cookies import browser_of, refuse_foreign_page, set_access, set_session
from accounts.sessions.schemas import IdentityOut, identity_out
from shared.http.problems import explained
from shared.http.transaction import ReadOnly

router = APIRouter(prefix="/enrolments", tags=["enrolments"])
LinkToken = Annotated[str, Path(min_length=20, max_length=100)]


@router.get("/{token}", response_model=EnrolmentOut, responses=explained(EnrolmentInvalid))
async def show_enrolment(
    token: LinkToken, session: ReadOnly, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> EnrolmentOut | RedirectResponse:
    """Tell whether a link works, and for whom. A browser that follows it is sent to the cabinet's page."""
    if "text/html" in accept:
        return RedirectResponse(f"/enrolments/{token}", HTTPStatus.SEE_OTHER)
    return enrolment_out(await actions.get_enrolment(session, token))


@router.post(
    "/{token}",
    status_code=HTTPStatus.CREATED,
    responses=explained(
        EnrolmentInvalid, AlreadyEnrolled, EmailTaken, EmailRequired, EmailNotInvited, WeakPassword
    ),
)
async def enrol(
    token: LinkToken, body: EnrolmentIn, request: Request, response: Response, parts: PartsOfRequest
) -> IdentityOut:
    """Choose a name and a password, and be signed in. The link works once."""
    refuse_foreign_page(request)
    async with parts.database.read() as session:
        enrolment = await actions.get_enrolment(session, token)
    email = actions.email_for(enrolment, body.email)
    password = body.password.get_secret_value()
    require_strong(password, email=email)
    # Hashing takes long, so it happens between two transactions and not inside one.
    with parts.hasher.place():
        password_hash = await parts.hasher.hash(password)
    async with parts.database.write() as session:
        operator_id = await actions.use_enrolment(
            session, token, email=email, name=body.name, password_hash=password_hash
        )
        session_token = await open_session(session, operator_id, browser_of(request, parts.settings))
        access = await issue_access(session, parts.keys, operator_id)
    set_session(response, parts.settings, session_token)
    set_access(response, parts.settings, access.token)
    return identity_out(access.operator, access.projects)
