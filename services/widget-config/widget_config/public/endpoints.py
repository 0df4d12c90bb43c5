"""`/w/…`: what websites load. No caller, no cookie, nothing that the world may not know."""

import re
from hashlib import sha256
from importlib import resources

from fastapi import APIRouter, Request, Response

from shared.database.session import Session
from shared.http.transaction import ReadOnly
from widget_config.channels.queries import channels_of
from widget_config.channels.rules import is_shown, link_to
from widget_config.tables import Widget
from widget_config.widgets.queries import find_by_key
from widget_config.widgets.schemas import PublicChannel, PublicWidget

PREFIX = "/w"
CONFIG_SECONDS = 60
SCRIPT_SECONDS = 300
SCRIPT = (resources.files("widget_config.public") / "widget.js").read_bytes()
NO_WIDGET = (
    b'{"type":"about:blank","status":404,"code":"widget_not_found","title":"There is no such widget."}'
)
_PUBLIC_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")

router = APIRouter(prefix=PREFIX, tags=["public"])


@router.head("/widget.js", include_in_schema=False)
@router.get("/widget.js", response_class=Response)
async def read_script(request: Request) -> Response:
    """Return the script that a site's pages load."""
    return _cached(request, SCRIPT, "text/javascript; charset=utf-8", SCRIPT_SECONDS)


@router.head("/{public_key}.json", include_in_schema=False)
@router.get("/{public_key}.json", response_class=Response, responses={404: {"description": "No such widget"}})
async def read_config(public_key: str, request: Request, session: ReadOnly) -> Response:
    """Return what a widget shows. A key that is unknown, malformed or of a deleted widget looks the same."""
    widget = await find_by_key(session, public_key) if _PUBLIC_KEY.fullmatch(public_key) else None
    if widget is None:
        return Response(NO_WIDGET, 404, _headers(CONFIG_SECONDS), "application/problem+json")
    body = (await _public(session, widget)).model_dump_json().encode()
    return _cached(request, body, "application/json", CONFIG_SECONDS)


async def _public(session: Session, widget: Widget) -> PublicWidget:
    channels = (await channels_of(session, [widget.id]))[widget.id]
    return PublicWidget(
        title=widget.look["title"],
        color=widget.look["color"],
        corner=widget.look["corner"],
        texts=widget.look["texts"],
        channels=[
            PublicChannel(
                kind=integration.channel,
                name=integration.name,
                link=link_to(integration.community_id, integration.screen_name),
            )
            for integration in channels
            if is_shown(integration.state)
        ],
    )


def _cached(request: Request, body: bytes, kind: str, seconds: int) -> Response:
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {**_headers(seconds), "ETag": tag}
    seen = {text.strip().removeprefix("W/") for text in request.headers.get("if-none-match", "").split(",")}
    if tag in seen or "*" in seen:
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, kind)


def _headers(seconds: int) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": f"public, max-age={seconds}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    }
