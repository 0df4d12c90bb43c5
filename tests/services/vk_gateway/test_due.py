"""What waits for its time at VK is looked for in time, though nothing else happens."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, update

from shared.database.engine import Database
from shared.database.leases import Lease
from shared.database.migrate import upgrade
from shared.database.vault import Vault, new_vault_key
from shared.http.client import HttpClient
from shared.runtime.world import World
from tests.support.waiting import wait_until
from vk_gateway.communities.actions import community_key_place, follow_created
from vk_gateway.communities.duties import Apis, Duties
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.health.suspicions import Suspicions
from vk_gateway.tables import Community, LinkState
from vk_gateway.vk.client import CommunityApi, Vk

COMMUNITY = UUID(int=5)
DELAY = timedelta(seconds=4)


class Appointment:
    """Work that is due once."""

    def __init__(self, database: Database) -> None:
        self.kept_at: datetime | None = None
        self._database = database

    def due(self, at: Moment) -> ColumnElement[bool]:
        return Community.next_duty_at <= at.now

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        async with self._database.write() as session:
            await session.execute(update(Community).values(next_duty_at=None))
            self.kept_at = session.now
        return False


async def test_a_time_that_comes_is_noticed_where_nothing_is_committed(tmp_path: Path) -> None:
    world, vault, http = World(), Vault(new_vault_key()), HttpClient()
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gateway.db", world)
    await upgrade(database, "vk_gateway")
    vk = Vk("http://127.0.0.1:9", http, timeout_seconds=1)
    apis = Apis(vault, vk, world, Suspicions(database), per_second=20)
    appointment = Appointment(database)
    duties = Duties("test", database, apis, world, works=[appointment], holder="test")
    async with database.write() as session:
        names = {"integration_id": COMMUNITY, "project_id": UUID(int=6), "connection_id": UUID(int=7)}
        await follow_created(session, vault, community_id=8, epoch=1, version=1, **names)
        key, due_at = vault.seal("key", place=community_key_place(COMMUNITY)), session.now + DELAY
        linked = {"link_state": LinkState.LINKED, "key_sealed": key, "next_duty_at": due_at}
        await session.execute(update(Community).values(**linked))

    duties.loop.start()
    await wait_until(lambda: appointment.kept_at, timeout_seconds=8, describe="the appointment is kept")

    await duties.loop.stop()
    await duties.stop()
    await database.close()
    await http.close()
    assert appointment.kept_at is not None
    assert appointment.kept_at >= due_at
