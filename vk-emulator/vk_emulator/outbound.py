"""The emulator's only way out: posts to callback servers."""

from dataclasses import dataclass

import httpx

LONGEST_ANSWER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What a callback server said; `error` instead of a status when it said nothing."""

    status: int | None
    body: bytes
    retry_after: str | None
    error: str | None


class Outbound:
    """Posts JSON; keeps connections open. The TLS roots are read at the first https address only."""

    def __init__(self) -> None:
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def post(
        self, url: str, content: str, headers: dict[str, str], *, timeout_seconds: float
    ) -> Answer:
        """Post a body and read the beginning of the answer. Never raises for what the other side does."""
        client = self._client(secure=url.lower().startswith("https:"))
        try:
            async with client.stream(
                "POST", url, content=content, headers=headers, timeout=timeout_seconds
            ) as response:
                body = b""
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LONGEST_ANSWER_BYTES:
                        break
                return Answer(response.status_code, body, response.headers.get("retry-after"), None)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            return Answer(None, b"", None, f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()

    def _client(self, *, secure: bool) -> httpx.AsyncClient:
        if secure not in self._clients:
            self._clients[secure] = httpx.AsyncClient(
                verify=secure,
                trust_env=False,
                limits=httpx.Limits(max_connections=256, max_keepalive_connections=64),
                headers={"User-Agent": "VKCallback/1.0"},
            )
        return self._clients[secure]
