"""A real HTTP server for an ASGI application, on a free loopback port, inside the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from shared.runtime.service import http_server
from tests.support.waiting import free_port, wait_until


@asynccontextmanager
async def serving(app: ASGIApp, *, port: int | None = None) -> AsyncIterator[str]:
    """Serve `app` until the block ends; gives its address without a slash at the end."""
    port = port or free_port()
    server = http_server(app, host="127.0.0.1", port=port)
    task = asyncio.create_task(server.serve())
    try:
        await wait_until(lambda: server.started or task.done(), describe="the server listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
