"""VK ID under /id: the authorize page, and OAuth 2.1 with PKCE (reference: VK ID, API description)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vk_emulator.api.router import origin_of
from vk_emulator.emulator import Emulator
from vk_emulator.model import Json, Session, User
from vk_emulator.oauth import consent
from vk_emulator.oauth.consent import Decision
from vk_emulator.oauth.grants import ACCESS_SECONDS, IDENTITY, OAuthError, proves
from vk_emulator.oauth.people import person_of
from vk_emulator.oauth.requests import Asked, asked_for_identity
from vk_emulator.oauth.troubles import answer
from vk_emulator.world import OF_APP

CODE_SECONDS = 600


async def authorize(request: Request) -> Response:
    """Ask who the person is and whether the application may know it."""
    return await consent.ask(request, IDENTITY, _read, at_once=_at_once)


async def decide(request: Request) -> Response:
    """The person allows or cancels."""
    return await consent.decide(request, IDENTITY, _read, _allow)


def _read(emulator: Emulator, query: dict[str, str]) -> Asked:
    return asked_for_identity(emulator.world.app, query)


def _at_once(request: Request, emulator: Emulator, asked: Asked) -> Json | None:
    """What prompt=none gives without showing anything, or None when a page is to be shown."""
    if asked.prompt != "none":
        return None
    person = person_of(request)
    if person is None:
        raise OAuthError("login_required", "The user is not signed in")
    known = any(not s.ended and s.user_id == person.id for s in emulator.world.sessions.values())
    if not known:
        raise OAuthError("interaction_required", "The user has not let the application in yet")
    return _allow(emulator, Decision(asked, person))


def _allow(emulator: Emulator, decision: Decision) -> Json:
    """The parameters the browser brings back."""
    asked = decision.asked
    code = emulator.grants.code(
        IDENTITY, decision.person.id, asked.redirect_uri, asked.scope, challenge=asked.challenge
    )
    return {
        "code": code.value,
        "expires_in": CODE_SECONDS,
        "device_id": code.device_id,
        "ext_id": emulator.clock.hexadecimal(24),
        "type": "code_v2",
    }


async def exchange(request: Request) -> Response:
    """POST /oauth2/auth: a code or a refresh token for a new pair of tokens."""
    return await answer(request, IDENTITY, _exchanged)


def _exchanged(emulator: Emulator, values: dict[str, str]) -> Json:
    _check_client(emulator, values)
    kinds = {"authorization_code": _by_code, "refresh_token": _by_refresh_token}
    kind = kinds.get(values.get("grant_type", ""))
    if kind is None:
        raise OAuthError("invalid_request", "grant_type is missing or invalid")
    session = kind(emulator, values)
    return {
        "access_token": session.access_token,
        "refresh_token": session.refresh_token,
        "id_token": session.id_token,
        "token_type": "Bearer",
        "expires_in": int(emulator.faults.option(OF_APP, "oauth_token_life", "seconds", ACCESS_SECONDS)),
        "user_id": session.user_id,
        "state": values.get("state", ""),
        "scope": " ".join(session.scope),
    }


def _by_code(emulator: Emulator, values: dict[str, str]) -> Session:
    for name in ("code", "code_verifier", "redirect_uri", "device_id"):
        if not values.get(name):
            raise OAuthError("invalid_request", f"{name} is missing or invalid")
    grants = emulator.grants
    code = grants.find_code(IDENTITY, values["code"])
    for name, fits in (
        ("code_verifier", proves(code.challenge, values["code_verifier"])),
        ("redirect_uri", values["redirect_uri"] == code.redirect_uri),
        ("device_id", values["device_id"] == code.device_id),
    ):
        if not fits:
            grants.failed_with(code)
            raise OAuthError("invalid_grant", f"{name} is invalid", status=401)
    grants.spend(code)
    return grants.open_session(code.user_id, code.device_id, code.scope)


def _by_refresh_token(emulator: Emulator, values: dict[str, str]) -> Session:
    grants = emulator.grants
    session = grants.live_session(values.get("refresh_token", ""))
    if session is None:
        raise OAuthError("invalid_request", "refresh_token is missing or invalid")
    if values.get("device_id") != session.device_id:
        raise OAuthError("invalid_request", "device_id is missing or invalid")
    wanted = values.get("scope", "").split() or session.scope
    if not set(wanted) <= set(session.scope):
        raise OAuthError("invalid_scope", "scope is invalid")
    grants.close(session, access=False)
    return grants.open_session(session.user_id, session.device_id, wanted)


async def user_info(request: Request) -> Response:
    """POST /oauth2/user_info: the person whose access token it is."""
    origin = origin_of(request)

    def told(emulator: Emulator, values: dict[str, str]) -> Json:
        user, scope = _owner(emulator, values)
        info = _personal_info(user, origin)
        if "email" in scope:
            info["email"] = f"{user.screen_name}@paper-crane.example"
        if "phone" in scope:
            info["phone"] = f"7900{user.id % 10_000_000:07}"
        return {"user": info}

    return await answer(request, IDENTITY, told)


async def public_info(request: Request) -> Response:
    """POST /oauth2/public_info: the person of an id token, masked."""
    origin = origin_of(request)

    def told(emulator: Emulator, values: dict[str, str]) -> Json:
        _check_client(emulator, values)
        user_id = emulator.grants.user_of_id_token(values.get("id_token", ""))
        user = emulator.world.users.get(user_id or 0)
        if user is None:
            raise OAuthError("invalid_token", "id_token is missing or invalid", status=401)
        info = _personal_info(user, origin)
        info["last_name"] = f"{user.last_name[:1]}."
        for name in ("sex", "birthday"):
            del info[name]
        return {"user": info}

    return await answer(request, IDENTITY, told)


async def revoke(request: Request) -> Response:
    """POST /oauth2/revoke: the person's consent is withdrawn, with every session."""

    def ended(emulator: Emulator, values: dict[str, str]) -> Json:
        user, _ = _owner(emulator, values)
        emulator.grants.withdraw(user.id)
        return {"response": 1}

    return await answer(request, IDENTITY, ended)


async def logout(request: Request) -> Response:
    """POST /oauth2/logout: this session ends."""

    def ended(emulator: Emulator, values: dict[str, str]) -> Json:
        _owner(emulator, values)
        for session in list(emulator.world.sessions.values()):
            if session.access_token == values["access_token"]:
                emulator.grants.close(session, access=True)
        return {"response": 1}

    return await answer(request, IDENTITY, ended)


def _check_client(emulator: Emulator, values: dict[str, str]) -> None:
    if values.get("client_id") != str(emulator.world.app.id):
        raise OAuthError("invalid_client", "client_id is missing or invalid", status=401)


def _owner(emulator: Emulator, values: dict[str, str]) -> tuple[User, list[str]]:
    _check_client(emulator, values)
    token = emulator.grants.live_token(values.get("access_token", ""))
    if token is None:
        raise OAuthError("invalid_token", "access_token is missing or invalid", status=401)
    return emulator.world.users[token.user_id], token.rights


def _personal_info(user: User, origin: str) -> Json:
    return {
        "user_id": str(user.id),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "avatar": f"{origin}/emulator/avatars/{user.id}.svg",
        "sex": user.sex,
        "verified": False,
        "birthday": "01.02.1990",
    }


ROUTES = [
    Route("/id/authorize", authorize),
    Route("/id/authorize", decide, methods=["POST"]),
    Route("/id/oauth2/auth", exchange, methods=["POST"]),
    Route("/id/oauth2/user_info", user_info, methods=["POST"]),
    Route("/id/oauth2/public_info", public_info, methods=["POST"]),
    Route("/id/oauth2/revoke", revoke, methods=["POST"]),
    Route("/id/oauth2/logout", logout, methods=["POST"]),
]
