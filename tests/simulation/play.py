"""One world: fifty communities, their troubles, our own, and the real registry in the middle."""

import heapq
import itertools
import random
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from uuid import UUID

from shared.events.channel import AccountChecked, AccountLinked
from shared.events.envelope import Event
from shared.messaging.bus import Letter
from tests.simulation.gateway import Prober
from tests.simulation.registry import Announced, SimulatedClock, SimulatedRegistry, open_simulated
from tests.simulation.truth import COMMUNITIES, Faults, Life, Span, draw_faults, draw_life

LOOK_SECONDS = 10.0
# Long after the last change nothing is held back, and looking would find nothing.
QUIET_SECONDS, QUIET_LOOK_SECONDS = 400.0, 120.0
TICK_SECONDS = 1.0
# News travels at once, what repeats it comes in batches, as by a bus that has much to carry.
BATCH_SECONDS = 10.0
REPEATED = 0.03


@dataclass
class Story:
    """What befell a community, and what was told of it; `acts` are moments at which a person acted."""

    life: Life
    told: list[Announced] = field(default_factory=list)
    good_checks: list[float] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)
    standing: tuple[str, str | None, int] | None = None


@dataclass
class Played:
    """A world that has come to its end."""

    seed: int
    faults: Faults
    stories: list[Story]


class Play:
    """Runs one world. What is to happen waits in a heap, ordered by its moment."""

    def __init__(self, seed: int, registry: SimulatedRegistry, faults: Faults, lives: list[Life]) -> None:
        self._chance = random.Random(seed + 1)
        self._registry = registry
        self._faults = faults
        self._gateway_clock = SimulatedClock(faults.gateway_clock)
        self._heap: list[tuple[float, int, str, object]] = []
        self._order = itertools.count()
        self._lives = lives
        self._stories: dict[UUID, Story] = {}
        self._probers: dict[UUID, Prober] = {}
        self._letters: list[Letter] = []
        self._looks = False
        self._changed_at = 0.0

    async def run(self) -> list[Story]:
        """Live through everything."""
        await self._connect()
        end = max(life.ends_at for life in self._lives)
        self._at(LOOK_SECONDS, "look", None)
        while self._heap and self._heap[0][0] < end:
            await self._tick(self._heap[0][0] // TICK_SECONDS * TICK_SECONDS + TICK_SECONDS)
        await self._catch_up()
        for integration_id, standing in (await self._registry.standing()).items():
            self._stories[integration_id].standing = standing
        return list(self._stories.values())

    def _at(self, moment: float, what: str, thing: object) -> None:
        heapq.heappush(self._heap, (moment, next(self._order), what, thing))

    async def _connect(self) -> None:
        project_id = self._registry.world.new_id()
        numbers = [life.number for life in self._lives]
        made = await self._registry.connect(project_id, *numbers)
        for life, integration_id in zip(self._lives, made, strict=True):
            self._stories[integration_id] = Story(life)
            self._probers[integration_id] = Prober(
                life, project_id, integration_id, 1, self._chance, self._gateway_clock.told
            )
            self._at(self._chance.uniform(0.5, 5.0), "link", integration_id)

    async def _tick(self, until: float) -> None:
        """Let happen what happens before a moment; the registry gets all of its letters at once."""
        self._letters, self._looks = [], False
        while self._heap and self._heap[0][0] < until:
            moment, _, what, thing = heapq.heappop(self._heap)
            self._registry.clock.moment = self._gateway_clock.moment = moment
            await self._happen(moment, what, thing)
        if self._letters:
            await self._registry.deliver(self._letters)
        if self._looks:
            if not _down(self._faults.registry_down, until):
                await self._registry.look()
            await self._catch_up()

    async def _happen(self, moment: float, what: str, thing: object) -> None:
        match what, thing:
            case "letter", Letter():
                self._receive(moment, thing)
            case "look", _:
                self._looks = True
                is_quiet = moment > self._changed_at + QUIET_SECONDS
                self._at(moment + (QUIET_LOOK_SECONDS if is_quiet else LOOK_SECONDS), "look", None)
            case "probe", UUID():
                self._probe(moment, thing)
            case "link", UUID():
                self._link(moment, thing)
            case "person", UUID():
                await self._act(moment, thing)
            case "answer", (UUID() as integration_id, UUID() as request_id):
                self._answer(moment, integration_id, request_id)

    def _receive(self, moment: float, letter: Letter) -> None:
        if later := _down(self._faults.registry_down, moment):
            self._at(later + self._chance.random(), "letter", letter)
            return
        self._letters.append(letter)
        if self._chance.random() < REPEATED:
            self._at(moment + self._chance.uniform(0, 20), "letter", letter)

    def _probe(self, moment: float, integration_id: UUID) -> None:
        if moment > self._stories[integration_id].life.ends_at:
            return
        if later := _down(self._faults.gateway_down, moment):
            self._at(later + self._chance.uniform(0, 5), "probe", integration_id)
            return
        prober = self._probers[integration_id]
        told = prober.told
        event, again = prober.probe(moment)
        if event is not None:
            self._send(moment, event, is_news=prober.told != told)
        self._at(again, "probe", integration_id)

    def _link(self, moment: float, integration_id: UUID) -> None:
        """Follow a connection: events flow if VK lets us, and the first probe follows."""
        prober = self._probers[integration_id]
        if later := _down(self._faults.gateway_down, moment):
            self._at(later + self._chance.uniform(0, 5), "link", integration_id)
            return
        if prober.life.problem_at(moment) is not None:
            self._at(moment + 10, "link", integration_id)
            return
        linked = AccountLinked(project_id=prober.project_id, integration_id=integration_id, epoch=1)
        self._send(moment, linked)
        if prober.told is None:
            self._at(moment + 0.1, "probe", integration_id)

    def _send(self, moment: float, event: Event, *, is_news: bool = True) -> None:
        if isinstance(event, AccountChecked) and event.problem is None:
            self._stories[event.integration_id].good_checks.append(moment)
        arrives = moment + self._chance.uniform(0.05, 3.0)
        if not is_news:
            arrives = (moment // BATCH_SECONDS + 1) * BATCH_SECONDS
        self._at(arrives, "letter", self._registry.letter(event))

    async def _act(self, moment: float, integration_id: UUID) -> None:
        """Let the administrator reconnect, or ask for a check that VK answers soon."""
        story = self._stories[integration_id]
        if _down(self._faults.registry_down, moment) or _down(self._faults.gateway_down, moment):
            self._at(moment + 300, "person", integration_id)
            return
        if self._chance.random() < 0.5 and story.told[-1].state == "deactivated":
            story.acts.append(moment)
            prober = self._probers[integration_id]
            await self._registry.connect(prober.project_id, story.life.number)
            self._at(moment + self._chance.uniform(1, 4), "link", integration_id)
            return
        request_id = await self._registry.ask(integration_id)
        self._at(moment + self._chance.uniform(0.2, 3), "answer", (integration_id, request_id))

    def _answer(self, moment: float, integration_id: UUID, request_id: UUID) -> None:
        event, _ = self._probers[integration_id].probe(moment, request_id)
        assert event is not None
        self._stories[integration_id].acts.append(moment)
        self._send(moment, event)

    async def _catch_up(self) -> None:
        """Hand what was announced to its story, and let people react."""
        for news in await self._registry.listen():
            story = self._stories[news.integration_id]
            story.told.append(news)
            self._changed_at = news.moment
            reacts = {"deactivated": 1.0, "unavailable": 0.1}.get(news.state, 0.0)
            if self._chance.random() < reacts:
                later = self._registry.clock.moment + self._chance.uniform(30, 1200)
                self._at(later, "person", news.integration_id)


def _down(spans: list[Span], moment: float) -> float | None:
    """Until when something is down at a moment."""
    return max((span.end for span in spans if span.holds(moment)), default=None)


async def play(seed: int, template: Path, folder: Path, *, communities: int = COMMUNITIES) -> Played:
    """Play the world of a seed over a copy of a migrated database."""
    chance = random.Random(seed)
    long_ones = {0} if chance.random() < 0.5 else set()
    lives = [draw_life(chance, number + 1, is_long=number in long_ones) for number in range(communities)]
    busy = sorted(life.ends_at for life in lives)[-1 - len(long_ones)]
    faults = draw_faults(chance, busy)
    path = folder / f"{seed}.sqlite3"
    copyfile(template, path)
    clock = SimulatedClock(faults.registry_clock)
    try:
        async with open_simulated(f"sqlite+aiosqlite:///{path}", clock, chance) as registry:
            return Played(seed, faults, await Play(seed, registry, faults, lives).run())
    finally:
        for leftover in folder.glob(f"{seed}.sqlite3*"):
            leftover.unlink()
