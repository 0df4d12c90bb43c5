"""Healing lost events of the registry: compares it with the projection and applies what is newer."""

from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import select

from dialogs.registry.actions import DELETED, Names, Snapshot
from dialogs.registry.follow import learn_and_release
from dialogs.tables import Integration, Project
from shared.database.engine import Database
from shared.http.access import Guard
from shared.http.client import HttpClient, Unreachable

log = structlog.get_logger()
AUDIENCE = "integrations"
LIMIT = 100


class RegistryRow(BaseModel):
    """One line of the registry."""

    integration_id: UUID
    project_id: UUID
    channel: str
    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    epoch: int
    version: int
    state: str
    deleted: bool


class RegistryPage(BaseModel):
    """A page of the registry."""

    items: list[RegistryRow]
    next_cursor: str | None


class Reconciler:
    """Reads the whole registry of `integrations`, page by page."""

    def __init__(self, database: Database, client: HttpClient, guard: Guard, integrations_url: str) -> None:
        self._database = database
        self._client = client
        self._guard = guard
        self._url = f"{integrations_url.rstrip('/')}/api/v1/integrations/registry"

    async def step(self) -> bool:
        """Compare once. A registry that cannot be asked is asked again next time."""
        cursor: str | None = None
        while True:
            try:
                page = await self._page(cursor)
            except Unreachable as error:
                log.info("registry_unreachable", error=str(error))
                return False
            await self._apply(page.items)
            cursor = page.next_cursor
            if cursor is None:
                return False

    async def _page(self, cursor: str | None) -> RegistryPage:
        parameters: dict[str, Any] = {"limit": LIMIT} | ({"cursor": cursor} if cursor else {})
        headers = {"Authorization": f"Bearer {self._guard.service_token(AUDIENCE)}"}
        answer = await self._client.request("GET", self._url, headers=headers, params=parameters)
        if answer.status != 200:
            raise Unreachable(f"status {answer.status}", sent=True)
        return RegistryPage.model_validate_json(answer.body)

    async def _apply(self, rows: list[RegistryRow]) -> None:
        for row in await self._newer(rows):
            snapshot = Snapshot(
                integration_id=row.integration_id,
                project_id=row.project_id,
                channel=row.channel,
                community_id=row.community_id,
                epoch=row.epoch,
                version=row.version,
                state=DELETED if row.deleted else row.state,
                deleted=row.deleted,
                names=Names(row.name, row.screen_name, row.avatar_url),
            )
            async with self._database.write() as session:
                await learn_and_release(session, snapshot)

    async def _newer(self, rows: list[RegistryRow]) -> list[RegistryRow]:
        ids = [row.integration_id for row in rows]
        projects = [row.project_id for row in rows]
        async with self._database.read() as session:
            known = {
                row.id: (row.version, row.names_version)
                for row in await session.scalars(select(Integration).where(Integration.id.in_(ids)))
            }
            query = select(Project.id).where(Project.id.in_(projects), Project.deleted_at.is_not(None))
            buried = set(await session.scalars(query))
        return [
            row
            for row in rows
            if row.project_id not in buried and row.version > min(known.get(row.integration_id, (0, 0)))
        ]
