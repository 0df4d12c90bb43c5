"""Who is calling: an operator with roles in projects, or another service. Checked offline."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, OKPKey

from shared.database.engine import Database
from shared.database.session import Session
from shared.http.client import HttpClient, Unreachable
from shared.http.cuts import list_cuts, record_cut
from shared.http.limits import CallLimits
from shared.http.problems import Forbidden, NotFound, Problem, Unauthenticated
from shared.runtime.world import World

ACCESS_SECONDS = 300
SERVICE_SECONDS = 300
LEEWAY_SECONDS = 30
CACHED_TOKENS = 5_000
JWKS_SECONDS_MIN = 5.0
EXCHANGED_SECONDS = 60.0
API_KEY_PREFIX = "otk_"
API_KEY_CHARACTERS_MAX = 100
CALLER = "caller"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REQUEST_HEADER = "x-otklik-request"
# EdDSA over Ed25519, by the name that RFC 9864 gives it ("EdDSA" alone is deprecated there).
ALGORITHM = "Ed25519"


class Role(StrEnum):
    """What a person may do in one project; each role may do what the ones before it may."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """The higher, the more it may."""
        return list(Role).index(self)


class ProjectNotFound(NotFound):
    """There is no such project, or the caller has no role in it."""

    code = "project_not_found"
    title = "There is no such project."


class ForeignOrigin(Forbidden):
    """A changing call made with a cookie did not come from a page of ours."""

    code = "foreign_origin"
    title = "Changing calls made with a cookie need the header X-Otklik-Request and our own Origin."


class SignInUnavailable(Problem):
    """The accounts service cannot be asked for its keys at the moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "temporarily_unavailable"
    title = "Signing in cannot be checked for a moment. Try again."


@dataclass(frozen=True)
class Caller:
    """An operator who signed in, or a program with an API key.

    `token` may be passed on to another service on their behalf.
    """

    operator_id: UUID
    name: str
    roles: dict[UUID, Role]
    issued_at: datetime
    expires_at: datetime
    token: str = field(repr=False)
    is_program: bool = False

    def require(self, project_id: UUID, role: Role = Role.OPERATOR) -> None:
        """Raise ProjectNotFound without a role in the project, Forbidden with too low a one."""
        own = self.roles.get(project_id)
        if own is None:
            raise ProjectNotFound
        if own.rank < role.rank:
            raise Forbidden

    def require_for(
        self,
        project_id: UUID | None,
        missing: type[NotFound],
        role: Role = Role.OPERATOR,
    ) -> None:
        """As `require`, for a thing of that project: a foreign one looks like one that is `missing`."""
        if project_id is None or project_id not in self.roles:
            raise missing
        self.require(project_id, role)


def sign_access(
    key: OKPKey,
    *,
    operator_id: UUID,
    name: str,
    roles: dict[UUID, Role],
    issued_at: datetime,
    expires_at: datetime | None = None,
    is_program: bool = False,
) -> str:
    """Sign an access token as `Guard` reads it. `issued_at` counts in whole milliseconds.

    It ends at `expires_at`, or else five minutes after it was issued.
    """
    ends = expires_at or issued_at + timedelta(seconds=ACCESS_SECONDS)
    claims = {
        "sub": str(operator_id),
        "name": name,
        "projects": _packed(roles),
        "issued_ms": round(issued_at.timestamp() * 1000),
        "exp": int(ends.timestamp()),
    }
    if is_program:
        claims["program"] = True
    return jwt.encode({"alg": ALGORITHM, "kid": key.thumbprint()}, claims, key, algorithms=[ALGORITHM])


def _packed(roles: dict[UUID, Role]) -> dict[str, str]:
    """Write roles short, since a cookie holds 4096 bytes: by role, 16 bytes for each of its projects."""
    return {
        str(role): urlsafe_b64encode(
            b"".join(project.bytes for project, own in roles.items() if own is role)
        ).decode()
        for role in sorted(set(roles.values()))
    }


def _unpacked(claim: dict[str, str]) -> dict[UUID, Role]:
    """Read what `_packed` wrote. Raises ValueError, TypeError or AttributeError for anything else."""
    return {
        UUID(bytes=packed[start : start + 16]): Role(role)
        for role, text in claim.items()
        for packed in [urlsafe_b64decode(text)]
        for start in range(0, len(packed), 16)
    }


class KeySource(Protocol):
    """Knows the public keys that access tokens are signed with, and what an API key is worth."""

    async def keys(self, *, fresh: bool) -> KeySet:
        """Return the keys; `fresh` asks to look again. Raises SignInUnavailable."""
        ...

    async def exchange(self, api_key: str) -> str:
        """Return an access token for an API key. Raises Unauthenticated, SignInUnavailable."""
        ...


class RemoteKeys:
    """The accounts service: its keys, fetched from its JWKS and kept, and its exchange of API keys."""

    def __init__(self, accounts_url: str, client: HttpClient, world: World) -> None:
        self._url = f"{accounts_url.rstrip('/')}/api/v1/accounts"
        self._client = client
        self._world = world
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")

    async def keys(self, *, fresh: bool) -> KeySet:
        """Return the keys, asking again at most every five seconds."""
        if self._keys is None or (fresh and self._world.monotonic() - self._asked_at > JWKS_SECONDS_MIN):
            self._asked_at = self._world.monotonic()
            try:
                answer = await self._client.request("GET", f"{self._url}/jwks.json")
                self._keys = KeySet.import_key_set(answer.json())
            except (Unreachable, ValueError, KeyError, JoseError) as error:
                if self._keys is None:
                    raise SignInUnavailable from error
        return self._keys

    async def exchange(self, api_key: str) -> str:
        """Ask accounts for an access token. Raises Unauthenticated, SignInUnavailable."""
        headers = {"Authorization": f"Bearer {api_key}"}
        try:
            answer = await self._client.request("POST", f"{self._url}/api-keys/token", headers=headers)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                raise Unauthenticated
            return str(answer.json()["access_token"])
        except (Unreachable, ValueError, KeyError, TypeError) as error:
            raise SignInUnavailable from error


class Guard:
    """Checks access tokens and service tokens, and knows which operators' older tokens are cut off."""

    def __init__(self, service: str, keys: KeySource, service_key: str, world: World) -> None:
        self._service = service
        self._keys = keys
        self._service_key = OctKey.import_key(service_key)
        self._world = world
        self._cuts: dict[UUID, datetime] = {}
        self._known: OrderedDict[str, Caller] = OrderedDict()
        self._exchanged: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def caller(self, token: str) -> Caller:
        """Return who an access token stands for. Raises Unauthenticated, SignInUnavailable."""
        caller = self._known.get(token)
        if caller is None:
            caller = await self._read(token)
            self._known[token] = caller
            if len(self._known) > CACHED_TOKENS:
                self._known.popitem(last=False)
        if caller.expires_at < self._world.now() or self.is_cut(caller):
            raise Unauthenticated
        return caller

    async def caller_by_key(self, api_key: str) -> Caller:
        """Return what an API key stands for, asking again every minute. Raises as `caller` does."""
        token, until = self._exchanged.get(api_key, ("", 0.0))
        if self._world.monotonic() >= until:
            token = await self._keys.exchange(api_key)
            self._exchanged[api_key] = (token, self._world.monotonic() + EXCHANGED_SECONDS)
            if len(self._exchanged) > CACHED_TOKENS:
                self._exchanged.popitem(last=False)
        return await self.caller(token)

    def is_cut(self, caller: Caller) -> bool:
        """Whether the caller's rights have changed since their token was issued."""
        not_before = self._cuts.get(caller.operator_id)
        return not_before is not None and caller.issued_at < not_before

    def cut(self, operator_id: UUID, not_before: datetime) -> None:
        """Refuse an operator's older tokens from now on in this process."""
        self._cuts[operator_id] = max(not_before, self._cuts.get(operator_id, not_before))

    async def learn_cuts(self, database: Database) -> bool:
        """Read the cuts that other processes of this service have recorded."""
        alive = self._world.now() - timedelta(seconds=2 * ACCESS_SECONDS)
        async with database.read() as session:
            for operator_id, not_before in (await list_cuts(session, since=alive)).items():
                self.cut(operator_id, not_before)
        self._cuts = {operator: moment for operator, moment in self._cuts.items() if moment > alive}
        return False

    async def _read(self, token: str) -> Caller:
        for fresh in (False, True):
            keys = await self._keys.keys(fresh=fresh)
            try:
                claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
                break
            except (JoseError, ValueError):
                continue
        else:
            raise Unauthenticated
        try:
            return Caller(
                operator_id=UUID(claims["sub"]),
                name=str(claims["name"]),
                roles=_unpacked(claims["projects"]),
                issued_at=datetime.fromtimestamp(claims["issued_ms"] / 1000, UTC),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
                token=token,
                is_program=bool(claims.get("program", False)),
            )
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated from error

    def service_token(self, audience: str) -> str:
        """Sign a five-minute token with which this service calls another one."""
        now = int(self._world.now().timestamp())
        claims = {
            "sub": f"service:{self._service}",
            "aud": audience,
            "exp": now + SERVICE_SECONDS,
        }
        return jwt.encode({"alg": "HS256"}, claims, self._service_key)

    def calling_service(self, token: str) -> str:
        """Return the name of the service that a token stands for. Raises Unauthenticated."""
        try:
            claims = jwt.decode(token, self._service_key, algorithms=["HS256"]).claims
            fits = (
                claims["aud"] == self._service
                and claims["exp"] + LEEWAY_SECONDS > self._world.now().timestamp()
            )
            name = str(claims["sub"])
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated from error
        if not fits or not name.startswith("service:"):
            raise Unauthenticated
        return name.removeprefix("service:")


def access_cookie(*, secure: bool) -> str:
    """Return the name of the cookie that carries the access token."""
    return "__Host-otklik_access" if secure else "otklik_access"


def session_cookie(*, secure: bool) -> str:
    """Return the name of the cookie that carries the session."""
    return "__Host-otklik_session" if secure else "otklik_session"


def require_own_page(request: Request) -> None:
    """Raise ForeignOrigin unless a changing call carries our header and one of our own origins."""
    if request.method in SAFE_METHODS:
        return
    origins: frozenset[str] = request.app.state.own_origins
    if request.headers.get(REQUEST_HEADER) != "1" or request.headers.get("origin") not in origins:
        raise ForeignOrigin


def bearer(request: Request) -> str | None:
    """Return the bearer token of a request, if it has one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


async def signed_in(request: Request) -> Caller:
    """Return who calls, having counted the call. Raises Unauthenticated, CallsTooOften."""
    caller = await _identified(request)
    limits: CallLimits = request.app.state.limits
    limits.spend(caller.operator_id, changing=request.method not in SAFE_METHODS)
    # For what comes after: a transaction knows who acts in it.
    setattr(request.state, CALLER, caller)
    return caller


async def _identified(request: Request) -> Caller:
    guard: Guard = request.app.state.guard
    token = bearer(request)
    if token is None:
        token = request.cookies.get(access_cookie(secure=request.app.state.secure))
        if token is None:
            raise Unauthenticated
        caller = await guard.caller(token)
        require_own_page(request)
        return caller
    if token.startswith(API_KEY_PREFIX) and len(token) <= API_KEY_CHARACTERS_MAX:
        return await guard.caller_by_key(token)
    return await guard.caller(token)


async def _another_service(request: Request) -> str:
    guard: Guard = request.app.state.guard
    token = bearer(request)
    if token is None:
        raise Unauthenticated
    return guard.calling_service(token)


SignedIn = Annotated[Caller, Depends(signed_in)]
AnotherService = Annotated[str, Depends(_another_service)]


async def obey_cut(session: Session, guard: Guard, operator_id: UUID, not_before: datetime) -> None:
    """Record that an operator's older tokens count no more; in this process at once after the commit."""
    await record_cut(session, operator_id, not_before)
    session.after_commit(partial(guard.cut, operator_id, not_before))
