"""What control calls bring: checked bodies, and answers to wrong ones."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vk_emulator.emulator import Emulator
from vk_emulator.model import Community, Json

LONGEST_BODY_BYTES = 1_000_000
CONTROL_ID_LIMIT = 2_000_000_000


class Problem(Exception):
    """A control call that cannot be done: HTTP status, stable code, words."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


async def render_problem(_: Request, problem: Exception) -> Response:
    """The answer to a refused control call, as problem+json."""
    assert isinstance(problem, Problem)
    body = {"status": problem.status, "code": problem.code, "title": problem.detail, "detail": problem.detail}
    return JSONResponse(body, problem.status, media_type="application/problem+json")


async def read_body(request: Request, **fields: type | tuple[type, ...]) -> Json:
    """The JSON object of a call; unknown fields and wrong types are 422, an absent body is empty."""
    content = await request.body()
    if len(content) > LONGEST_BODY_BYTES:
        raise Problem(413, "body_too_large", "The body is larger than 1 MB.")
    try:
        body: Any = json.loads(content) if content else {}
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError:
        raise Problem(422, "invalid_json", "The body is not JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise Problem(422, "invalid_body", "The body is not a JSON object.")
    for name, value in body.items():
        if name not in fields:
            raise Problem(
                422, "unknown_field", f"Unknown field {name!r}; known: {', '.join(fields) or 'none'}."
            )
        wanted = fields[name]
        confused = isinstance(value, bool) and wanted is int
        if value is not None and (confused or not isinstance(value, wanted)):
            raise Problem(422, "invalid_field", f"{name} has the wrong type.")
    return {name: value for name, value in body.items() if value is not None}


def required(body: Json, name: str) -> Any:
    """A field that must be there and not be empty."""
    if body.get(name) in (None, ""):
        raise Problem(422, "missing_field", f"{name} is required.")
    return body[name]


def query_number(request: Request, name: str, otherwise: int) -> int:
    """A whole number of the query."""
    value = request.query_params.get(name, "")
    if not value:
        return otherwise
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        raise Problem(422, "invalid_parameter", f"{name} is not a whole number.")
    return int(value)


def emulator_of(request: Request) -> Emulator:
    """The emulator this process runs."""
    emulator: Emulator = request.app.state.emulator
    return emulator


def community_of(request: Request) -> Community:
    """The community of the path."""
    community = emulator_of(request).world.communities.get(request.path_params["community_id"])
    if community is None:
        raise Problem(404, "community_not_found", "There is no such community.")
    return community


def user_of(request: Request) -> int:
    """The user id of the path; VK's users lie between 1 and 2 000 000 000."""
    user_id: int = request.path_params["user_id"]
    if not 0 < user_id < CONTROL_ID_LIMIT:
        raise Problem(422, "invalid_user_id", "A user id lies between 1 and 2 000 000 000.")
    return user_id
