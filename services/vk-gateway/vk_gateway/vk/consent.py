"""VK's two consents: who a person is (VK ID, with PKCE), and keys for communities they administer.

The only place that knows what these doors answer. Both shapes of the keys' answer are read.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.http.client import HttpClient, Unreachable
from shared.http.oauth import OauthApp, OauthRefused
from vk_gateway.authorizations.rules import FAULTS_OF_APP
from vk_gateway.settings import GatewaySettings
from vk_gateway.vk.client import API_VERSION, Vk
from vk_gateway.vk.failures import VkError, VkUnclear

COMMUNITY_RIGHTS = ("messages", "photos", "docs", "manage")
KEY_PREFIX = "access_token_"
GROUPS_PER_PAGE = 1000
GROUPS_MAX = 5000
FAULTS_OF_CODE = frozenset({"invalid_grant"})


class NotGiven(Exception):
    """A code was worth nothing. `reason` is `code_refused`, `app_refused` or `exchange_unknown`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class PersonToken:
    """What a person's code was worth. To be dropped before the step ends."""

    value: str = field(repr=False)
    person_id: int
    scopes: frozenset[str]


@dataclass(frozen=True)
class Person:
    """Who somebody is at VK."""

    id: int
    name: str | None
    avatar_url: str | None


@dataclass(frozen=True)
class Administered:
    """A community that a person administers. `messages_enabled` is None when VK does not say."""

    id: int
    name: str
    screen_name: str
    avatar_url: str | None
    messages_enabled: bool | None


class VkId:
    """VK ID: tells who somebody is and, where VK granted `groups`, what they administer."""

    def __init__(self, app: OauthApp, url: str, client_id: str, http: HttpClient, vk: Vk) -> None:
        self._app = app
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._http = http
        self._vk = vk

    def page(self, state: str, verifier: str) -> str:
        """Return where the person goes."""
        return self._app.page(state, verifier=verifier)

    async def exchange(self, code: str, *, device_id: str, verifier: str, state: str) -> PersonToken:
        """Exchange a code that a person brought back. Raises NotGiven."""
        found = await _exchanged(
            self._app, code, verifier=verifier, form={"device_id": device_id, "state": state}
        )
        try:
            if found.get("state", state) != state:
                raise NotGiven("exchange_unknown")
            return PersonToken(
                value=_text(found["access_token"]),
                person_id=int(found["user_id"]),
                scopes=frozenset(str(found.get("scope", "")).replace(",", " ").split()),
            )
        except (KeyError, TypeError, ValueError):
            raise NotGiven("exchange_unknown") from None

    async def person(self, token: PersonToken) -> Person:
        """Return whose token it is (/oauth2/user_info); without a name when VK does not tell."""
        user: Mapping[str, Any] = {}
        try:
            answer = await self._post("user_info", token)
            found = answer.get("user")
            if isinstance(found, dict) and str(found.get("user_id")) == str(token.person_id):
                user = found
        except (Unreachable, ValueError, TypeError):
            pass
        name = " ".join(str(user[part]) for part in ("first_name", "last_name") if user.get(part))
        return Person(token.person_id, name[:200] or None, _link(user.get("avatar")))

    async def administered(self, token: PersonToken) -> list[Administered] | None:
        """Return what the person administers (groups.get), None when VK does not let us know."""
        if "groups" not in token.scopes:
            return None
        found: list[Administered] = []
        try:
            while len(found) < GROUPS_MAX:
                page = await self._vk.call(
                    "groups.get",
                    token.value,
                    {
                        "filter": "admin",
                        "extended": 1,
                        "fields": "can_message",
                        "offset": len(found),
                        "count": GROUPS_PER_PAGE,
                    },
                )
                found += [_administered(group) for group in page["items"]]
                if not page["items"] or len(found) >= int(page["count"]):
                    break
        except (VkError, VkUnclear, KeyError, TypeError, ValueError):
            return None
        return found

    async def drop(self, token: PersonToken) -> bool:
        """Have VK forget the token (/oauth2/revoke). Returns whether VK said that it has."""
        try:
            return (await self._post("revoke", token)).get("response") == 1
        except (Unreachable, ValueError, TypeError):
            return False

    async def _post(self, path: str, token: PersonToken) -> Mapping[str, Any]:
        form = {"access_token": token.value, "client_id": self._client_id}
        answer = (await self._http.request("POST", f"{self._url}/oauth2/{path}", form=form)).json()
        if not isinstance(answer, dict):
            raise TypeError(path)
        return answer


class CommunityConsent:
    """VK's consent for communities: gives a key for each of them."""

    def __init__(self, app: OauthApp) -> None:
        self._app = app

    def page(self, state: str, community_ids: Collection[int]) -> str:
        """Return where the person goes."""
        ids = ",".join(str(community_id) for community_id in sorted(community_ids))
        return self._app.page(state, group_ids=ids, v=API_VERSION, display="page", revoke="1")

    async def exchange(self, code: str) -> dict[int, str]:
        """Exchange a code for the keys of the communities, by their numbers. Raises NotGiven."""
        found = await _exchanged(self._app, code)
        try:
            keys = _keys(found)
        except (KeyError, TypeError, ValueError):
            keys = {}
        if not keys:
            raise NotGiven("exchange_unknown")
        return keys


@dataclass(frozen=True)
class Consents:
    """Both doors, for one application of ours."""

    identity: VkId
    communities: CommunityConsent


def consents_for(settings: GatewaySettings, http: HttpClient, vk: Vk) -> Consents:
    """Describe our application to both doors."""
    id_url, oauth_url = settings.vk_id_url.rstrip("/"), settings.vk_oauth_url.rstrip("/")
    identity = OauthApp(
        client_id=settings.vk_app_id,
        timeout_seconds=settings.vk_timeout_seconds,
        authorize_url=f"{(settings.vk_id_page_url or id_url).rstrip('/')}/authorize",
        token_url=f"{id_url}/oauth2/auth",
        redirect_uri=settings.return_address("identity"),
        scope=settings.vk_id_scope,
    )
    communities = OauthApp(
        client_id=settings.vk_app_id,
        timeout_seconds=settings.vk_timeout_seconds,
        client_secret=settings.vk_app_secret.get_secret_value(),
        authorize_url=f"{(settings.vk_oauth_page_url or oauth_url).rstrip('/')}/authorize",
        token_url=f"{oauth_url}/access_token",
        redirect_uri=settings.return_address("communities"),
        scope=",".join(COMMUNITY_RIGHTS),
    )
    return Consents(
        VkId(identity, id_url, settings.vk_app_id, http, vk),
        CommunityConsent(communities),
    )


async def _exchanged(
    app: OauthApp, code: str, *, verifier: str | None = None, form: Mapping[str, str] | None = None
) -> dict[str, Any]:
    try:
        return await app.exchange(code, verifier=verifier, form=form)
    except OauthRefused as refusal:
        if refusal.code in FAULTS_OF_CODE:
            raise NotGiven("code_refused") from None
        raise NotGiven("app_refused" if refusal.code in FAULTS_OF_APP else "exchange_unknown") from None
    except Unreachable:
        raise NotGiven("exchange_unknown") from None


def _keys(found: Mapping[str, Any]) -> dict[int, str]:
    """Read `{"groups": [{group_id, access_token}]}` or the older `{"access_token_<id>": …}`."""
    if "groups" in found:
        return {int(group["group_id"]): _text(group["access_token"]) for group in found["groups"]}
    return {
        int(name.removeprefix(KEY_PREFIX)): _text(key)
        for name, key in found.items()
        if name.startswith(KEY_PREFIX)
    }


def _administered(group: Mapping[str, Any]) -> Administered:
    community_id = int(group["id"])
    may_write = group.get("can_message")
    return Administered(
        id=community_id,
        name=_text(group["name"])[:500],
        screen_name=str(group.get("screen_name") or f"club{community_id}"),
        avatar_url=_link(group.get("photo_200") or group.get("photo_100")),
        messages_enabled=None if may_write is None else bool(may_write),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value


def _link(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None
