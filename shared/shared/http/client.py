"""The one place that imports httpx: calls to other services and to the outside world."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from shared.runtime.loops import TryLater


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
def _trusted_authorities() -> ssl.SSLContext:
    """Read the list once for all clients of a process: it costs some 50 ms of processor time."""
    return httpx.create_ssl_context(trust_env=False)


class HttpClient:
    """A pool of connections. Follows no redirects and reads no proxy or password from the environment."""

    def __init__(self, *, timeout_seconds: float = 10.0, connections_max: int = 50) -> None:
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds)),
            limits=httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max),
            follow_redirects=False,
            verify=_trusted_authorities(),
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
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as error:
            raise Unreachable(type(error).__name__, sent=False) from error
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__, sent=True) from error
        return Answer(answer.status_code, answer.headers, answer.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
