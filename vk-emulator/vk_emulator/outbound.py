"""The emulator's only way out: posts to callback servers.

A general HTTP client costs several milliseconds a post, which would make the sender the slowest part of
every load test; HTTP/1.1 with a ready parser and kept connections costs a tenth of that.
"""

import asyncio
import ssl
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

import httptools

LONGEST_ANSWER_BYTES = 65_536
KEPT_CONNECTIONS = 32

Origin = tuple[str, str, int]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a callback server said; `error` instead of a status when it said nothing."""

    status: int | None
    body: bytes
    retry_after: str | None
    error: str | None


@dataclass
class _Reading:
    """Collects one answer from the parser's calls."""

    body: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    complete: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


class Outbound:
    """Posts JSON and keeps connections open. The TLS roots are read at the first https address only."""

    def __init__(self) -> None:
        self._idle: dict[Origin, list[Connection]] = defaultdict(list)
        self._tls: ssl.SSLContext | None = None

    async def post(
        self, url: str, content: str, headers: dict[str, str], *, timeout_seconds: float
    ) -> Answer:
        """Post a body and read the answer. Never raises for what the other side does."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._exchange(urlsplit(url), content.encode("utf-8", "replace"), headers)
        except TimeoutError:
            return Answer(None, b"", None, f"no answer within {timeout_seconds:g} s")
        except (OSError, ValueError, EOFError, httptools.HttpParserError) as error:
            return Answer(None, b"", None, f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Close the connections."""
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()

    async def _exchange(self, url: SplitResult, body: bytes, headers: dict[str, str]) -> Answer:
        origin = (url.scheme, url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
        request = _request(url, body, headers)
        while self._idle[origin]:
            connection = self._idle[origin].pop()
            try:
                return await self._ask(origin, connection, request)
            except (OSError, EOFError):
                # The other side closed it while it was idle; a fresh connection tells the truth.
                continue
        tls = self._secured() if url.scheme == "https" else None
        connection = await asyncio.open_connection(origin[1], origin[2], ssl=tls)
        return await self._ask(origin, connection, request)

    async def _ask(self, origin: Origin, connection: Connection, request: bytes) -> Answer:
        reader, writer = connection
        reading = _Reading()
        parser = httptools.HttpResponseParser(reading)
        kept = False
        try:
            writer.write(request)
            while not reading.complete:
                chunk = await reader.read(LONGEST_ANSWER_BYTES)
                if not chunk:
                    # An answer without a length ends with its connection.
                    if reading.headers and b"content-length" not in reading.headers:
                        break
                    raise EOFError("the connection was closed")
                parser.feed_data(chunk)
                if len(reading.body) > LONGEST_ANSWER_BYTES:
                    raise ValueError("the answer is too long")
            kept = reading.complete and parser.should_keep_alive()
        finally:
            if kept and len(self._idle[origin]) < KEPT_CONNECTIONS:
                self._idle[origin].append(connection)
            else:
                writer.close()
        retry_after = reading.headers.get(b"retry-after")
        return Answer(
            parser.get_status_code(),
            reading.body,
            retry_after.decode("latin-1") if retry_after is not None else None,
            None,
        )

    def _secured(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


def _request(url: SplitResult, body: bytes, headers: dict[str, str]) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    if not target.isascii() or any(character in target for character in " \r\n"):
        raise ValueError("the address holds characters that must be percent-encoded")
    lines = [
        f"POST {target} HTTP/1.1",
        f"Host: {url.netloc.rpartition('@')[2]}",
        "User-Agent: VKCallback/1.0",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode("ascii", "replace") + b"\r\n\r\n" + body
