"""What the process answers itself: health, metrics, the cabinet and a page that says where things are."""

from collections.abc import Callable, Mapping
from html import escape
from importlib import resources

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from embedded.cabinet import add_cabinet
from shared.http.api import readiness
from shared.http.problems import render_problems

PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
PAGE_HEADERS = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}


def make_front(parts: Mapping[str, Callable[[], bool]], *, demo: dict[str, str] | None) -> FastAPI:
    """Make the application. `parts` are asked at each look at the readiness.

    `demo` is the demo's `email`, `password` and `emulator_url`.
    """
    front = FastAPI(title="Otklik", openapi_url=None, docs_url=None, redoc_url=None)
    render_problems(front)
    folder = resources.files("embedded") / "front_page"
    page = _page((folder / "index.html").read_text("utf-8"), demo["emulator_url"] if demo else None)
    style = (folder / "style.css").read_text("utf-8")

    @front.get("/health/live")
    async def live() -> PlainTextResponse:
        """Answer while the process runs."""
        return PlainTextResponse("ok")

    @front.get("/health/ready")
    async def ready() -> JSONResponse:
        """Answer 200 when every service works and, in demo mode, the demo integration was active."""
        return readiness({name: check() for name, check in parts.items()})

    @front.get("/metrics")
    async def metrics() -> Response:
        """Answer in Prometheus' text format, for all services at once."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @front.get("/front-page")
    async def show_page() -> HTMLResponse:
        """Show where things are."""
        return HTMLResponse(page, headers=PAGE_HEADERS)

    @front.get("/front-page/style.css")
    async def show_style() -> Response:
        """Serve the page's style."""
        return Response(style, media_type="text/css", headers=PAGE_HEADERS)

    if not add_cabinet(front, demo):
        front.get("/")(show_page)
    return front


def _page(template: str, emulator_url: str | None) -> str:
    """Keep what belongs to the demo, with the emulator's address in it, or leave it out."""
    kept = []
    for position, part in enumerate(template.split("<!-- demo -->")):
        if position % 2 == 0 or emulator_url is not None:
            kept.append(part)
    return "".join(kept).replace("{emulator_url}", escape(emulator_url or "", quote=True))
