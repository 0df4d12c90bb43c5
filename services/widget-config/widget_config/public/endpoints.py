"""`/w/…`: what websites load. No caller, no cookie, nothing that the world may not know."""

from importlib import resources

from fastapi import APIRouter, Request, Response

from shared.http.transaction import ReadOnly
from widget_config.public.copies import FOR_EVERYBODY, Answer, Copies, cacheable, has_tag
from widget_config.public.queries import make_copy

PREFIX = "/w"
SCRIPT = (resources.files("widget_config.public") / "widget.js").read_bytes()
SCRIPT_TAG, SCRIPT_ANSWER, SCRIPT_SAME = cacheable(
    SCRIPT, b"text/javascript; charset=utf-8", b"public, max-age=300"
)

router = APIRouter(prefix=PREFIX, tags=["public"])


@router.head("/widget.js", include_in_schema=False)
@router.get("/widget.js", response_class=Response)
async def read_script(request: Request) -> Response:
    """Return the script that a site's pages load."""
    known_tags = _header(request, "if-none-match")
    is_known = known_tags is not None and has_tag(known_tags, SCRIPT_TAG)
    return to_response(SCRIPT_SAME if is_known else SCRIPT_ANSWER, FOR_EVERYBODY)


@router.head("/{public_key}.json", include_in_schema=False)
@router.get("/{public_key}.json", response_class=Response, responses={404: {"description": "No such widget"}})
async def read_config(public_key: str, request: Request, session: ReadOnly) -> Response:
    """Return what a widget shows.

    A key that is unknown, malformed, of a deleted widget, or of one that is not for the asking page's site
    looks the same.
    """
    copies: Copies = request.app.state.copies
    turn = copies.turn
    copy = await make_copy(session, request.app.state.settings, public_key)
    copies.keep(public_key, copy, turn)
    return to_response(copy.answer(_header(request, "origin"), _header(request, "if-none-match")))


def _header(request: Request, name: str) -> bytes | None:
    value = request.headers.get(name)
    return None if value is None else value.encode("latin-1")


def to_response(answer: Answer, *more: tuple[bytes, bytes]) -> Response:
    """Return an answer as the framework wants it."""
    response = Response(answer.body, answer.status)
    response.raw_headers = [*answer.headers, *more]
    return response
