"""The registry over a database of its own, beside a stand-in for the gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from integrations.service import build
from integrations.settings import IntegrationsSettings
from shared.events.audit import ActionRecorded
from shared.events.channel import AccountLinked
from shared.events.envelope import Event
from shared.http.access import Guard, Role
from shared.messaging.bus import InProcessBus
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.support.post import announced, letter_of
from tests.support.serving import serving
from tests.support.signing import TestKeys
from tests.support.tables import lay_tables

SERVICE_KEY = "k" * 32
REGISTRY = "/api/v1/integrations"


@dataclass
class StandInGateway:
    """Answers about connections as the gateway does, and remembers who asked."""

    connections: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    asked_with: list[str] = field(default_factory=list)
    breaks_with: int | None = None

    def lists(self, project_id: UUID, *communities: int, state: str = "ready", **facts: Any) -> UUID:
        """Make a connection of a project that lists communities; returns its id."""
        connection_id = uuid4()
        listed = [
            {
                "community_id": number,
                "name": f"Community {number}",
                "screen_name": f"club{number}",
                "avatar_url": None,
                "is_admin": None,
                "messages_enabled": True,
                "claimed_by": None,
                **facts,
            }
            for number in communities
        ]
        self.connections[connection_id] = {
            "id": str(connection_id),
            "project_id": str(project_id),
            "state": state,
            "communities": listed,
        }
        return connection_id

    def app(self) -> FastAPI:
        """Make the part of the gateway's API that the registry uses."""
        api = FastAPI()

        @api.get("/api/v1/vk/connections/{connection_id}")
        async def read(connection_id: UUID, request: Request) -> JSONResponse:
            self.asked_with.append(request.headers["authorization"])
            if self.breaks_with is not None:
                return JSONResponse({"code": "broken"}, self.breaks_with)
            found = self.connections.get(connection_id)
            return JSONResponse(found or {"code": "connection_not_found"}, 200 if found else 404)

        return api


@dataclass
class Registry:
    """The service under test, with everything a test asks of it."""

    service: Service
    bus: InProcessBus
    keys: TestKeys
    gateway: StandInGateway
    http: httpx.AsyncClient

    def as_role(self, *projects: UUID, role: Role = Role.ADMIN) -> dict[str, str]:
        """Make the header of a person who has this role in these projects."""
        return self.keys.bearer(uuid4(), dict.fromkeys(projects, role))

    def as_service(self, name: str = "dialogs") -> dict[str, str]:
        """Make the header of another service."""
        guard = Guard(name, self.keys.source, SERVICE_KEY, World())
        return {"Authorization": f"Bearer {guard.service_token('integrations')}"}

    async def connect(
        self,
        project_id: UUID,
        community_id: int,
        connection_id: UUID | None = None,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Connect a community as an administrator of the project."""
        connection_id = connection_id or self.gateway.lists(project_id, community_id)
        body = {
            "project_id": str(project_id),
            "channel": "vk",
            "connection_id": str(connection_id),
            "community_id": community_id,
            **more,
        }
        return await self.http.post(REGISTRY, json=body, headers=headers or self.as_role(project_id))

    async def read(self, project_id: UUID, integration_id: str) -> dict[str, Any]:
        """Read one integration as an operator."""
        headers = self.as_role(project_id, role=Role.OPERATOR)
        answer = await self.http.get(f"{REGISTRY}/{integration_id}", headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def call(self, method: str, integration: dict[str, Any], path: str, **options: Any) -> Any:
        """Call something of an integration as an administrator of its project."""
        headers = self.as_role(UUID(integration["project_id"]))
        url = f"{REGISTRY}/{integration['id']}/{path}"
        return await self.http.request(method, url, headers=headers, **options)

    async def delete(self, project_id: UUID, integration_id: str) -> httpx.Response:
        """Delete an integration as an administrator of the project."""
        return await self.http.delete(f"{REGISTRY}/{integration_id}", headers=self.as_role(project_id))

    async def timeline(self, project_id: UUID, integration_id: str) -> list[dict[str, Any]]:
        """Read the newest lines of a timeline."""
        answer = await self.http.get(
            f"{REGISTRY}/{integration_id}/timeline", headers=self.as_role(project_id)
        )
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def link(self, integration: dict[str, Any], epoch: int = 1) -> None:
        """Say what the gateway says when events flow."""
        await self.tell(
            AccountLinked(
                project_id=UUID(integration["project_id"]),
                integration_id=UUID(integration["id"]),
                epoch=epoch,
            )
        )

    async def tell(self, event: Event) -> None:
        """Deliver an event, committed when this returns."""
        letter = letter_of(event)
        assert await self.bus.publish([letter]) == {letter.event_id}

    async def said(self) -> list[Event]:
        """Return everything the service has announced, but for its lines of the audit log."""
        events = await announced(self.service.database)
        return [event for event in events if not isinstance(event, ActionRecorded)]


@asynccontextmanager
async def open_registry(
    database_url: str, *, gateway_url: str | None = None, **more: Any
) -> AsyncIterator[Registry]:
    """Run the service over a database, with `more` settings."""
    keys, gateway, bus = TestKeys(), StandInGateway(), InProcessBus()
    async with serving(gateway.app()) as stand_in_url:
        settings = IntegrationsSettings(
            database_url=await lay_tables(database_url, "integrations"),
            service_key=SecretStr(SERVICE_KEY),
            vk_gateway_url=gateway_url or stand_in_url,
            **more,
        )
        service = build(settings, World(), bus, keys=keys.source)
        async with (
            running([service], bus),
            httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://otklik") as http,
        ):
            yield Registry(service, bus, keys, gateway, http)
