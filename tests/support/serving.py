"""A real HTTP server for an ASGI application, on a free loopback port, inside the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from shared.runtime.service import http_server
from tests.support.waiting import free_port


@asynccontextmanager
async def serving(app: ASGIApp, *, port: int | None = None) -> AsyncIterator[str]:
    """Serve `app` until the block ends; gives its address without a slash at the end.

    Uses the HTTP protocol of the services, but not their server: uvicorn takes 0.2 s to end.
    """
    port = port or free_port()
    config = http_server(app, host="127.0.0.1", port=port).config
    config.load()
    state = ServerState()
    protocol = partial(HttpToolsProtocol, config=config, server_state=state, app_state={})
    server = await asyncio.get_running_loop().create_server(protocol, config.host, port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        for connection in tuple(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks)
