"""`health_episodes`: communities in trouble, in simulated time, through the real registry."""

from tests.load.figures import Figure
from tests.simulation.judge import SEEN_SECONDS_MAX
from tests.simulation.run import simulate

NAMES = ("health_false_deactivations", "health_loss_seen")
WORLDS = 50


def measure(*, full: bool) -> list[Figure]:
    """Play ten thousand episodes, with `full` three times as many; one with a broken promise is none."""
    verdict = simulate(range(1, 1 + WORLDS * (3 if full else 1)))
    kept = verdict.episodes - len(verdict.broken)
    return [
        Figure("health_episodes", kept, "count", goal=verdict.episodes),
        Figure("health_false_deactivations", verdict.false_deactivations, "count", 0, at_most=True),
        Figure("health_loss_seen", round(verdict.seen_seconds_max, 1), "s", SEEN_SECONDS_MAX, at_most=True),
    ]
