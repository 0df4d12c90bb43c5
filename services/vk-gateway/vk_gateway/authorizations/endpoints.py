"""Where VK's pages send people back to, and the pages of ours that say what came of it."""

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from vk_gateway.authorizations.browsers import browser_of
from vk_gateway.authorizations.pages import HEADERS, language_of, render
from vk_gateway.authorizations.returning import Returns
from vk_gateway.authorizations.rules import Outcome, read_return
from vk_gateway.connections.states import Step
from vk_gateway.settings import AUTHORIZATIONS_PATH, GatewaySettings

router = APIRouter(prefix=AUTHORIZATIONS_PATH, tags=["authorizations"])


@router.get("/identity", status_code=HTTPStatus.SEE_OTHER, response_class=RedirectResponse)
async def return_from_identity(request: Request) -> RedirectResponse:
    """Take a person back from VK ID. Whatever comes of it, their browser is sent on to a page in words."""
    return await _take_back(request, Step.IDENTITY)


@router.get("/communities", status_code=HTTPStatus.SEE_OTHER, response_class=RedirectResponse)
async def return_from_communities(request: Request) -> RedirectResponse:
    """Take a person back from VK's consent for communities; as after VK ID."""
    return await _take_back(request, Step.COMMUNITIES)


@router.get("/outcomes/{outcome}", include_in_schema=False)
async def show_outcome(outcome: Outcome, request: Request) -> HTMLResponse:
    """Say in words what came of a way to VK; the same for everybody."""
    language = language_of(request.headers.get("accept-language", ""))
    return HTMLResponse(render(outcome, language), headers={**HEADERS, "Content-Language": language})


async def _take_back(request: Request, step: Step) -> RedirectResponse:
    returns: Returns = request.app.state.returns
    brought = read_return(request.query_params.multi_items())
    outcome, connection_id = await returns.take_back(brought, step=step, browser=browser_of(request))
    # On to an address without the code, so that it stays in no address bar and no history.
    return RedirectResponse(_next_address(request, outcome, connection_id), HTTPStatus.SEE_OTHER)


def _next_address(request: Request, outcome: Outcome, connection_id: UUID | None) -> str:
    settings: GatewaySettings = request.app.state.settings
    if not settings.return_url:
        return f"{AUTHORIZATIONS_PATH}/outcomes/{outcome}"
    told = {"outcome": str(outcome)} | ({"connection": str(connection_id)} if connection_id else {})
    joint = "&" if "?" in settings.return_url else "?"
    return f"{settings.return_url}{joint}{urlencode(told)}"
