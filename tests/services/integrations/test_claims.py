"""One community, one project: whatever happens at the same moment, in whatever order."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from integrations.errors import CommunityAlreadyConnected
from integrations.registry import actions
from integrations.registry.gateway import Community
from integrations.states import State
from integrations.tables import Claim, Integration
from shared.events.integrations import IntegrationEvent
from tests.services.integrations.opened import Registry, open_registry

PROJECTS = [UUID(int=number) for number in range(1, 4)]
COMMUNITIES = [1, 2]


async def test_of_a_thousand_projects_at_once_exactly_one_gets_the_community(
    each_registry: Registry,
) -> None:
    registry = each_registry
    # As many at the same moment as the database has connections; a loser makes room for the next.
    places = asyncio.Semaphore(10)

    async def claim() -> str:
        async with places:
            return await _claim(registry, uuid4(), 7)

    outcomes = Counter(await asyncio.gather(*(claim() for _ in range(1000))))

    assert outcomes == {"connected": 1, "community_already_connected": 999}
    assert len(await registry.said()) == 1
    await _in_step(registry)


async def test_rival_administrators_at_once_learn_who_was_first(each_registry: Registry) -> None:
    registry = each_registry

    answers = await asyncio.gather(*(registry.connect(uuid4(), 7) for _ in range(10)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}


async def _claim(registry: Registry, project_id: UUID, community_id: int) -> str:
    """Connect past HTTP, so that a thousand of it are quick."""
    community = Community(community_id=community_id, name="A", screen_name="a")
    try:
        async with registry.service.database.write() as session:
            await actions.connect(session, actions.Wish(project_id, "vk", uuid4(), community))
    except CommunityAlreadyConnected as refusal:
        return refusal.code
    return "connected"


async def test_many_administrators_of_one_project_make_one_integration(each_registry: Registry) -> None:
    registry = each_registry
    project_id = uuid4()

    answers = await asyncio.gather(*(registry.connect(project_id, 7) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert {answer.json()["epoch"] for answer in answers} == {1}


async def test_connecting_and_deleting_at_once_keeps_claims_and_states_in_step(
    each_registry: Registry,
) -> None:
    registry = each_registry
    projects = [uuid4() for _ in range(5)]

    async def quarrel(project_id: UUID) -> None:
        for _ in range(4):
            answer = await registry.connect(project_id, 7)
            if answer.status_code == 201:
                await registry.delete(project_id, answer.json()["id"])

    await asyncio.gather(*(quarrel(project_id) for project_id in projects for _ in range(2)))

    await _in_step(registry)
    said = [event for event in await registry.said() if isinstance(event, IntegrationEvent)]
    versions = Counter((event.integration_id, event.version) for event in said)
    assert max(versions.values()) == 1


step = st.tuples(
    st.sampled_from(["connect", "delete", "link"]), st.sampled_from(PROJECTS), st.sampled_from(COMMUNITIES)
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=12))
def test_any_history_keeps_one_live_integration_per_community(
    steps: list[tuple[str, UUID, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("history") / "database.sqlite3"

    async def play() -> None:
        async with open_registry(f"sqlite+aiosqlite:///{path}") as registry:
            made: dict[tuple[UUID, int], dict[str, object]] = {}
            for verb, project_id, community_id in steps:
                known = made.get((project_id, community_id))
                if verb == "connect":
                    answer = await registry.connect(project_id, community_id)
                    if answer.status_code == 201:
                        assert known is None or answer.json()["id"] == known["id"]
                        made[project_id, community_id] = answer.json()
                elif known is not None and verb == "delete":
                    await registry.delete(project_id, str(known["id"]))
                elif known is not None:
                    await registry.link(known, epoch=int(str(known["epoch"])))
                await _in_step(registry)

    asyncio.run(play())


async def _in_step(registry: Registry) -> None:
    """Check that exactly the live integrations hold a claim, one for each community."""
    async with registry.service.database.read() as session:
        live = (await session.scalars(select(Integration).where(Integration.state != State.DELETED))).all()
        claims = (await session.scalars(select(Claim))).all()
    assert {row.id for row in live} == {claim.integration_id for claim in claims}
    assert len({row.community_id for row in live}) == len(live)
