"""Which browser somebody has: a cookie of its own, and the session of whoever is signed in there."""

import hashlib
import re
from dataclasses import dataclass, field

from fastapi import Request, Response

from shared.http.access import session_cookie
from shared.runtime.world import World

TOKEN_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
COOKIE_SECONDS = 3600


@dataclass(frozen=True)
class Browser:
    """A browser; `token` is None as long as it has not begun anything."""

    token: str | None = field(repr=False)
    session: str | None = field(repr=False)

    @property
    def token_hash(self) -> bytes | None:
        """What is kept of the browser's own cookie."""
        return _hashed(self.token)

    @property
    def session_hash(self) -> bytes | None:
        """What is kept of the session; None when nobody is signed in by cookie."""
        return _hashed(self.session)


def browser_of(request: Request) -> Browser:
    """Return the browser that a request comes from."""
    secure: bool = request.app.state.secure
    token = request.cookies.get(_cookie(secure=secure), "")
    session = request.cookies.get(session_cookie(secure=secure))
    return Browser(token if TOKEN.fullmatch(token) else None, session)


def recognise(request: Request, response: Response, world: World) -> Browser:
    """As `browser_of`, and let the browser be known from now on: the same one for all that it begins."""
    secure: bool = request.app.state.secure
    browser = browser_of(request)
    token = browser.token or world.token(TOKEN_BYTES)
    # Lax: VK's page sends the browser back to us, and the cookie must come along.
    response.set_cookie(
        _cookie(secure=secure),
        token,
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    return Browser(token, browser.session)


def _cookie(*, secure: bool) -> str:
    return "__Host-otklik_consent" if secure else "otklik_consent"


def _hashed(text: str | None) -> bytes | None:
    return hashlib.sha256(text.encode()).digest() if text else None
