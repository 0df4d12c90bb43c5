"""Signing in, staying signed in, signing out."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request, Response

from accounts.endpoints import PartsOfRequest
from accounts.errors import InvalidCredentials, SessionNotFound, TooManyAttempts
from accounts.sessions import actions
from accounts.sessions.access import get_identity, list_own_projects
from accounts.sessions.cookies import (
    browser_of,
    client_address,
    forget_both,
    refuse_foreign_page,
    session_token_of,
    set_access,
    set_session,
)
from accounts.sessions.queries import list_own_sessions
from accounts.sessions.schemas import IdentityOut, SessionOut, SignInIn, identity_out
from accounts.sessions.sign_in import sign_in
from shared.http.access import ForeignOrigin, SignedIn, require_own_page
from shared.http.pages import Page
from shared.http.problems import Unauthenticated, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/session", tags=["session"])
of_a_person = APIRouter(prefix="/sessions", tags=["session"])


@router.post("", responses=explained(InvalidCredentials, TooManyAttempts, ForeignOrigin))
async def open_session(
    body: SignInIn, request: Request, response: Response, parts: PartsOfRequest
) -> IdentityOut:
    """Sign in with e-mail and password. Sets the session and the access cookie."""
    refuse_foreign_page(request)
    signed_in = await sign_in(
        parts,
        email=body.email,
        password=body.password.get_secret_value(),
        browser=browser_of(request, parts.settings),
    )
    set_session(response, parts.settings, signed_in.session_token)
    set_access(response, parts.settings, signed_in.access.token)
    return identity_out(signed_in.access.operator, signed_in.access.projects)


@router.post("/refresh", responses=explained(Unauthenticated, ForeignOrigin))
async def refresh_session(
    request: Request, response: Response, parts: PartsOfRequest, session: Transaction
) -> IdentityOut:
    """Set a new access cookie, with the roles of this moment. The session cookie stays the same."""
    require_own_page(request)
    token = session_token_of(request, parts.settings)
    access = await actions.refresh(session, parts.settings, parts.keys, token)
    set_access(response, parts.settings, access.token)
    return identity_out(access.operator, access.projects)


@router.get("", responses=explained(Unauthenticated))
async def get_session(caller: SignedIn, session: ReadOnly) -> IdentityOut:
    """Tell who is signed in, and their projects."""
    identity = await get_identity(session, caller.operator_id)
    return identity_out(identity, await list_own_projects(session, identity.id))


@router.delete("", status_code=HTTPStatus.NO_CONTENT, responses=explained(ForeignOrigin))
async def close_session(
    request: Request, response: Response, parts: PartsOfRequest, session: Transaction
) -> None:
    """Sign out. Both cookies go, and the person's access tokens count no more anywhere."""
    require_own_page(request)
    token = session_token_of(request, parts.settings)
    await actions.end_session(session, parts.guard, token, address=client_address(request, parts.settings))
    forget_both(response, parts.settings)


@of_a_person.get("", responses=explained(Unauthenticated))
async def list_sessions(
    request: Request, caller: SignedIn, parts: PartsOfRequest, session: ReadOnly
) -> Page[SessionOut]:
    """List where the caller is signed in, last used first: the hundred newest."""
    rows = await list_own_sessions(session, parts.settings, caller.operator_id)
    token = session_token_of(request, parts.settings)
    own_hash = actions.hashed(token) if token else None
    items = [
        SessionOut(
            id=actions.session_id_of(row.token_hash),
            created_at=row.created_at,
            last_used_at=row.last_seen_at,
            address=row.address,
            user_agent=row.user_agent,
            current=row.token_hash == own_hash,
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=None)


@of_a_person.delete(
    "/{session_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(Unauthenticated, SessionNotFound),
)
async def end_session(
    session_id: UUID, request: Request, caller: SignedIn, parts: PartsOfRequest, session: Transaction
) -> None:
    """Sign the caller out on one device."""
    address = client_address(request, parts.settings)
    await actions.end_own_session(session, parts.guard, caller.operator_id, session_id, address=address)
