"""The callback endpoint: plain ASGI in front of the API, because every message passes here.

To the letter of VK's Callback API: the answer is one of three constants, `ok`, the confirmation string or an
empty error, never anything from the request: the body `remove` would make VK delete our server.
"""

import asyncio
import hmac
from http import HTTPStatus
from typing import Any

import structlog
from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.world import World
from vk_gateway.incoming.envelope import DeeplyNested, Unreadable, Update, read_update
from vk_gateway.incoming.intake import Incoming, Intake
from vk_gateway.incoming.paths import Path, Paths, hash_secret
from vk_gateway.incoming.translate import Typed, translate
from vk_gateway.incoming.typing_signs import Typing
from vk_gateway.incoming.wrong_secrets import WrongSecrets
from vk_gateway.settings import GatewaySettings

log = structlog.get_logger()
callbacks = Counter("otklik_vk_callbacks", "Callbacks answered", ["status"])
accepted = callbacks.labels(int(HTTPStatus.OK))
repeats = Counter("otklik_vk_callback_repeats", "Callbacks that VK says it has tried before")

PREFIX = "/vk/callback/"
RETRY_AFTER_SECONDS = b"10"
OK = b"ok"
KIND_OF_TYPING = "message_typing_state"
PATH_CHARACTERS_MAX = 100


class Refused(Exception):
    """A callback gets an empty error."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Callback:
    """Answers VK's callbacks; everything else falls through to the API."""

    def __init__(
        self,
        api: ASGIApp,
        *,
        intake: Intake,
        paths: Paths,
        settings: GatewaySettings,
        world: World,
        typing: Typing,
        wrong_secrets: WrongSecrets,
    ) -> None:
        self._api = api
        self._typing = typing
        self._wrong_secrets = wrong_secrets
        self._intake = intake
        self._paths = paths
        self._settings = settings
        self._world = world
        self._bytes_in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._api(scope, receive, send)
            return
        try:
            answer = await self._answer(scope, receive)
            status = HTTPStatus.OK
        except Refused as refused:
            answer, status = b"", refused.status
        except Exception as error:  # noqa: BLE001 - VK comes again, whatever it was
            log.warning("callback_not_stored", error=type(error).__name__)
            answer, status = b"", HTTPStatus.SERVICE_UNAVAILABLE
        (accepted if status is HTTPStatus.OK else callbacks.labels(int(status))).inc()
        await _respond(send, status, answer)

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        token = scope["path"][len(PREFIX) :]
        path = await self._paths.find(token) if token and len(token) <= PATH_CHARACTERS_MAX else None
        if path is None:
            raise Refused(HTTPStatus.NOT_FOUND)
        if scope["method"] != "POST":
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        headers = dict(scope["headers"])
        if not headers.get(b"content-type", b"").lower().startswith(b"application/json"):
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if b"x-retry-counter" in headers:
            # Only counted: it means "you failed before", not "you have it already".
            repeats.inc()
        body = await self._read(headers, receive)
        try:
            return await self._accept(token, path, body)
        finally:
            self._bytes_in_flight -= len(body)

    async def _accept(self, token: str, path: Path, body: bytes) -> bytes:
        try:
            update = read_update(body)
        except DeeplyNested:
            log.error("callback_too_deep", integration_id=str(path.integration_id), size=len(body))
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY) from None
        except Unreadable:
            log.warning("callback_unreadable", integration_id=str(path.integration_id), size=len(body))
            raise Refused(HTTPStatus.BAD_REQUEST) from None
        if update.kind == "confirmation":
            return await self._confirm(token, update)
        self._check(path, update, secret_needed=True)
        if update.kind == KIND_OF_TYPING:
            self._pass_on_typing(path, body)
            return OK
        await self._intake.add(
            Incoming(
                integration_id=path.integration_id,
                project_id=path.project_id,
                community_id=path.community_id,
                epoch=path.epoch,
                event_id=update.event_id,
                kind=update.kind,
                body=body,
                received_at=self._world.now(),
            )
        )
        return OK

    def _pass_on_typing(self, path: Path, body: bytes) -> None:
        """Tell at once that somebody types: worth nothing a moment later, and never stored."""
        translation = translate(KIND_OF_TYPING, body, self._world.now())
        if isinstance(translation, Typed):
            self._typing.heard(path.project_id, path.integration_id, str(translation.peer_id))

    def _check(self, path: Path, update: Update, *, secret_needed: bool) -> None:
        """The path decides whose the update is; the body must agree."""
        if update.group_id != path.community_id:
            log.warning("callback_wrong_community", integration_id=str(path.integration_id))
            raise Refused(HTTPStatus.FORBIDDEN)
        if update.secret is None and not secret_needed:
            return
        given = hash_secret(update.secret or "")
        if not any(hmac.compare_digest(given, known) for known in path.secret_hashes):
            log.warning("callback_wrong_secret", integration_id=str(path.integration_id))
            self._wrong_secrets.hear(path.integration_id)
            raise Refused(HTTPStatus.FORBIDDEN)

    async def _confirm(self, token: str, update: Update) -> bytes:
        """Give the confirmation string while we expect to be asked for it, and to nobody else."""
        path = await self._paths.find(token, fresh=True)
        if path is None:
            raise Refused(HTTPStatus.NOT_FOUND)
        self._check(path, update, secret_needed=False)
        expected = path.confirming_until is not None and self._world.now() < path.confirming_until
        if path.confirmation_code is None or not expected:
            raise Refused(HTTPStatus.FORBIDDEN)
        return path.confirmation_code.encode()

    async def _read(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """Read the body within its size, its time and the memory of all bodies under way.

        On success its size stays counted as under way; the caller gives it back.
        """
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._settings.callback_body_bytes_max:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        parts: list[bytes] = []
        counted = 0
        try:
            async with asyncio.timeout(self._settings.callback_body_seconds_max):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(HTTPStatus.BAD_REQUEST)
                    part = message.get("body", b"")
                    more = message.get("more_body", False)
                    parts.append(part)
                    counted += len(part)
                    self._bytes_in_flight += len(part)
                    if counted > self._settings.callback_body_bytes_max:
                        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                    if self._bytes_in_flight > self._settings.callback_flight_bytes_max:
                        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE)
        except BaseException as error:
            self._bytes_in_flight -= counted
            if isinstance(error, TimeoutError):
                raise Refused(HTTPStatus.REQUEST_TIMEOUT) from None
            raise
        return parts[0] if len(parts) == 1 else b"".join(parts)


async def _respond(send: Send, status: HTTPStatus, body: bytes) -> None:
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", RETRY_AFTER_SECONDS))
    start: dict[str, Any] = {"type": "http.response.start", "status": int(status), "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
