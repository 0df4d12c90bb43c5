"""A real emulator process, a community per test, and a callback server that remembers."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.process import Process
from tests.support.waiting import accepts_connections, free_port, wait_until

Json = dict[str, Any]


class EmulatorProcess:
    """The emulator as a process; `start` and `kill` may follow each other on the same data."""

    def __init__(self, folder: Path, *, scale: float = 0.001, seed: str = "") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = Process(
            [sys.executable, "-m", "vk_emulator"],
            name=f"vk_emulator-{self.port}",
            env={
                "EMULATOR_PORT": str(self.port),
                "EMULATOR_DATA": str(folder),
                "EMULATOR_CLOCK_SCALE": str(scale),
                "EMULATOR_SEED": seed,
            },
        )

    def start(self) -> None:
        self.process.start()
        self.process.wait_ready(lambda: accepts_connections(self.port))

    def kill(self) -> None:
        self.process.kill()


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    running = EmulatorProcess(tmp_path_factory.mktemp("emulator"))
    running.start()
    yield running
    running.kill()


class Vk:
    """One community of the emulator, its key, and everything one can do to it."""

    def __init__(self, client: httpx.AsyncClient, community: Json) -> None:
        self.client = client
        self.id: int = community["id"]
        self.admin_id: int = community["admin_id"]
        self.key: str = community["key"]
        self.path = f"/emulator/v1/communities/{self.id}"

    async def call(self, name: str, **parameters: Any) -> Json:
        """An API method; answers the whole envelope."""
        form = {"access_token": self.key, "v": "5.199", **parameters}
        answer = await self.client.post(f"/method/{name}", data=form)
        assert answer.status_code == 200
        body: Json = answer.json()
        return body

    async def response(self, name: str, **parameters: Any) -> Any:
        """An API method that must succeed."""
        body = await self.call(name, **parameters)
        assert "response" in body, body
        return body["response"]

    async def error(self, name: str, **parameters: Any) -> Json:
        """An API method that must fail."""
        body = await self.call(name, **parameters)
        assert "error" in body, body
        error: Json = body["error"]
        return error

    async def do(self, path: str, body: Json | None = None, *, method: str = "POST") -> Any:
        """A control call that must succeed."""
        answer = await self.client.request(method, self.path + path, json=body or {})
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def see(self, path: str) -> Any:
        """What a control list holds."""
        answer = await self.client.get(self.path + path)
        assert answer.is_success, answer.text
        return answer.json()["items"]

    async def user_writes(self, user_id: int, text: str, **more: Any) -> Json:
        message: Json = await self.do(f"/users/{user_id}/messages", {"text": text, **more})
        return message

    async def connect(self, receiver: "Receiver", *, secret: str = "", flags: tuple[str, ...] = ()) -> int:
        """Add the receiver as a confirmed callback server with the usual flags."""
        code = await self.response("groups.getCallbackConfirmationCode", group_id=self.id)
        receiver.confirmation = code["code"]
        entry = {"url": receiver.url, "title": "test", "secret_key": secret}
        added = await self.response("groups.addCallbackServer", group_id=self.id, **entry)
        wanted = flags or ("message_new", "message_reply", "message_allow", "message_deny")
        await self.response(
            "groups.setCallbackSettings",
            group_id=self.id,
            server_id=added["server_id"],
            api_version="5.199",
            **dict.fromkeys(wanted, 1),
        )
        server_id: int = added["server_id"]
        return server_id


@pytest.fixture
async def client(emulator_process: EmulatorProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=emulator_process.url, timeout=20, trust_env=False) as client:
        yield client


async def new_community(client: httpx.AsyncClient, **body: Any) -> Vk:
    answer = await client.post("/emulator/v1/communities", json={"name": "Тестовое сообщество", **body})
    assert answer.status_code == 201, answer.text
    return Vk(client, answer.json())


@pytest.fixture
async def vk(client: httpx.AsyncClient) -> Vk:
    return await new_community(client)


@dataclass
class Receiver:
    """A callback server: knows its confirmation code and answers events as told, `ok` by default."""

    port: int
    confirmation: str = ""
    requests: list[Json] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    otherwise: str = "ok"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/vk"

    @property
    def events(self) -> list[Json]:
        return [request["body"] for request in self.requests if request["body"]["type"] != "confirmation"]

    def of_type(self, event_type: str) -> list[Json]:
        return [event for event in self.events if event["type"] == event_type]

    async def receive(self, request: Request) -> Response:
        raw = await request.body()
        body = await request.json()
        self.requests.append({"raw": raw, "body": body, "headers": dict(request.headers), "at": time.time()})
        if body["type"] == "confirmation":
            return Response(self.confirmation)
        return self.answers.pop(0) if self.answers else Response(self.otherwise)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver(free_port())
    app = Starlette(routes=[Route("/vk", receiver.receive, methods=["POST"])])
    config = uvicorn.Config(app, port=receiver.port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    # The test's own process must keep its signal handlers.
    serving = asyncio.create_task(server._serve())
    await wait_until(lambda: server.started)
    yield receiver
    server.should_exit = True
    server.force_exit = True
    await serving
