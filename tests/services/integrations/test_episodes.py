"""A slice of `./run simulate`: troubles in simulated time through the real consumer, rules and watch."""

from tests.simulation.judge import Verdict
from tests.simulation.run import simulate


def test_no_episode_ends_an_integration_that_lives_and_no_loss_goes_unseen() -> None:
    verdict: Verdict = simulate([5], communities=25)

    assert verdict.broken == []
    assert (verdict.episodes, verdict.false_deactivations) == (50, 0)
    assert verdict.losses > 5
    assert verdict.deactivations > 0
