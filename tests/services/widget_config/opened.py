"""The widgets' service over a database of its own, beside a stand-in for the registry."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from shared.events.audit import ActionRecorded
from shared.events.envelope import Event
from shared.events.integrations import IntegrationCreated, IntegrationDeleted, IntegrationStateChanged
from shared.http.access import Role
from shared.messaging.bus import InProcessBus
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.support.post import announced, letter_of
from tests.support.serving import serving
from tests.support.signing import TestKeys
from tests.support.tables import lay_tables
from widget_config.channels.registry import Registry, reconcile
from widget_config.service import build
from widget_config.settings import WidgetConfigSettings

WIDGETS = "/api/v1/widgets"


@dataclass
class Community:
    """An integration of a project, and the events of its life."""

    project_id: UUID
    community_id: int = 7
    screen_name: str = "shop"
    name: str = "Магазин"
    id: UUID = field(default_factory=uuid4)

    def created(self, version: int = 1, epoch: int = 1, state: str = "connecting") -> IntegrationCreated:
        """It serves its project."""
        return IntegrationCreated(
            **self._facts(version, epoch),
            connection_id=uuid4(),
            name=self.name,
            screen_name=self.screen_name,
            state=state,
        )

    def became(self, state: str, version: int = 2, epoch: int = 1) -> IntegrationStateChanged:
        """It is in another state."""
        return IntegrationStateChanged(**self._facts(version, epoch), state=state)

    def deleted(self, version: int = 3, epoch: int = 1) -> IntegrationDeleted:
        """Its epoch has ended."""
        return IntegrationDeleted(**self._facts(version, epoch))

    def registered(self, state: str, version: int, epoch: int = 1) -> dict[str, Any]:
        """Make its line in the registry."""
        return {
            "integration_id": str(self.id),
            "project_id": str(self.project_id),
            "channel": "vk",
            "community_id": self.community_id,
            "name": self.name,
            "screen_name": self.screen_name,
            "avatar_url": None,
            "connection_id": str(uuid4()),
            "epoch": epoch,
            "version": version,
            "state": state,
            "deleted": state == "deleted",
        }

    def _facts(self, version: int, epoch: int) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "integration_id": self.id,
            "channel": "vk",
            "community_id": self.community_id,
            "epoch": epoch,
            "version": version,
        }


@dataclass
class StandInRegistry:
    """Answers as the registry does, two lines a page."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    is_broken: bool = False

    def app(self) -> FastAPI:
        """Make the part of the registry's API that widgets need."""
        api = FastAPI()

        @api.get("/api/v1/integrations/registry")
        async def registry(request: Request, cursor: int = 0) -> JSONResponse:
            self.asked += 1
            assert request.headers["authorization"].startswith("Bearer ")
            if self.is_broken:
                return JSONResponse({}, 500)
            more = cursor + 2 < len(self.lines)
            page = {
                "items": self.lines[cursor : cursor + 2],
                "next_cursor": str(cursor + 2) if more else None,
            }
            return JSONResponse(page)

        @api.get("/api/v1/integrations/{integration_id}")
        async def one(integration_id: str) -> JSONResponse:
            found = [line for line in self.lines if line["integration_id"] == integration_id]
            return JSONResponse(found[0] if found else {}, 200 if found else 404)

        return api


@dataclass
class Widgets:
    """The service under test, with everything a test asks of it."""

    service: Service
    bus: InProcessBus
    keys: TestKeys
    registry: StandInRegistry
    http: httpx.AsyncClient

    def as_role(self, *projects: UUID, role: Role = Role.ADMIN) -> dict[str, str]:
        """Make the header of a person who has this role in these projects."""
        return self.keys.bearer(uuid4(), dict.fromkeys(projects, role))

    async def make(self, project_id: UUID, **look: Any) -> dict[str, Any]:
        """Make a widget as an administrator of the project."""
        body = {"project_id": str(project_id), "name": "Главная", **({"look": look} if look else {})}
        answer = await self.http.post(WIDGETS, json=body, headers=self.as_role(project_id))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def add(self, widget: dict[str, Any], community: Community) -> httpx.Response:
        """Put an integration into a widget as an administrator of the widget's project."""
        headers = self.as_role(UUID(widget["project_id"]))
        return await self.http.put(f"{WIDGETS}/{widget['id']}/channels/{community.id}", headers=headers)

    async def remove(self, widget: dict[str, Any], community: Community) -> httpx.Response:
        """Take an integration out of a widget."""
        headers = self.as_role(UUID(widget["project_id"]))
        return await self.http.delete(f"{WIDGETS}/{widget['id']}/channels/{community.id}", headers=headers)

    async def with_community(self, project_id: UUID) -> tuple[dict[str, Any], Community]:
        """Make a widget with an active community in it."""
        community = Community(project_id)
        await self.tell(community.created(), community.became("active"))
        widget = await self.make(project_id)
        assert (await self.add(widget, community)).status_code == 200
        return widget, community

    async def public(self, widget: dict[str, Any], **headers: str) -> httpx.Response:
        """Read a widget's public config as a website does."""
        return await self.http.get(f"/w/{widget['public_key']}.json", headers=headers)

    async def change(
        self, widget: dict[str, Any], method: str, path: str = "", status: int = 200, **body: Any
    ) -> dict[str, Any]:
        """Call an address below a widget as an administrator; `body` is its JSON, if it has any."""
        url, headers = f"{WIDGETS}/{widget['id']}{path}", self.as_role(UUID(widget["project_id"]))
        answer = await self.http.request(method, url, json=body or None, headers=headers)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told

    async def links(self, widget: dict[str, Any]) -> list[str]:
        """Return the links that visitors see."""
        return [channel["link"] for channel in (await self.public(widget)).json()["channels"]]

    async def tell(self, *events: Event) -> None:
        """Deliver events one after the other, each committed before the next."""
        for event in events:
            letter = letter_of(event)
            assert await self.bus.publish([letter]) == {letter.event_id}

    async def said(self) -> list[Event]:
        """Return everything the service has announced, but for its lines of the audit log."""
        events = await announced(self.service.database)
        return [event for event in events if not isinstance(event, ActionRecorded)]

    async def reconcile(self) -> None:
        """Read the registry now."""
        registry: Registry = self.service.api.state.registry
        await reconcile(self.service.database, registry)


@asynccontextmanager
async def open_widgets(
    database_url: str, world: World | None = None, **settings: Any
) -> AsyncIterator[Widgets]:
    """Run the service over a database. Its rates are high, because a test is one busy address."""
    keys, registry, bus = TestKeys(), StandInRegistry(), InProcessBus()
    rates = dict.fromkeys(("visitor_burst", "load_burst", "loads_burst", "click_burst"), 1e9)
    async with serving(registry.app()) as registry_url:
        made = WidgetConfigSettings(
            database_url=await lay_tables(database_url, "widget_config"),
            service_key=SecretStr("k" * 32),
            integrations_url=registry_url,
            **(rates | settings),
        )
        service = build(made, world or World(), bus, keys=keys.source)
        client = partial(httpx.AsyncClient, base_url="http://otklik")
        async with (
            running([service], bus),
            client(transport=httpx.ASGITransport(service.app)) as http,
        ):
            yield Widgets(service, bus, keys, registry, http)
