"""What an application asks a person for: the parameters of both authorize pages, checked."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from vk_emulator.model import ADMINISTRATOR, ALL_RIGHTS, App, Community, User
from vk_emulator.oauth.grants import OAuthError
from vk_emulator.world import World

DEFAULT_SCOPE = "vkid.personal_info"
# All of these but the first three are given after VK has looked at the application.
SCOPES = (
    DEFAULT_SCOPE, "email", "phone", "groups", "wall", "stories", "docs", "photos", "ads", "video", "status",
    "market", "pages", "notifications", "stats", "notes", "friends",
)  # fmt: skip
PROMPTS = ("", "none", "login", "consent", "select_account")
MOST_COMMUNITIES = 100
WRONG_REDIRECT = "redirect_uri is incorrect, check application redirect uri in the settings page"


class Untrusted(OAuthError):
    """The application or the address to return to is wrong, so the browser must not be sent back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be shown to a person."""

    redirect_uri: str
    state: str
    scope: list[str]
    challenge: str = ""
    prompt: str = ""
    communities: tuple[Community, ...] = ()


def checked_return(app: App, query: dict[str, str]) -> str:
    """The trusted address the browser returns to. Raises Untrusted."""
    if query.get("client_id") != str(app.id):
        raise Untrusted("invalid_client", "client_id is incorrect", status=401)
    redirect_uri = query.get("redirect_uri", "")
    if not is_trusted(app, redirect_uri):
        raise Untrusted("invalid_request", WRONG_REDIRECT)
    return redirect_uri


def is_trusted(app: App, redirect_uri: str) -> bool:
    """Whether an address is one of the application's, letter by letter; without any, a loopback one."""
    if app.redirects:
        return redirect_uri in app.redirects
    try:
        parts = urlsplit(redirect_uri)
        host, _ = parts.hostname or "", parts.port
        # A browser may read these as the end of the host.
        is_plain = not re.search(r"[\\@\s]", redirect_uri)
        return parts.scheme in ("http", "https") and not parts.fragment and is_plain and _is_loopback(host)
    except ValueError:
        return False


def asked_for_identity(app: App, query: dict[str, str]) -> Asked:
    """What VK ID's page shows. Raises Untrusted, or OAuthError that goes back to the application."""
    redirect_uri = checked_return(app, query)
    state, challenge = query.get("state", ""), query.get("code_challenge", "")
    if query.get("response_type") != "code":
        raise OAuthError("invalid_request", "response_type must be code")
    if not re.fullmatch(r"[A-Za-z0-9_-]{32,}", state):
        raise OAuthError("invalid_request", "state is missing or invalid")
    if query.get("code_challenge_method", "").lower() != "s256":
        raise OAuthError("invalid_request", "code_challenge_method is missing or invalid")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge):
        raise OAuthError("invalid_request", "code_challenge is missing or invalid")
    if query.get("prompt", "") not in PROMPTS:
        raise OAuthError("invalid_request", "prompt is invalid")
    wanted = query.get("scope", "").split() or [DEFAULT_SCOPE]
    refused = app.groups_scope == "refused" and "groups" in wanted
    if refused or not set(wanted) <= set(SCOPES):
        raise OAuthError("invalid_scope", "scope is invalid")
    scope = [name for name in SCOPES if name in wanted or name == DEFAULT_SCOPE]
    if app.groups_scope != "granted" and "groups" in scope:
        scope.remove("groups")
    return Asked(redirect_uri, state, scope, challenge, query.get("prompt", ""))


def asked_for_communities(world: World, query: dict[str, str]) -> Asked:
    """What the page about communities shows. Raises Untrusted, or OAuthError that goes back."""
    redirect_uri = checked_return(world.app, query)
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    if not query.get("v"):
        raise OAuthError("invalid_request", "v (version) is required")
    words = [word.strip() for word in query.get("group_ids", "").split(",") if word.strip()]
    if not words or len(words) > MOST_COMMUNITIES:
        raise OAuthError("invalid_request", "group_ids is required")
    communities = [world.communities.get(int(word)) if is_number(word) else None for word in words]
    found = tuple(dict.fromkeys(one.id for one in communities if one is not None))
    if None in communities:
        raise OAuthError("invalid_request", "group_ids is incorrect")
    scope = _rights(query.get("scope", ""))
    return Asked(
        redirect_uri, query.get("state", ""), scope,
        communities=tuple(world.communities[community_id] for community_id in found),
    )  # fmt: skip


def may_let_in(community: Community, person: User) -> bool:
    """Whether the person may give an application a key of this community."""
    return community.state == "active" and community.level_of(person.id) >= ADMINISTRATOR


def _rights(scope: str) -> list[str]:
    """Rights by names parted by commas or as a bit mask."""
    if is_number(scope):
        mask = int(scope)
        names = [name for name, bit in ALL_RIGHTS.items() if mask & bit]
        if mask & ~sum(ALL_RIGHTS.values()):
            raise OAuthError("invalid_scope", "scope is incorrect")
        return names
    wanted = {word for word in re.split(r"[,\s]+", scope) if word}
    if not wanted <= set(ALL_RIGHTS):
        raise OAuthError("invalid_scope", "scope is incorrect")
    return [name for name in ALL_RIGHTS if name in wanted]


def is_number(word: str) -> bool:
    """Whether it is a number that ids and masks can be."""
    return word.isascii() and word.isdecimal() and len(word) < 16


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
