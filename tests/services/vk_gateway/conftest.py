"""A real gateway on a free port, a real emulator beside it, and the registry's part played by events."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from embedded.emulator import APP_ID, APP_SECRET, APP_SERVICE_KEY
from shared.database.vault import new_vault_key
from shared.events.channel import AccountLinked
from shared.events.dialogs import ReplyRequested
from shared.events.envelope import Event
from shared.events.integrations import HistoryDepth, IntegrationCreated, IntegrationDeleted
from shared.http.access import Role
from shared.messaging.bus import InProcessBus
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.support.post import announced, letter_of
from tests.support.process import Process
from tests.support.serving import serving
from tests.support.signing import TestKeys
from tests.support.tables import lay_tables
from tests.support.waiting import free_port, wait_until
from vk_gateway.service import build
from vk_gateway.settings import GatewaySettings

E = TypeVar("E", bound=Event)
ENCRYPTION_KEY = new_vault_key()
PYTHON = Path(__file__).resolve().parents[3] / ".venv/bin/python"


class Emulator:
    """VK, played by the emulator's process."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url, self.http = url, http

    async def call(self, method: str, path: str, **options: Any) -> Any:
        answer = await self.http.request(method, f"{self.url}/emulator/v1{path}", **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def community(self, name: str = "Бумажный журавль") -> dict[str, Any]:
        return await self.call("POST", "/communities", json={"name": name})

    async def user_writes(self, community: int, user: int, text: str, **more: Any) -> dict[str, Any]:
        path = f"/communities/{community}/users/{user}/messages"
        return await self.call("POST", path, json={"text": text, **more})

    async def ledger(self, community: int, user: int) -> list[dict[str, Any]]:
        return (await self.call("GET", f"/communities/{community}/users/{user}/messages"))["items"]

    async def sent(self, community: int, user: int) -> list[str]:
        return [item["text"] for item in await self.ledger(community, user) if item["out"]]

    async def fault(self, community: int, kind: str, **options: Any) -> None:
        await self.call("POST", f"/communities/{community}/faults", json={"kind": kind, **options})

    async def mend(self, community: int) -> None:
        await self.call("DELETE", f"/communities/{community}/faults")


@dataclass
class Linked:
    """A community that is connected to the gateway under test."""

    community_id: int
    key: str
    integration_id: UUID
    project_id: UUID
    connection_id: UUID
    epoch: int = 1


@dataclass
class Gateway:
    """One gateway with its doors."""

    service: Service
    url: str
    keys: TestKeys
    bus: InProcessBus
    vk: Emulator
    world: World = field(default_factory=World)
    numbers: dict[UUID, int] = field(default_factory=dict)

    def client(self, project_id: UUID, role: Role = Role.ADMIN) -> httpx.AsyncClient:
        headers = self.keys.bearer(UUID(int=1), {project_id: role})
        return httpx.AsyncClient(base_url=self.url, headers=headers, verify=False)

    async def hear(self, *events: Event) -> None:
        await self.bus.publish([letter_of(event) for event in events])

    async def said(self, kind: type[E]) -> list[E]:
        return [event for event in await announced(self.service.database) if isinstance(event, kind)]

    async def says(self, kind: type[E], count: int = 1, seconds: float = 15) -> list[E]:
        async def enough() -> list[E]:
            events = await self.said(kind)
            return events if len(events) >= count else []

        return await wait_until(enough, seconds, describe=f"{count} × {kind.type}")

    async def connect(
        self, community: dict[str, Any] | None = None, history: HistoryDepth | None = None
    ) -> Linked:
        community = community or await self.vk.community()
        project_id = self.world.new_id()
        async with self.client(project_id) as client:
            body = {"project_id": str(project_id), "method": "key", "key": community["key"]}
            answer = await client.post("/api/v1/vk/connections", json=body)
        assert answer.status_code == 201, answer.text
        linked = Linked(
            community["id"], community["key"], self.world.new_id(), project_id, UUID(answer.json()["id"])
        )
        await self.hear(created(linked, history=history))
        before = len(await self.said(AccountLinked))

        async def is_linked() -> bool:
            return any(e.integration_id == linked.integration_id for e in await self.said(AccountLinked))

        assert before >= 0
        await wait_until(is_linked, describe="the community is linked")
        return linked

    async def reply(
        self, linked: Linked, user: int, text: str, number: int | None = None, **more: Any
    ) -> ReplyRequested:
        request = self.request(linked, user, text, number, **more)
        await self.hear(request)
        return request

    def request(
        self, linked: Linked, user: int, text: str, number: int | None = None, **more: Any
    ) -> ReplyRequested:
        """What dialogs would ask; the numbers of a dialog count up by themselves."""
        dialog_id = UUID(int=linked.community_id * 10**12 + user)
        if number is None:
            number = self.numbers[dialog_id] = self.numbers.get(dialog_id, 0) + 1
        fields = {
            "project_id": linked.project_id,
            "reply_id": self.world.new_id(),
            "dialog_id": dialog_id,
            "integration_id": linked.integration_id,
            "epoch": linked.epoch,
            "external_id": str(user),
            "number": number,
            "text": text,
        }
        return ReplyRequested.model_validate(fields | more)


def created(linked: Linked, version: int = 1, history: HistoryDepth | None = None) -> IntegrationCreated:
    return IntegrationCreated(
        project_id=linked.project_id,
        integration_id=linked.integration_id,
        channel="vk",
        community_id=linked.community_id,
        epoch=linked.epoch,
        version=version,
        connection_id=linked.connection_id,
        name="Бумажный журавль",
        screen_name="paper_crane",
        state="connecting",
        history=history,
    )


def deleted(linked: Linked, version: int = 3) -> IntegrationDeleted:
    return IntegrationDeleted(
        project_id=linked.project_id,
        integration_id=linked.integration_id,
        channel="vk",
        community_id=linked.community_id,
        epoch=linked.epoch,
        version=version,
    )


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    env = {
        "EMULATOR_PORT": str(port),
        "EMULATOR_DATA": str(tmp_path_factory.mktemp("emulator")),
        "EMULATOR_CLOCK_SCALE": "0.05",
    }
    process = Process([PYTHON, "-m", "vk_emulator"], name="emulator-for-gateway", env=env).start()
    url = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        try:
            return httpx.get(f"{url}/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    process.wait_ready(ready)
    yield url
    process.kill()


@pytest.fixture
async def emulator(emulator_url: str) -> AsyncIterator[Emulator]:
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(verify=False, timeout=30, limits=limits) as http:
        yield Emulator(emulator_url, http)


@asynccontextmanager
async def a_gateway(
    database_url: str, vk: Emulator, keys: TestKeys, **options: Any
) -> AsyncIterator[Gateway]:
    port = free_port()
    world = options.pop("world", None) or World()
    settings = GatewaySettings(
        database_url=await lay_tables(database_url, "vk_gateway"),
        service_key=SecretStr("test-service-key-of-32-characters"),
        encryption_keys=SecretStr(options.pop("encryption_keys", ENCRYPTION_KEY)),
        public_url=options.pop("public_url", f"http://127.0.0.1:{port}"),
        callback_url=options.pop("callback_url", f"http://127.0.0.1:{port}"),
        vk_app_id=options.pop("vk_app_id", APP_ID),
        vk_app_secret=SecretStr(options.pop("vk_app_secret", APP_SECRET)),
        vk_service_key=SecretStr(options.pop("vk_service_key", APP_SERVICE_KEY)),
        vk_id_url=options.pop("vk_id_url", f"{vk.url}/id"),
        vk_oauth_url=options.pop("vk_oauth_url", f"{vk.url}/oauth"),
        vk_api_url=options.pop("vk_api_url", f"{vk.url}/method"),
        vk_timeout_seconds=options.pop("vk_timeout_seconds", 2.0),
        settle_seconds=options.pop("settle_seconds", 0.2),
        integrations_url="http://127.0.0.1:1",
        files_url=options.pop("files_url", "memory:///"),
        media_origins=options.pop("media_origins", vk.url),
        **options,
    )
    bus = InProcessBus()
    service = build(settings, world, bus, keys=keys.source)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(service.app, port=port))
        await stack.enter_async_context(running([service], bus))
        yield Gateway(service, url, keys, bus, vk)


@pytest.fixture
async def gateway(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with a_gateway(f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db", emulator, TestKeys()) as made:
        yield made


Gather = Callable[..., Awaitable[Any]]
