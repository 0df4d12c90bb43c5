"""Takes calls at /method/<name>: reads parameters, checks the token, answers in VK's envelopes."""

import asyncio
import json
import logging
import re
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vk_emulator.api.errors import ASKING, VkError
from vk_emulator.api.limiter import REQUESTS_PER_SECOND
from vk_emulator.api.parameters import Parameters
from vk_emulator.api.registry import METHODS, Call, WholeAnswer, answered
from vk_emulator.emulator import Emulator
from vk_emulator.model import Json, Token

LONGEST_BODY_BYTES = 1_000_000
BAD_GATEWAY = "<html><body>502 Bad Gateway</body></html>"

log = logging.getLogger(__name__)


class LostAnswer(Response):
    """Breaks the connection off in the middle of the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin an answer and never end it."""
        # More is promised than comes, so the server closes the connection and the client sees it break.
        headers = [(b"content-length", b"4096"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def call_method(request: Request) -> Response:
    """One API call: HTTP 200 for successes and for API errors alike."""
    emulator: Emulator = request.app.state.emulator
    name = request.path_params["name"]
    values = await read_parameters(request)
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    token = emulator.world.token(values.pop("access_token", "") or bearer)
    if token is not None:
        broken = await _broken(emulator, token.community_id, name, "before", b"{}")
        if broken is not None:
            return broken
    content, error_code = await _content(emulator, name, values, token, origin_of(request))
    if token is not None:
        emulator.count_call(token.community_id, name, error_code)
    # Only what survives a crash is answered.
    await emulator.world.journal.settled()
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if token is not None:
        broken = await _broken(emulator, token.community_id, name, "after", body)
        if broken is not None:
            return broken
    return Response(body, media_type="application/json; charset=utf-8")


def origin_of(request: Request) -> str:
    """The emulator's address as this caller reached it."""
    return f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"


async def _content(
    emulator: Emulator, name: str, values: dict[str, str], token: Token | None, origin: str
) -> tuple[Json, int | None]:
    """The answer and the code of its error, if it is one."""
    try:
        if name not in METHODS:
            raise VkError(3)
        version = _checked_version(values)
        token = _authorized(emulator, token)
        _check_rate(emulator, token)
        community = emulator.world.communities.get(token.community_id)
        if community is not None and community.origin != origin:
            community.origin = origin
            emulator.world.save(community)
        call = Call(emulator, token, Parameters(values), version, origin)
        result = await answered(call, name)
    except VkError as error:
        return {"error": _envelope(error, name, values)}, error.code
    except Exception:
        log.exception("%s failed", name)
        return {"error": _envelope(VkError(10), name, values)}, 10
    return (result.content if isinstance(result, WholeAnswer) else {"response": result}), None


def _checked_version(values: dict[str, str]) -> str:
    version = values.get("v", "")
    if not version:
        raise VkError(8, "v (version) is required")
    if not re.fullmatch(r"5\.\d{1,3}", version) or not 81 <= int(version[2:]) <= 199:
        raise VkError(8, "v (version) is invalid: versions 5.81 to 5.199 are served")
    return version


def _authorized(emulator: Emulator, token: Token | None) -> Token:
    if token is None or token.revoked:
        raise VkError(5, "invalid access_token (4).")
    if token.expires_at is not None and token.expires_at <= emulator.clock.now():
        raise VkError(5, "access_token has expired.")
    return token


def _check_rate(emulator: Emulator, token: Token) -> None:
    per_second = emulator.faults.option(
        token.community_id, "rate_limit", "per_second", REQUESTS_PER_SECOND[token.bearer]
    )
    if not emulator.limiter.admits(token.value, per_second, emulator.clock.steady()):
        raise VkError(6)


async def _broken(
    emulator: Emulator, community_id: int, name: str, moment: str, body: bytes
) -> Response | None:
    """What a fault puts in the place of the answer, before the call is made or after."""
    faults = emulator.faults
    if moment == "before" and faults.is_on(community_id, "api_down"):
        return Response(BAD_GATEWAY, 502, media_type="text/html")
    lost = faults.strike(community_id, "api_timeout", subject=name, when=moment)
    if lost is not None:
        await asyncio.sleep(float(lost.options.get("seconds", 5)))
        return LostAnswer()
    garbled = faults.strike(community_id, "api_html", subject=name) if moment == "after" else None
    if garbled is None:
        return None
    if garbled.options.get("body") == "truncated":
        return Response(body[: len(body) // 2], media_type="application/json; charset=utf-8")
    return Response("<html><body>VK is being repaired</body></html>", media_type="text/html")


def _envelope(error: VkError, name: str, values: dict[str, str]) -> Json:
    shown = {"method": name, "oauth": "1", **values}
    return {
        "error_code": error.code,
        "error_msg": error.text,
        "request_params": [{"key": key, "value": value} for key, value in shown.items()],
        **ASKING.get(error.code, {}),
    }


async def read_parameters(request: Request) -> dict[str, str]:
    """Query and form together, the body's values winning; a JSON body counts as none."""
    values = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if request.method != "POST":
        return values
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if int(request.headers.get("content-length") or 0) > LONGEST_BODY_BYTES:
        raise HTTPException(413)
    if kind == "multipart/form-data":
        async with request.form(max_files=1, max_fields=200) as form:
            values.update({key: value for key, value in form.items() if isinstance(value, str)})
    elif kind == "application/x-www-form-urlencoded":
        body = await request.body()
        values.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return values
