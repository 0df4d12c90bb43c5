"""What waits for its time at VK is looked for in time, though nothing else happens."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, update

from shared.database.engine import Database
from shared.database.leases import Lease
from shared.database.migrate import upgrade
from shared.database.session import Session
from shared.database.vault import Vault, new_vault_key
from shared.http.client import HttpClient
from shared.runtime.world import World
from tests.support.waiting import wait_until
from vk_gateway.communities.actions import follow_created
from vk_gateway.communities.duties import Apis, Duties
from vk_gateway.communities.queries import DueCommunity, Moment
from vk_gateway.tables import Community, LinkState
from vk_gateway.vk.client import CommunityApi, Vk

COMMUNITY = UUID(int=5)
DELAY = timedelta(seconds=1.5)


class Appointment:
    """Work that is due once; without a key of the community all that can be done is to put it off."""

    def __init__(self) -> None:
        self.kept_at: datetime | None = None

    def due(self, now: Moment) -> ColumnElement[bool]:
        return Community.next_duty_at <= now

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        raise AssertionError("there is no key")

    async def put_off(self, session: Session, integration_id: UUID, delay: timedelta) -> None:
        self.kept_at = session.now
        await session.execute(update(Community).values(next_duty_at=None))


async def test_a_time_that_comes_is_noticed_where_nothing_is_committed(tmp_path: Path) -> None:
    world, vault, http = World(), Vault(new_vault_key()), HttpClient()
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gateway.db", world)
    await upgrade(database, "vk_gateway")
    apis = Apis(vault, Vk("http://127.0.0.1:9", http, timeout_seconds=1), world, per_second=20)
    appointment = Appointment()
    duties = Duties("test", database, apis, world, works=[appointment], holder="test")
    async with database.write() as session:
        names = {"integration_id": COMMUNITY, "project_id": UUID(int=6), "connection_id": UUID(int=7)}
        await follow_created(session, vault, community_id=8, epoch=1, version=1, **names)
        due_at = session.now + DELAY
        await session.execute(update(Community).values(link_state=LinkState.LINKED, next_duty_at=due_at))

    duties.loop.start()
    await wait_until(lambda: appointment.kept_at, timeout_seconds=6, describe="the appointment is kept")

    await duties.loop.stop()
    await duties.stop()
    await database.close()
    await http.close()
    assert appointment.kept_at is not None
    assert appointment.kept_at >= due_at
