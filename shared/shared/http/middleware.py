"""What every request passes through: plain ASGI, for Starlette's base class costs most of the speed."""

from collections.abc import Iterable, Mapping

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import clear_contextvars

from shared.http.problems import problem_response
from shared.runtime.logging import correlate
from shared.runtime.world import World

requests = Counter("otklik_http_requests", "Requests answered", ["service", "method", "status"])
durations = Histogram("otklik_http_seconds", "Seconds until the answer began", ["service"])

BODY_BYTES_MAX = 1024 * 1024
CORRELATION_HEADER = b"x-correlation-id"
CORRELATION_CHARACTERS_MAX = 64
SECURITY_HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"cache-control", b"no-store"),
]


class Edge:
    """Correlates, bounds, counts and hardens every request of a service.

    `large_bodies` are the paths that take more than the usual size, with how many bytes.
    """

    def __init__(
        self, app: ASGIApp, service: str, world: World, large_bodies: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._large_bodies = large_bodies or {}
        self._service = service
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        clear_contextvars()
        correlation_id = _given_correlation_id(scope["headers"]) or str(self._world.new_id())
        correlate(correlation_id)
        started = self._world.monotonic()

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    (CORRELATION_HEADER, correlation_id.encode()),
                    *((name, value) for name, value in SECURITY_HEADERS if name not in present),
                ]
                requests.labels(self._service, scope["method"], message["status"]).inc()
                durations.labels(self._service).observe(self._world.monotonic() - started)
            await send(message)

        declared = _content_length(scope["headers"])
        bytes_max = self._large_bodies.get(scope["path"], BODY_BYTES_MAX)
        if declared is not None and declared > bytes_max:
            await _too_large(scope, receive, send_hardened, bytes_max)
            return
        await self._app(scope, _bounded(receive, bytes_max), send_hardened)


def _given_correlation_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name == CORRELATION_HEADER and len(value) <= CORRELATION_CHARACTERS_MAX:
            text = value.decode("latin-1")
            return text if text.isascii() and text.replace("-", "").isalnum() else None
    return None


def _content_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


async def _too_large(scope: Scope, receive: Receive, send: Send, bytes_max: int) -> None:
    answer = problem_response(413, "body_too_large", f"A request may have {bytes_max} bytes.")
    await answer(scope, receive, send)


def _bounded(receive: Receive, bytes_max: int) -> Receive:
    """Cut a body that lied about its length; the parser then finds it invalid."""
    seen = 0

    async def receive_bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > bytes_max:
                return {"type": "http.request", "body": b"", "more_body": False}
        return message

    return receive_bounded
