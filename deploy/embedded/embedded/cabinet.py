"""The cabinet's files, as nginx serves them in the distributed shape: see deploy/nginx."""

import gzip
import mimetypes
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from shared.http.problems import NotFound

DIST = Path(__file__).resolve().parents[3] / "web" / "cabinet" / "dist"
NONCE = "__NONCE__"
FOR_EVER = "public, max-age=31536000, immutable"
COMPRESSED_BYTES_MIN = 1024
COMPRESSED_TYPES = ("text/", "application/json", "application/manifest+json", "image/svg+xml")

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")


def is_built(dist: Path = DIST) -> bool:
    """Tell whether there is a cabinet to serve."""
    return (dist / "index.html").is_file()


def policy(nonce: str) -> str:
    """Give the page's content policy: nothing of a foreign host, no inline script, styles by nonce."""
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "font-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    compressed: bytes | None
    media_type: str


def add_cabinet(front: FastAPI, demo: dict[str, str] | None, *, dist: Path = DIST) -> bool:
    """Serve the built cabinet at every path that nobody else owns; give whether there is one.

    `demo` tells the sign-in page the demo's account and the emulator's address.
    """
    if not is_built(dist):
        return False
    page = (dist / "index.html").read_text("utf-8")
    files = {f"/{path.relative_to(dist).as_posix()}": path for path in dist.rglob("*") if path.is_file()}

    @cache
    def read(path: str) -> _File:
        content = files[path].read_bytes()
        media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        worth_it = media_type.startswith(COMPRESSED_TYPES) and len(content) >= COMPRESSED_BYTES_MIN
        return _File(content, gzip.compress(content) if worth_it else None, media_type)

    @front.get("/cabinet.json")
    async def tell_installation() -> JSONResponse:
        """Say what the cabinet needs to know before anybody signs in."""
        return JSONResponse({"demo": demo}, headers={"Cache-Control": "no-store"})

    @front.get("/{path:path}")
    async def show(path: str, request: Request) -> Response:
        """Give a file, or the page itself for an address that only the page knows."""
        address = f"/{path}"
        if address in files and address not in {"/index.html", "/.stamp"}:
            return _answer(read(address), request, for_ever=address.startswith("/assets/"))
        if address.startswith(("/api/", "/assets/", "/vk/", "/w/")) or "." in address.rpartition("/")[2]:
            raise NotFound
        nonce = secrets.token_urlsafe(16)
        headers = {
            "Content-Security-Policy": policy(nonce),
            "Cache-Control": "no-cache",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(page.replace(NONCE, nonce), headers=headers)

    return True


def _answer(file: _File, request: Request, *, for_ever: bool) -> Response:
    headers: dict[str, Any] = {
        "Cache-Control": FOR_EVER if for_ever else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if file.compressed is None:
        return Response(file.content, media_type=file.media_type, headers=headers)
    headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
