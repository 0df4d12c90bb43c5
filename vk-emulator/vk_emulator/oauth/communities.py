"""Communities' keys for an application under /oauth: the Authorization Code Flow for communities."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vk_emulator.emulator import Emulator
from vk_emulator.model import Json
from vk_emulator.oauth import consent
from vk_emulator.oauth.consent import Decision
from vk_emulator.oauth.grants import COMMUNITIES, OAuthError
from vk_emulator.oauth.requests import WRONG_REDIRECT, Asked, asked_for_communities, may_let_in
from vk_emulator.oauth.troubles import answer
from vk_emulator.world import OF_APP


async def authorize(request: Request) -> Response:
    """Ask an administrator of every listed community to let the application in."""
    return await consent.ask(request, COMMUNITIES, _read)


async def decide(request: Request) -> Response:
    """The person allows or cancels."""
    return await consent.decide(request, COMMUNITIES, _read, _allow)


def _read(emulator: Emulator, query: dict[str, str]) -> Asked:
    return asked_for_communities(emulator.world, query)


def _allow(emulator: Emulator, decision: Decision) -> Json:
    asked, person = decision.asked, decision.person
    if not all(may_let_in(community, person) for community in asked.communities):
        raise OAuthError("access_denied", "The user is not an administrator of the community")
    code = emulator.grants.code(
        COMMUNITIES, person.id, asked.redirect_uri, asked.scope,
        community_ids=tuple(community.id for community in asked.communities),
    )  # fmt: skip
    return {"code": code.value}


async def exchange(request: Request) -> Response:
    """GET or POST /access_token: a code for one key per community."""
    return await answer(request, COMMUNITIES, _exchanged)


def _exchanged(emulator: Emulator, values: dict[str, str]) -> Json:
    app, grants = emulator.world.app, emulator.grants
    if values.get("client_id") != str(app.id):
        raise OAuthError("invalid_client", "client_id is incorrect", status=401)
    if values.get("client_secret") != app.secret:
        raise OAuthError("invalid_client", "client_secret is incorrect", status=401)
    code = grants.find_code(COMMUNITIES, values.get("code", ""))
    if values.get("redirect_uri") != code.redirect_uri:
        grants.failed_with(code)
        raise OAuthError("invalid_request", WRONG_REDIRECT)
    grants.spend(code)
    keys = {
        community_id: grants.community_key(community_id, code.user_id, code.scope).value
        for community_id in code.community_ids
    }
    if _is_named(emulator):
        return {f"access_token_{community_id}": key for community_id, key in keys.items()} | {"expires_in": 0}
    groups = [{"group_id": community_id, "access_token": key} for community_id, key in keys.items()]
    return {"groups": groups, "expires_in": 0}


def _is_named(emulator: Emulator) -> bool:
    """Whether keys come in the older shape, `access_token_<community>`."""
    if emulator.faults.strike(OF_APP, "oauth_old_shape") is not None:
        return True
    shape = emulator.world.app.token_shape
    return shape == "named" if shape else emulator.assumptions.named_token_shape


ROUTES = [
    Route("/oauth/authorize", authorize),
    Route("/oauth/authorize", decide, methods=["POST"]),
    Route("/oauth/access_token", exchange, methods=["GET", "POST"]),
]
