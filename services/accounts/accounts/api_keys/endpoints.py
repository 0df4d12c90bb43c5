"""API keys: how programs call us without a browser."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from accounts.api_keys import actions
from accounts.api_keys.queries import list_api_keys as query_api_keys
from accounts.api_keys.schemas import AccessTokenOut, ApiKeyIn, ApiKeyMadeOut, ApiKeyOut
from accounts.endpoints import PartsOfRequest
from accounts.errors import ApiKeyNotFound, TooManyApiKeys
from accounts.projects.queries import get_own_role
from shared.http.access import ProjectNotFound, Role, SignedIn, bearer
from shared.http.pages import LIMIT_DEFAULT, CursorText, Limit, Page, cursors
from shared.http.problems import Forbidden, Unauthenticated, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(tags=["api keys"])
OF_PROJECT = "/projects/{project_id}/api-keys"


@router.post(
    OF_PROJECT,
    status_code=HTTPStatus.CREATED,
    responses=explained(ProjectNotFound, Forbidden, TooManyApiKeys),
)
async def make_api_key(
    project_id: UUID, body: ApiKeyIn, caller: SignedIn, session: Transaction
) -> ApiKeyMadeOut:
    """Make an API key with at most one's own role; it is shown this once. For admins."""
    key, text = await actions.make_api_key(session, caller, project_id, name=body.name, role=body.role)
    return ApiKeyMadeOut(**ApiKeyOut.model_validate(key).model_dump(), key=text)


@router.get(OF_PROJECT, responses=explained(ProjectNotFound, Forbidden))
async def list_api_keys(
    project_id: UUID,
    caller: SignedIn,
    request: Request,
    session: ReadOnly,
    limit: Limit = LIMIT_DEFAULT,
    cursor: CursorText = None,
) -> Page[ApiKeyOut]:
    """List a project's API keys, first made first. For admins."""
    await get_own_role(session, project_id, caller, at_least=Role.ADMIN)
    pages = cursors(request, f"api-keys:{project_id}")
    keys = await query_api_keys(session, project_id, after=pages.unpack(cursor), limit=limit + 1)
    return Page(
        items=[ApiKeyOut.model_validate(key) for key in keys[:limit]],
        next_cursor=pages.pack(str(keys[limit - 1].id)) if len(keys) > limit else None,
    )


@router.delete(
    f"{OF_PROJECT}/{{key_id}}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(ProjectNotFound, Forbidden, ApiKeyNotFound),
)
async def revoke_api_key(
    project_id: UUID, key_id: UUID, caller: SignedIn, parts: PartsOfRequest, session: Transaction
) -> None:
    """Revoke an API key: it and what it was exchanged for open nothing any more. For admins."""
    await actions.revoke_api_key(session, parts.guard, caller, project_id, key_id)


@router.post("/api-keys/token", responses=explained(Unauthenticated))
async def exchange_api_key(request: Request, parts: PartsOfRequest) -> AccessTokenOut:
    """Exchange an API key, given as `Authorization: Bearer otk_…`, for an access token.

    Nobody has to: every call takes the API key itself.
    """
    made = await actions.exchange_api_key(parts.database, parts.keys.current, bearer(request) or "")
    return AccessTokenOut(access_token=made.token, expires_at=made.expires_at)
