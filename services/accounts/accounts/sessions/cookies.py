"""The two cookies, and what a request tells of where it came from."""

from ipaddress import ip_address

from fastapi import Request, Response

from accounts.sessions.actions import Browser
from accounts.settings import AccountsSettings
from shared.http.access import ACCESS_SECONDS, ForeignOrigin, access_cookie, session_cookie

DAY_SECONDS = 86_400
USER_AGENT_CHARACTERS_MAX = 300


def set_access(response: Response, settings: AccountsSettings, token: str) -> None:
    """Give the browser an access token."""
    _set(response, settings, access_cookie(secure=settings.secure), token, ACCESS_SECONDS)


def set_session(response: Response, settings: AccountsSettings, token: str) -> None:
    """Give the browser a session."""
    age_seconds = int(settings.session_days * DAY_SECONDS)
    _set(response, settings, session_cookie(secure=settings.secure), token, age_seconds)


def forget_both(response: Response, settings: AccountsSettings) -> None:
    """Take both cookies from the browser."""
    for name in (access_cookie(secure=settings.secure), session_cookie(secure=settings.secure)):
        _set(response, settings, name, "", 0)


def _set(response: Response, settings: AccountsSettings, name: str, value: str, age_seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=age_seconds, path="/", httponly=True, samesite="lax", secure=settings.secure
    )


def session_token_of(request: Request, settings: AccountsSettings) -> str | None:
    """Return the session token that the browser sent."""
    return request.cookies.get(session_cookie(secure=settings.secure))


def refuse_foreign_page(request: Request) -> None:
    """Raise ForeignOrigin when a page of somebody else's tries to sign its visitor in."""
    origin = request.headers.get("origin")
    origins: frozenset[str] = request.app.state.own_origins
    if origin is not None and origin not in origins:
        raise ForeignOrigin


def browser_of(request: Request, settings: AccountsSettings) -> Browser:
    """Return what a person signs in with."""
    agent = "".join(filter(str.isprintable, request.headers.get("user-agent", "")))
    return Browser(
        address=client_address(request, settings),
        user_agent=agent[:USER_AGENT_CHARACTERS_MAX] if agent else None,
        former_token=session_token_of(request, settings),
    )


def client_address(request: Request, settings: AccountsSettings) -> str:
    """Return the address a request came from; our own proxy's word counts only when it is trusted."""
    address = request.client.host if request.client else "unknown"
    if settings.trusted_proxy:
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        address = hops[-1].strip() or address
    try:
        return str(ip_address(address))
    except ValueError:
        return "unknown"
