"""In front of the public addresses: plain ASGI, because every page view of every site passes here.

Answers from the copies in memory and holds callers to their rates; the rest falls through to the API.
"""

import math
from collections.abc import Iterable
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.limits import CallLimits, CallsTooOften, Rate
from shared.http.middleware import requests
from shared.runtime.world import World
from widget_config.public.copies import FIXED, FOR_EVERYBODY, KEY_CHARACTERS_MAX, Answer, Copies
from widget_config.settings import WidgetConfigSettings

PREFIX = "/w/"
ENDING = ".json"
CLICK = "/click"
ADDRESSES_MAX = 50_000
# Half of an IPv6 address is the host's: one caller has all of it.
HOST_BITS = 64
EVERYBODY = "everybody"
ALLOWED = b"GET, HEAD, POST, OPTIONS"
PREFLIGHT = Answer(
    204,
    [
        *FIXED,
        FOR_EVERYBODY,
        (b"access-control-allow-methods", ALLOWED),
        (b"access-control-allow-headers", b"content-type, if-none-match"),
        (b"access-control-max-age", b"86400"),
        (b"allow", ALLOWED),
        (b"cache-control", b"no-store"),
    ],
    b"",
)


class Front:
    """Answers what it can from copies; everything else is the API's."""

    def __init__(
        self, api: ASGIApp, *, service: str, copies: Copies, settings: WidgetConfigSettings, world: World
    ) -> None:
        self._api = api
        self._copies = copies
        self._trusted_proxy = settings.trusted_proxy
        visitors = Rate(settings.visitor_per_second, settings.visitor_burst)
        load = Rate(settings.load_per_second, settings.load_burst)
        loads = Rate(settings.loads_per_second, settings.loads_burst)
        self._visitors = CallLimits(reads=visitors, changes=visitors, world=world, callers_max=ADDRESSES_MAX)
        self._load = CallLimits(reads=load, changes=load, world=world, callers_max=ADDRESSES_MAX)
        self._loads = CallLimits(reads=loads, changes=loads, world=world)
        clicks = Rate(settings.click_per_second, settings.click_burst)
        self._clicks = CallLimits(reads=clicks, changes=clicks, world=world, callers_max=ADDRESSES_MAX)
        statuses = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND, HTTPStatus.NO_CONTENT)
        self._counted = {
            (method, int(status)): requests.labels(service, method, int(status))
            for method in ("GET", "HEAD", "OPTIONS")
            for status in (*statuses, HTTPStatus.TOO_MANY_REQUESTS)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._api(scope, receive, send)
            return
        answer = self._answer(scope)
        if answer is None:
            await self._api(scope, receive, send)
            return
        method = scope["method"]
        if counter := self._counted.get((method, answer.status)):
            counter.inc()
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})

    def _answer(self, scope: Scope) -> Answer | None:
        path, method = scope["path"], scope["method"]
        origin, known_tags, address = self._said(scope)
        is_config = path.endswith(ENDING) and method in {"GET", "HEAD"}
        public_key = path[len(PREFIX) : -len(ENDING)] if is_config else ""
        try:
            # Cut: an address may be as long as somebody likes, and is remembered.
            self._visitors.spend((address, (public_key or path)[:KEY_CHARACTERS_MAX]), changing=False)
            if method == "OPTIONS":
                return PREFLIGHT
            copy = self._copies.find(public_key) if is_config else None
            if copy is not None:
                return copy.answer(origin, known_tags)
            if path.endswith(CLICK):
                self._clicks.spend(address, changing=True)
            self._load.spend(address, changing=False)
            self._loads.spend(EVERYBODY, changing=False)
        except CallsTooOften as refusal:
            return _too_often(refusal)
        return None

    def _said(self, scope: Scope) -> tuple[bytes | None, bytes | None, str]:
        """Return the origin, the tags, and whose address it is; our own proxy's word counts when trusted."""
        origin = known_tags = forwarded = None
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"if-none-match":
                known_tags = value
            elif name == b"x-forwarded-for":
                forwarded = value
        address = scope["client"][0] if scope.get("client") else ""
        if self._trusted_proxy and forwarded is not None:
            address = forwarded.rpartition(b",")[2].strip().decode("latin-1")
        return origin, known_tags, _network(address)


def _network(address: str) -> str:
    """Return what one caller is taken to have: an IPv4 address, or the first half of an IPv6 one."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address) or parsed.ipv4_mapped is not None:
        return str(parsed)
    return f"{int(parsed) >> HOST_BITS:x}/{HOST_BITS}"


def _too_often(refusal: CallsTooOften) -> Answer:
    seconds = math.ceil(refusal.facts["retry_after_seconds"])
    body = (
        b'{"type":"about:blank","status":429,"code":"too_many_requests","title":"%s"}'
        % refusal.title.encode()
    )
    headers: Iterable[tuple[bytes, bytes]] = (
        (b"retry-after", str(seconds).encode()),
        (b"cache-control", b"no-store"),
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    )
    return Answer(429, [*FIXED, FOR_EVERYBODY, *headers], body)
