"""`/w/{public_key}/mark` and `/click`: the mark that a visitor takes along to the messenger."""

import hmac
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from shared.database.session import Session
from shared.http.transaction import ReadOnly, Transaction
from shared.runtime.world import World
from widget_config.public.copies import FIXED, FOR_EVERYBODY, MISSING, Answer
from widget_config.public.endpoints import PREFIX, to_response
from widget_config.public.queries import find_open, link_of, visible_channels
from widget_config.settings import WidgetConfigSettings
from widget_config.tables import Widget
from widget_config.visits.actions import announce_visit
from widget_config.visits.rules import NONCE_BYTES, NoAddress, is_ours, make_mark, page_address
from widget_config.visits.schemas import Click, MarkOut
from widget_config.widgets.rules import is_allowed

CLICK_BYTES_MAX = 16_384
CLICK_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Click.model_json_schema()}},
    }
}
NO_WIDGET: dict[int | str, dict[str, Any]] = {404: {"description": "No such widget"}}

router = APIRouter(prefix=PREFIX, tags=["public"])


@router.get("/{public_key}/mark", response_model=MarkOut, responses=NO_WIDGET)
async def give_mark(public_key: str, request: Request, session: ReadOnly) -> Response:
    """Give a mark for a visitor who may click. Nothing is kept of it before the click."""
    if await _open_widget(session, request, public_key) is None:
        return to_response(MISSING)
    return _marked(_new_mark(request, public_key))


async def _read_click(request: Request) -> Click:
    """Read the body, of whatever type it says it is: a page sends it as plain text, which needs no asking."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > CLICK_BYTES_MAX:
            break
    try:
        return Click.model_validate_json(bytes(body[: CLICK_BYTES_MAX + 1]))
    except ValidationError as error:
        details = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_context=False)]
        raise RequestValidationError(details) from error


@router.post("/{public_key}/click", response_model=MarkOut, responses=NO_WIDGET, openapi_extra=CLICK_BODY)
async def tell_click(
    public_key: str,
    request: Request,
    # Stands before the session: a body may take its time, a transaction may not.
    click: Annotated[Click, Depends(_read_click)],
    session: Transaction,
) -> Response:
    """Note that a visitor goes to a channel, with the mark given before or a new one.

    A mark that is not ours or too old is not noted, and answered with a new one that is.
    """
    settings: WidgetConfigSettings = request.app.state.settings
    widget = await _open_widget(session, request, public_key)
    if widget is None:
        return to_response(MISSING)
    shown = await visible_channels(session, settings, widget)
    chosen = next((placed for placed in shown if link_of(placed) == click.link), None)
    if chosen is None:
        return to_response(MISSING)
    mark = click.ref
    if mark is None or not _is_ours(request, session, public_key, mark):
        mark = _new_mark(request, public_key)
    try:
        _require_own_page(request, click)
        lives = settings.mark_lives
        await announce_visit(session, widget, chosen, click=click, mark=mark, lives=lives)
    except NoAddress as error:
        told = {"loc": ("body", "page_url"), "msg": "not the address of the asking page", "type": "value"}
        raise RequestValidationError([told]) from error
    return _marked(mark)


async def _open_widget(session: Session, request: Request, public_key: str) -> Widget | None:
    """Return the widget, if pages of the asking origin may carry it."""
    widget = await find_open(session, public_key)
    origin = request.headers.get("origin")
    is_open = widget is not None and (origin is None or is_allowed(origin, widget.setup["sites"]))
    return widget if is_open else None


def _require_own_page(request: Request, click: Click) -> None:
    """Raise NoAddress for a page that speaks for another one."""
    origin = request.headers.get("origin")
    if origin is not None and page_address(click.page_url).origin != origin.lower():
        raise NoAddress(click.page_url)


def _secret(request: Request) -> bytes:
    settings: WidgetConfigSettings = request.app.state.settings
    return hmac.digest(settings.service_key.get_secret_value().encode(), b"visits", sha256)


def _new_mark(request: Request, public_key: str) -> str:
    world: World = request.app.state.database.world
    return make_mark(_secret(request), public_key, world.chance.randbytes(NONCE_BYTES), world.now())


def _is_ours(request: Request, session: Session, public_key: str, mark: str) -> bool:
    settings: WidgetConfigSettings = request.app.state.settings
    secret = _secret(request)
    return is_ours(mark, secret, public_key, now=session.now, lives=settings.mark_lives)


def _marked(mark: str) -> Response:
    body = MarkOut(ref=mark).model_dump_json().encode()
    headers = [*FIXED, FOR_EVERYBODY, (b"cache-control", b"no-store"), (b"content-type", b"application/json")]
    return to_response(Answer(200, headers, body), (b"content-length", str(len(body)).encode()))
