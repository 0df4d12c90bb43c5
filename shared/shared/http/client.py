"""Calls to other services, to the outside world, and links of strangers."""

import asyncio
import json
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from shared.http.addresses import is_public
from shared.runtime.loops import TryLater

# The other side may look at a large file for a while before it answers.
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
# Nothing has left us when one of these is raised.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# As browsers write a file's name into a form.
_QUOTED = {'"': "%22", "\r": "%0D", "\n": "%0A"}


class Unreachable(TryLater):
    """No answer came. `sent` tells whether the other side may have received and carried out the request."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the body; raises ValueError when it is not JSON."""
        return json.loads(self.body)


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Read the list once for all clients of a process: it costs some 50 ms of processor time."""
    return httpx.create_ssl_context(trust_env=False)


class HttpClient:
    """A pool of connections. Follows no redirects and reads no proxy or password from the environment."""

    def __init__(self, *, timeout_seconds: float = 10.0, connections_max: int = 50) -> None:
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds)),
            limits=httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max),
            follow_redirects=False,
            verify=trusted_authorities(),
            trust_env=False,
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        form: Mapping[str, str] | None = None,
        document: Any = None,
    ) -> Answer:
        """Make one request, with form fields or a JSON document. Raises Unreachable when no answer came."""
        try:
            answer = await self._client.request(
                method, url, headers=headers, params=params, data=form, json=document
            )
        except NEVER_SENT as error:
            raise Unreachable(type(error).__name__, sent=False) from error
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__, sent=True) from error
        return Answer(answer.status_code, answer.headers, answer.content)

    async def upload(
        self,
        url: str,
        *,
        field: str,
        name: str,
        media_type: str,
        size_bytes: int,
        chunks: AsyncIterator[bytes],
    ) -> Answer:
        """Post a file as the one field of a multipart form, streamed. Raises as `request` and `chunks` do."""
        boundary = secrets.token_hex(16)
        quoted = "".join(_QUOTED.get(character, character) for character in name)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n'
            f"Content-Type: {media_type if media_type.isprintable() else 'application/octet-stream'}\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()

        async def form() -> AsyncIterator[bytes]:
            yield head
            async for chunk in chunks:
                yield chunk
            yield tail

        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + size_bytes + len(tail)),
        }
        try:
            answer = await self._client.post(url, headers=headers, content=form(), timeout=_UPLOAD_TIMEOUT)
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__, sent=True) from error
        return Answer(answer.status_code, answer.headers, answer.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class NotAllowed(Exception):
    """A link leads where we do not go."""


@dataclass(frozen=True)
class Download:
    """An answer whose body is still to come. Reading it raises Unreachable when it breaks off."""

    status: int
    size_bytes: int | None
    chunks: AsyncIterator[bytes]


class Fetcher:
    """Follows links that strangers gave us: https only, and never into our own network.

    Each hop's name is looked up once, each of its addresses must be public, and the connection goes to the
    one that was checked, so that a name cannot mean something else a moment later. Carries no cookies and
    no passwords. `allowed_origins` (`http://127.0.0.1:8081`) are fetched from wherever they are.
    """

    def __init__(
        self, *, allowed_origins: Collection[str] = (), timeout_seconds: float = 15.0, redirects_max: int = 5
    ) -> None:
        self._allowed_origins = frozenset(allowed_origins)
        self._timeout_seconds = timeout_seconds
        self._redirects_max = redirects_max
        # A kept connection was checked for one name and could be taken for another one's.
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(
            verify=trusted_authorities(), trust_env=False, limits=limits
        )

    @asynccontextmanager
    async def open(self, link: str) -> AsyncIterator[Download]:
        """Fetch a link, through its redirects. Raises NotAllowed, Unreachable; the whole has no limit."""
        url = _parsed(link)
        for _ in range(self._redirects_max + 1):
            response = await self._ask(url)
            try:
                if response.has_redirect_location:
                    url = _parsed(response.headers["location"], base=url)
                    continue
                yield Download(response.status_code, _declared_size(response), _body(response))
                return
            finally:
                await response.aclose()
        raise NotAllowed("too many redirects")

    async def _ask(self, url: httpx.URL) -> httpx.Response:
        address = await self._checked_address(url)
        timeouts = httpx.Timeout(self._timeout_seconds, connect=5.0).as_dict()
        request = httpx.Request(
            "GET",
            url.copy_with(host=address, fragment=None),
            headers={
                "Host": url.netloc.decode(),
                "User-Agent": "Mozilla/5.0 (compatible; Otklik)",
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            },
            extensions={"timeout": timeouts, "sni_hostname": url.raw_host.decode()},
        )
        try:
            return await self._transport.handle_async_request(request)
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(type(error).__name__, sent=True) from error

    async def _checked_address(self, url: httpx.URL) -> str:
        origin = f"{url.scheme}://{url.netloc.decode()}"
        is_ours = origin in self._allowed_origins
        if url.userinfo or not url.host or not (url.scheme == "https" or is_ours):
            raise NotAllowed(f"{url.scheme}: only https, without a password")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await asyncio.get_running_loop().getaddrinfo(
                    url.raw_host.decode(), url.port or 443, type=socket.SOCK_STREAM
                )
        except (OSError, TimeoutError, UnicodeError) as error:
            raise Unreachable(f"the name was not found: {type(error).__name__}", sent=False) from error
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not (is_ours or all(is_public(address) for address in addresses)):
            raise NotAllowed("not a public address")
        return addresses[0]

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


def _parsed(link: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        return base.join(link) if base else httpx.URL(link)
    except (httpx.InvalidURL, ValueError) as error:
        raise NotAllowed("not a link") from error


def _declared_size(response: httpx.Response) -> int | None:
    declared = response.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() and len(declared) < 20 else None


async def _body(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except (httpx.HTTPError, OSError) as error:
        raise Unreachable(type(error).__name__, sent=True) from error
