"""Refusals: what the caller did or lacks, with a stable code, rendered once as problem+json (RFC 9457)."""

from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from shared.runtime.logging import current_correlation_id

log = structlog.get_logger()
PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
# PostgreSQL ended the transaction in favour of another one: serialization failure, deadlock.
RETRYABLE_STATES = frozenset({"40001", "40P01"})


class Problem(Exception):
    """A refusal. `code` is for programs and never changes, `title` is for people, `facts` for both."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.title)
        self.facts = facts


class NotFound(Problem):
    """There is no such thing, or it is not the caller's."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    title = "There is no such thing here."


class Conflict(Problem):
    """The thing's state does not allow it."""

    status = HTTPStatus.CONFLICT


class Forbidden(Problem):
    """The caller's role does not allow it."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    title = "Your role does not allow this."


class Unauthenticated(Problem):
    """Nobody known is calling."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"
    title = "Sign in first."


class Unprocessable(Problem):
    """The request is understood and cannot be done."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooMany(Problem):
    """The caller asks too often; `retry_after_seconds` in the facts says when to come back."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"
    title = "Too many attempts. Try again later."


def problem_response(
    status: int,
    code: str,
    title: str,
    facts: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Render a refusal."""
    body = {"type": "about:blank", "status": int(status), "code": code, "title": title, **(facts or {})}
    if correlation_id := current_correlation_id():
        body["correlation_id"] = correlation_id
    return JSONResponse(body, status, headers, PROBLEM_TYPE)


async def _render_problem(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    retry_after = problem.facts.get("retry_after_seconds")
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return problem_response(problem.status, problem.code, problem.title, problem.facts, headers)


async def _render_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "field": ".".join(str(part) for part in item["loc"][1:]),
            "in": item["loc"][0],
            "message": item["msg"],
        }
        for item in error.errors()
    ]
    title = "The request is not valid."
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", title, {"errors": errors[:20]}
    )


async def _render_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}.get(
        status, status.name.lower()
    )
    return problem_response(status, code, status.phrase, headers=dict(error.headers or {}))


async def _render_database(_request: Request, error: Exception) -> JSONResponse:
    is_away = not isinstance(error, DBAPIError) or isinstance(error, OperationalError | InterfaceError)
    is_victim = getattr(getattr(error, "orig", None), "sqlstate", None) in RETRYABLE_STATES
    if not is_away and not is_victim and not getattr(error, "connection_invalidated", False):
        return await _render_bug(_request, error)
    log.warning("database_unavailable", error=type(error).__name__)
    title = "Something we need is away for a moment. Try again."
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", title, headers=headers)


async def _render_bug(_request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", error=repr(error), exc_info=error)
    title = "Something went wrong on our side."
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", title)


def render_problems(api: FastAPI) -> None:
    """Make an API answer every refusal and failure as problem+json."""
    api.add_exception_handler(Problem, _render_problem)
    api.add_exception_handler(RequestValidationError, _render_invalid)
    api.add_exception_handler(HTTPException, _render_http)
    for kind in (DBAPIError, PoolTimeout, ConnectionError, TimeoutError):
        api.add_exception_handler(kind, _render_database)
    api.add_exception_handler(Exception, _render_bug)


def explained(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Describe refusals for OpenAPI: `responses=explained(DialogNotFound, …)`."""
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in problems:
        by_status.setdefault(int(problem.status), []).append(problem)
    return {
        status: {
            "description": "; ".join(f"`{kind.code}`: {kind.title}" for kind in kinds),
            "content": {PROBLEM_TYPE: {}},
        }
        for status, kinds in by_status.items()
    }
