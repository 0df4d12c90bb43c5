"""From VK's callback to the operator's screen: how long until a message is a change on an open live feed.

An open loop: a wait begins when a callback was due, whether or not the generator was on time. The gateway
has core 0 and `dialogs` core 1; database, broker and load run where there is room.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import uvloop

from tests.load.demo import embedded_demo
from tests.load.figures import Figure
from tests.load.listening import Arrivals, Listener
from tests.load.programs import start_dialogs, start_gateway, start_servers
from tests.load.trickle import Door, Posted, post_at_rate
from tests.support.waiting import wait_until

SECONDS = 20
WARM_SECONDS = 5
PEOPLE = 1_000
ARRIVE_SECONDS_MAX = 60.0
GOALS = {200: 100.0, 500: 200.0}
EMBEDDED_RATE = 100
EMBEDDED_GOAL = 60.0


def measure_distributed(rate: int, *, full: bool) -> list[Figure]:
    """Measure `end_to_end_distributed_200` or `_500`."""
    name = f"end_to_end_distributed_{rate}"
    return uvloop.run(_distributed(name, rate, SECONDS * 3 if full else SECONDS))


def measure_embedded(*, full: bool) -> list[Figure]:
    """Measure `end_to_end_embedded`."""
    return uvloop.run(_embedded(SECONDS * 3 if full else SECONDS))


async def _distributed(name: str, rate: int, seconds: int) -> list[Figure]:
    with contextlib.ExitStack() as stack:
        postgres, bus_url = start_servers(stack)
        gateway = start_gateway(stack, database_url=postgres.create_database("vk_gateway"), bus_url=bus_url)
        dialogs = start_dialogs(
            stack, gateway, database_url=postgres.create_database("dialogs"), bus_url=bus_url, core=1
        )
        async with _listening(dialogs.url, dialogs.project_id, dialogs.token) as arrivals:
            waits = await _measure(gateway.door, arrivals, rate=rate, seconds=seconds)
    return waits.figures(name, GOALS[rate])


async def _embedded(seconds: int) -> list[Figure]:
    async with (
        embedded_demo() as demo,
        _listening(demo.door.url, demo.project_id, demo.token) as arrivals,
    ):
        waits = await _measure(demo.door, arrivals, rate=EMBEDDED_RATE, seconds=seconds)
    return waits.figures("end_to_end_embedded", EMBEDDED_GOAL)


@dataclass(frozen=True)
class Waits:
    """Sorted milliseconds until messages arrived, and until callbacks were acknowledged."""

    arrived: list[float]
    acknowledged: list[float]
    late_percent: float

    def figures(self, name: str, goal: float) -> list[Figure]:
        """Return what the benchmark says."""
        return [
            Figure(name, _percentile(self.arrived, 0.99), "ms", goal, at_most=True),
            Figure(f"{name}_p50", _percentile(self.arrived, 0.50), "ms"),
            Figure(f"{name}_slowest", round(self.arrived[-1], 1), "ms"),
            Figure(f"{name}_acknowledged_p99", _percentile(self.acknowledged, 0.99), "ms"),
            Figure(f"{name}_late_sends", round(self.late_percent, 2), "%"),
        ]


@contextlib.asynccontextmanager
async def _listening(url: str, project_id: str, token: str) -> AsyncIterator[Arrivals]:
    arrivals = Arrivals()
    listener = Listener(arrivals.take)
    await listener.open(url, project_id, token)
    try:
        yield arrivals
    finally:
        await listener.close()


async def _measure(door: Door, arrivals: Arrivals, *, rate: float, seconds: float) -> Waits:
    """Warm up, then measure; each message must arrive, and once."""
    warm = await post_at_rate(door, rate=rate, seconds=WARM_SECONDS, people=PEOPLE)
    await _arrived(arrivals, warm)
    first = len(warm.numbers)
    posted = await post_at_rate(door, rate=rate, seconds=seconds, people=PEOPLE, first=first)
    await _arrived(arrivals, posted)
    doubled = sum(times > 1 for times in arrivals.times.values())
    assert not doubled, f"{doubled} messages arrived more than once"
    return Waits(
        sorted(1000 * (arrivals.at[number] - posted.due(number)) for number in posted.numbers),
        sorted(1000 * wait for wait in posted.waits),
        100 * posted.late / len(posted.numbers),
    )


async def _arrived(arrivals: Arrivals, posted: Posted) -> None:
    assert not posted.refused, f"{posted.refused} callbacks were refused"

    def complete() -> bool:
        return all(number in arrivals.at for number in posted.numbers)

    await wait_until(complete, ARRIVE_SECONDS_MAX, "every callback has arrived as a change")


def _percentile(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
