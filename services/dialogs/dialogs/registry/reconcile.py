"""Healing lost events of the registry: compares it with the projection and applies what is newer."""

from sqlalchemy import select

from dialogs.registry.actions import Names, Snapshot
from dialogs.registry.follow import learn_and_release
from dialogs.tables import Integration, Project
from dialogs.threads.rules import DELETED
from shared.database.engine import Database
from shared.http.access import Guard
from shared.http.client import HttpClient
from shared.http.registry import RegistryRow, read_registry


class Reconciler:
    """Reads the whole registry of `integrations`, page by page."""

    def __init__(self, database: Database, client: HttpClient, guard: Guard, integrations_url: str) -> None:
        self._database = database
        self._client = client
        self._guard = guard
        self._url = integrations_url

    async def step(self) -> bool:
        """Compare once. Raises TryLater when the registry cannot be read."""
        async for rows in read_registry(self._client, self._guard, self._url):
            await self._apply(rows)
        return False

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
                problem=row.reason,
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
