"""The baseline: a FastAPI handler that reads nothing and answers "ok", on the same server as ours."""

import sys

import uvloop
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from shared.runtime.service import http_server

app = FastAPI()


@app.post("/vk/callback/{token}")
async def callback(token: str) -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("ok")


@app.get("/ok")
async def ok() -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("ok")


if __name__ == "__main__":
    uvloop.run(http_server(app, host="127.0.0.1", port=int(sys.argv[1])).serve())
