"""Making a service's API: one place for problems, health, metrics, OpenAPI and the offline docs page."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from importlib import resources

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.database.engine import Database
from shared.http.access import Guard
from shared.http.description import describe_refusals
from shared.http.limits import CallLimits, Rate
from shared.http.problems import render_problems
from shared.runtime.settings import ServiceSettings

DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)


def make_api(  # noqa: PLR0917 - a service is all of these, and says them once
    name: str, summary: str, prefix: str, settings: ServiceSettings, database: Database, guard: Guard
) -> FastAPI:
    """Make the FastAPI application of a service, with its OpenAPI under `prefix`."""
    api = FastAPI(
        title=f"Otklik {name}",
        summary=summary,
        version="0.1.0",
        openapi_url=f"{prefix}/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.database = database
    api.state.guard = guard
    api.state.own_origins = settings.own_origins
    api.state.secure = settings.secure
    api.state.settings = settings
    # Whether requests see the projects of their caller's token only (shared.database.walls).
    api.state.confined = True
    api.state.cursor_secret = hmac.digest(
        settings.service_key.get_secret_value().encode(), b"cursors", sha256
    )
    api.state.limits = CallLimits(
        reads=Rate(settings.reads_per_second, settings.reads_burst),
        changes=Rate(settings.changes_per_second, settings.changes_burst),
        world=database.world,
    )
    api.state.ready = dict[str, Callable[[], bool]]()
    render_problems(api)
    describe_refusals(api)
    api.include_router(_health())
    api.include_router(_docs(), prefix=prefix)
    return api


def _health() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> PlainTextResponse:
        """Answer while the process runs."""
        return PlainTextResponse("ok")

    @router.get("/health/ready")
    async def ready(request: Request) -> JSONResponse:
        """Answer 200 when every part works, else 503 with the parts that do not."""
        return readiness({name: check() for name, check in request.app.state.ready.items()})

    @router.get("/metrics")
    async def metrics() -> Response:
        """Answer in Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def readiness(parts: dict[str, bool]) -> JSONResponse:
    """Render which parts are ready; the whole is when all of them are."""
    return JSONResponse(
        {"ready": all(parts.values()), "parts": parts}, status_code=200 if all(parts.values()) else 503
    )


def _docs() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    page = resources.files("shared.http") / "docs_page"

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        """Show the API's description, without any foreign host."""
        return HTMLResponse(
            (page / "index.html").read_text(), headers={"Content-Security-Policy": DOCS_POLICY}
        )

    @router.get("/docs/{asset}")
    async def docs_asset(asset: str) -> Response:
        """Serve the page's script and style."""
        kinds = {"docs.js": "text/javascript", "docs.css": "text/css"}
        if asset not in kinds:
            return Response(status_code=404)
        return Response((page / asset).read_text(), media_type=kinds[asset])

    return router
