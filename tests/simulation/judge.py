"""Compares what was told with what really happened. Whatever does not fit is a broken promise, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from integrations.health.rules import Limits
from shared.events.channel import FailureKind
from tests.simulation.gateway import SILENT_SECONDS_MAX
from tests.simulation.play import Played, Story
from tests.simulation.registry import Announced
from tests.simulation.truth import CODES, Faults, Trouble

SEEN_SECONDS_MAX = 60.0
# From VK's answer to our announcement: letters under way, a tick.
UNDER_WAY_SECONDS = 10.0
LEVELS = {"connecting": 0, "active": 0, "attention": 1, "deactivated": 4}
BROKEN = {FailureKind.ACCOUNT, FailureKind.SETTING}
LIMITS = Limits()


@dataclass
class Verdict:
    """What came of some worlds."""

    episodes: int = 0
    deactivations: int = 0
    false_deactivations: int = 0
    losses: int = 0
    seen_seconds_max: float = 0.0
    changes: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, played: Played) -> None:
        """Judge one world."""
        for story in played.stories:
            self.episodes += len(story.life.troubles)
            self.changes += len(story.told) - 1
            for complaint in self._complaints(story, played.faults):
                self.broken.append(f"seed {played.seed}, community {story.life.number}: {complaint}")

    def include(self, other: "Verdict") -> None:
        """Add up with the verdict on other worlds."""
        self.episodes += other.episodes
        self.deactivations += other.deactivations
        self.false_deactivations += other.false_deactivations
        self.losses += other.losses
        self.seen_seconds_max = max(self.seen_seconds_max, other.seen_seconds_max)
        self.changes += other.changes
        self.broken += other.broken

    def _complaints(self, story: Story, faults: Faults) -> Iterator[str]:
        yield from self._deactivations(story, faults)
        yield from self._losses(story, faults)
        yield from _alarms(story, faults)
        yield from _flapping(story, faults)
        yield from _missed(story, faults)
        yield from _ending(story, faults)

    def _deactivations(self, story: Story, faults: Faults) -> Iterator[str]:
        for news in story.told:
            if news.state == "deactivated":
                self.deactivations += 1
                if not _lost_for_good(story, faults, news.moment):
                    self.false_deactivations += 1
                    yield f"deactivated at {news.moment:.0f} s without need"

    def _losses(self, story: Story, faults: Faults) -> Iterator[str]:
        for trouble in story.life.troubles:
            start = trouble.start
            hidden = any(silence.meets(start, start + SEEN_SECONDS_MAX) for silence in trouble.silences)
            if trouble.kind not in BROKEN or trouble.seconds < SEEN_SECONDS_MAX or hidden:
                continue
            if faults.near(start - 400, start + SEEN_SECONDS_MAX):
                continue
            self.losses += 1
            before = _state_at(story, start)
            news = _first(story, start, "unavailable")
            if before in {"unavailable", "deactivated"}:
                continue
            if news is None or news.moment - start > SEEN_SECONDS_MAX:
                yield f"{trouble.code} at {start:.0f} s was not told within a minute"
            else:
                self.seen_seconds_max = max(self.seen_seconds_max, news.moment - start)


def _alarms(story: Story, faults: Faults) -> Iterator[str]:
    """Nothing is unavailable without a loss, or three minutes of silence."""
    for before, news in pairwise(story.told):
        if news.state != "unavailable" or before.state == "unavailable":
            continue
        if not any(_could_tell(trouble, faults, news.moment) for trouble in story.life.troubles):
            yield f"unavailable at {news.moment:.0f} s without need"


def _could_tell(trouble: Trouble, faults: Faults, moment: float) -> bool:
    lasted = min(moment, trouble.end) - trouble.start
    enough = 0.0 if trouble.kind in BROKEN else LIMITS.transient_seconds
    # What was held back is told by what the last check found, until the next one.
    return lasted >= enough and _is_fresh(trouble, faults, moment - SILENT_SECONDS_MAX)


def _is_fresh(trouble: Trouble, faults: Faults, moment: float) -> bool:
    """Whether news at a moment may be of a trouble: it is not over, or its letters had to wait."""
    return moment <= trouble.end + UNDER_WAY_SECONDS or faults.near(trouble.end - 60, moment)


def _lost_for_good(story: Story, faults: Faults, moment: float) -> bool:
    for trouble in story.life.troubles:
        lasted = min(moment, trouble.end) - trouble.start
        if (
            trouble.kind is FailureKind.ACCOUNT
            and lasted >= LIMITS.account_seconds
            and _is_fresh(trouble, faults, moment)
        ):
            return True
    well_at = max((good for good in story.good_checks if good <= moment), default=0.0)
    return story.life.bad_seconds(well_at, moment) >= LIMITS.critical_seconds


def _flapping(story: Story, faults: Faults) -> Iterator[str]:
    """What changes by itself changes once in five minutes for each side."""
    turned: dict[str, float] = {}
    for before, news in pairwise(story.told):
        level, earlier = _level(news), _level(before)
        if level == earlier == 0:
            continue
        acted = any(news.moment - LIMITS.hold_seconds - 5 < act <= news.moment for act in story.acts)
        excused = acted or faults.near(news.moment - LIMITS.hold_seconds, news.moment)
        side = "better" if level < earlier else "worse"
        against = ("worse", "better") if side == "better" else ("worse",)
        is_urgent = level == 3 and earlier < 3
        for other in against:
            passed = news.moment - turned.get(other, float("-inf"))
            if passed < LIMITS.hold_seconds - 1 and not is_urgent and not excused:
                yield f"{news.state} at {news.moment:.0f} s, {passed:.0f} s after another change"
        turned[side] = news.moment


def _missed(story: Story, faults: Faults) -> Iterator[str]:
    """Who has lost the account for well over ten minutes is deactivated."""
    for trouble in story.life.troubles:
        due = trouble.start + LIMITS.account_seconds + 150
        if trouble.kind is not FailureKind.ACCOUNT or trouble.end < due or trouble.silences:
            continue
        acted = any(trouble.start <= act <= due for act in story.acts)
        if acted or faults.near(trouble.start - 60, due):
            continue
        if _state_at(story, due) != "deactivated":
            yield f"{trouble.code} from {trouble.start:.0f} s was not deactivated by {due:.0f} s"


def _ending(story: Story, faults: Faults) -> Iterator[str]:
    """All ends well, or deactivated; what was told last is what the registry shows, each number once."""
    versions = [news.version for news in story.told]
    if versions != list(range(1, len(versions) + 1)):
        yield f"versions are {versions}"
    last = story.told[-1]
    if story.standing != (last.state, last.reason, last.version):
        yield f"told {last.state} but is {story.standing}"
    over = story.life.troubles[-1].end
    if last.state in {"unavailable", "connecting"} and not faults.near(over - 60, story.life.ends_at):
        yield f"{last.state} long after everything is well"


def _level(news: Announced) -> int:
    if news.state == "unavailable":
        return 2 if news.reason in CODES[FailureKind.TRANSIENT] else 3
    return LEVELS[news.state]


def _state_at(story: Story, moment: float) -> str:
    return next((news.state for news in reversed(story.told) if news.moment <= moment), "connecting")


def _first(story: Story, moment: float, state: str) -> Announced | None:
    return next((news for news in story.told if news.moment > moment and news.state == state), None)
