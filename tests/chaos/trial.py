"""One trial: a deployment under load while its processes are killed, then quiet, then judgement."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.chaos.backlog import backlog
from tests.chaos.checker import Document, check
from tests.chaos.checker_of_lives import check_life
from tests.chaos.follower import Follower
from tests.chaos.kills import Killed, kill_at_random, lanes_of
from tests.chaos.load import Load, Rates, all_pages
from tests.chaos.patience import at_leisure
from tests.chaos.rounds import Rounds
from tests.chaos.troubles import FAULTS, lose_callbacks
from tests.support.servers import PostgresServer, RabbitServer
from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.shapes import Deployment
from tests.support.waiting import ConditionNotMet, wait_until

FOLLOWERS = 2
QUIET_SECONDS = 90.0
Servers = Sequence[PostgresServer | RabbitServer]


@dataclass
class Verdict:
    """How a trial ended."""

    shape: str
    seed: int
    broken: list[str]
    kills: list[Killed] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        """A few lines for a person."""
        kills = Counter(killed.name for killed in self.kills)
        told = ", ".join(f"{name} {count}" for name, count in sorted(kills.items()))
        slowest = max((killed.down_seconds for killed in self.kills), default=0.0)
        lines = [
            f"{self.shape}, seed {self.seed}: {'BROKEN' if self.broken else 'all promises kept'}",
            f"    {len(self.kills)} kills ({told}); ready again after {slowest:.1f} s at most",
            "    " + ", ".join(f"{name} {value}" for name, value in self.figures.items()),
            *(f"    BROKEN: {line}" for line in self.broken[:40]),
        ]
        return "\n".join(lines)


async def run_trial(
    deployment: Deployment,
    servers: Servers,
    *,
    seed: int,
    seconds: float,
    rates: Rates | None = None,
) -> Verdict:
    """Load and kill for so many seconds, then judge. The deployment is running, and runs afterwards."""
    chance = random.Random(seed)
    suite = Suite(deployment)
    verdict = Verdict(deployment.shape, seed, [])
    heard = asyncio.Event()
    try:
        load = await _prepare(suite, random.Random(chance.random()), rates or Rates())
        rounds = await Rounds.open(suite, random.Random(chance.random()))
        followers = [
            Follower(await suite.operator(), load.project.id, random.Random(chance.random()))
            for _ in range(FOLLOWERS)
        ]
        async with asyncio.TaskGroup() as tasks:
            for one in followers:
                tasks.create_task(one.follow(until=heard))
            await _under_fire(
                load, rounds, deployment, servers, chance=chance, seconds=seconds, verdict=verdict
            )
            position = await _position(load.project)
            with contextlib.suppress(ConditionNotMet):  # the checker says what is missing
                await wait_until(
                    lambda: all(position in one.numbers[-1:] for one in followers), 20, "the end"
                )
            heard.set()
        history = await gather_history(load, followers, position)
        verdict.broken += check(history)
        for life in await rounds.documents():
            verdict.broken += check_life(life)
        verdict.figures = _figures(load, history, followers, seconds) | rounds.figures()
    finally:
        await suite.close()
    return verdict


async def _prepare(suite: Suite, chance: random.Random, rates: Rates) -> Load:
    project = await suite.new_project("Под огнём")
    community = await suite.vk.new_community("Стойкий оловянный солдатик")
    integration = await project.connect_by_key(community)
    load = Load(suite, project, community, integration["id"], chance, rates)
    await load.open()
    return load


async def _under_fire(
    load: Load,
    rounds: Rounds,
    deployment: Deployment,
    servers: Servers,
    *,
    chance: random.Random,
    seconds: float,
    verdict: Verdict,
) -> None:
    """Load and kill, then wait until all is quiet."""
    vk, community = load.suite.vk, load.community
    for fault in FAULTS:
        await vk.change(community, "faults", fault)
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    killing = (
        kill_at_random(lane, random.Random(chance.random()), verdict.kills, until=stop)
        for lane in lanes_of(deployment, servers)
    )
    living = rounds.run(seconds, until=stop)
    await asyncio.gather(load.run(until=stop), lose_callbacks(load, until=stop), living, *killing)
    await asyncio.to_thread(deployment.wait_ready)
    await load.finish(QUIET_SECONDS)
    await vk.remove_faults(community)
    await rounds.let_vk_be()
    postgres = next((server for server in servers if isinstance(server, PostgresServer)), None)
    ended_at = datetime.now(UTC)
    verdict.broken += load.failures + rounds.failures
    verdict.broken += await _until_quiet(load, rounds, deployment, postgres, ended_at)


async def _until_quiet(
    load: Load, rounds: Rounds, deployment: Deployment, postgres: PostgresServer | None, ended_at: datetime
) -> list[str]:
    """Wait until VK has delivered everything and nothing is under way inside; say what never came to rest."""
    vk, community = load.suite.vk, load.community

    async def quiet() -> bool:
        await vk.change(community, "deliveries/retry-now")
        pending = await vk.call("GET", f"/communities/{community.id}/deliveries?state=pending&limit=1")
        assert not pending["items"], "VK still has deliveries"
        left = await backlog(deployment, postgres)
        # Parked events are broken promises of their own, and never come to rest.
        assert not {name for name in left if not name.endswith("parked")}, left
        integration = await load.project.operator.get(f"/api/v1/integrations/{load.integration_id}")
        assert not integration["gaps_open"], integration
        assert datetime.fromisoformat(integration["checked_until"]) > ended_at, integration
        assert integration["state"] == "active", integration
        return await rounds.are_quiet(ended_at)

    broken = []
    try:
        await wait_until(at_leisure(quiet), QUIET_SECONDS, "quiet")
    except ConditionNotMet as error:
        broken.append(str(error))
    parked = {name: n for name, n in (await backlog(deployment, postgres)).items() if name.endswith("parked")}
    broken += [f"{count} events are {name}" for name, count in parked.items()]
    path = f"/communities/{community.id}/deliveries?state=given_up&limit=1"
    if (await vk.call("GET", path))["items"]:
        broken.append("VK has given up deliveries")
    return broken


async def _position(project: Project) -> int:
    answer = await project.operator.request("GET", "/api/v1/dialogs", project_id=project.id, limit=1)
    return int(answer.headers["X-Otklik-Position"])


async def gather_history(load: Load, followers: Sequence[Follower], position: int) -> Document:
    """Read everything that anybody can see: VK's ledger, all dialogs with all pages, what the feeds told."""
    dialogs = []
    for tab in ("all", "closed"):
        for dialog in await all_pages(
            load.project, "/api/v1/dialogs", "cursor", project_id=load.project.id, tab=tab
        ):
            pages = await all_pages(
                load.project, f"/api/v1/dialogs/{dialog['id']}/messages", "before", backwards=True
            )
            dialogs.append({"dialog": dialog, "messages": pages})
    return {
        "ledgers": {user: await load.suite.vk.ledger(load.community, user) for user in load.users},
        "written": load.written,
        "dialogs": dialogs,
        "accepted": load.accepted,
        "abandoned": load.abandoned,
        "feeds": [
            {
                "after": 0,
                "position": position,
                "numbers": one.numbers,
                "resets": one.resets,
                "messages": one.messages,
            }
            for one in followers
        ],
    }


def _figures(load: Load, history: Document, followers: Sequence[Follower], seconds: float) -> dict[str, Any]:
    messages = sum(len(ledger) for ledger in history["ledgers"].values())
    return {
        "seconds": round(seconds),
        "messages in VK": messages,
        "replies accepted": len(load.accepted),
        "tries of replies": load.tries,
        "writes that VK refused": load.refused_by_vk,
        "changes": history["feeds"][0]["position"],
        "reconnections": sum(one.connections for one in followers),
    }
