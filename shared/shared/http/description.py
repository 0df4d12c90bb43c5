"""What every operation's description says without being told: how a refusal looks, which may always come."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.http.access import signed_in
from shared.http.problems import PROBLEM_TYPE, Unauthenticated

PROBLEM = {
    "title": "Problem",
    "description": "A refusal or failure (RFC 9457). `code` is for programs and never changes.",
    "type": "object",
    "required": ["type", "status", "code", "title"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "title": {"type": "string"},
        "correlation_id": {"type": "string"},
    },
    "additionalProperties": True,
}
CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
SIGN_IN = f"`{Unauthenticated.code}`: {Unauthenticated.title}"
UNREADABLE = "`bad_request`: The body cannot be read."
INVALID = "`invalid_request`: The request is not valid; `errors` says where."
TOO_LARGE = "`body_too_large`: The body is larger than allowed."
TOO_MANY = "`too_many_requests`: Too many calls at once. `Retry-After` says when to come back."
AWAY = "`temporarily_unavailable`: Something we need is away for a moment. Try again."


def describe_refusals(api: FastAPI) -> None:
    """Let the API's OpenAPI document show refusals as they are rendered (`shared.http.problems`)."""
    describe = api.openapi

    def described() -> dict[str, Any]:
        document = describe()
        if "Problem" not in document.get("components", {}).get("schemas", {}):
            _complete(document, set(_closed(api)))
        return document

    api.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _complete(document: dict[str, Any], closed: set[str]) -> None:
    """Add the refusals; `closed` names the operations that want somebody signed in."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for framework in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework, None)
    schemas["Problem"] = PROBLEM
    for methods in document.get("paths", {}).values():
        for operation in methods.values():
            responses = operation["responses"]
            if operation["operationId"] in closed:
                _add(responses, "401", SIGN_IN)
            may_be_invalid = "422" in responses
            for response in responses.values():
                if response.get("content", {}).keys() & {PROBLEM_TYPE}:
                    response["content"] = CONTENT
            if may_be_invalid:
                _add(responses, "422", INVALID)
            if "requestBody" in operation:
                _add(responses, "400", UNREADABLE)
                _add(responses, "413", TOO_LARGE)
            _add(responses, "429", TOO_MANY)
            _add(responses, "503", AWAY)
            operation["responses"] = dict(sorted(responses.items()))


def _closed(router: Any) -> Iterator[str]:
    for route in router.routes:
        if isinstance(route, APIRoute) and _wants_somebody(route.dependant):
            yield route.name
        elif hasattr(route, "original_router"):
            yield from _closed(route.original_router)


def _wants_somebody(dependant: Dependant) -> bool:
    return dependant.call is signed_in or any(_wants_somebody(each) for each in dependant.dependencies)


def _add(responses: dict[str, Any], status: str, description: str) -> None:
    """Add a refusal to those of a status that the operation itself explains."""
    known = responses.get(status, {})
    own = known.get("description") if PROBLEM_TYPE in known.get("content", {}) else None
    responses[status] = {"description": f"{own}; {description}" if own else description, "content": CONTENT}
