"""What really happens to communities: drawn at random, known to nobody but the judge."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.events.channel import FailureKind

MINUTE, HOUR = 60.0, 3600.0
COMMUNITIES = 100
TROUBLES = 2
EPISODES = COMMUNITIES * TROUBLES
# Between two troubles of a community lies more than what may pass unwatched.
CALM_SECONDS = (200.0, 20 * MINUTE)
CODES = {
    FailureKind.TRANSIENT: ("vk_unavailable",),
    FailureKind.ACCOUNT: ("key_revoked", "rights_missing", "community_is_gone", "community_banned"),
    FailureKind.SETTING: ("messages_disabled", "captcha_needed"),
}
WARNINGS = ("callback_failed", "callback_silent", "rights_missing:photos", "connector_lost_admin")


@dataclass(frozen=True)
class Span:
    """A time from `start` to before `end`, in seconds of the simulation."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def holds(self, moment: float) -> bool:
        return self.start <= moment < self.end

    def meets(self, start: float, end: float) -> bool:
        return self.start < end and start < self.end


@dataclass(frozen=True)
class Trouble(Span):
    """An episode: VK refuses us for one reason, and at times does not answer at all meanwhile."""

    kind: FailureKind
    code: str
    silences: tuple[Span, ...] = ()


@dataclass
class Life:
    """What befalls one community."""

    number: int
    troubles: list[Trouble]
    warnings: list[tuple[Span, str]]
    ends_at: float

    def problem_at(self, moment: float) -> tuple[str, FailureKind] | None:
        """What a call to VK meets at that moment."""
        for trouble in self.troubles:
            if trouble.holds(moment):
                if any(silence.holds(moment) for silence in trouble.silences):
                    return "vk_unavailable", FailureKind.TRANSIENT
                return trouble.code, trouble.kind
        return None

    def warnings_at(self, moment: float) -> tuple[str, ...]:
        return tuple(code for span, code in self.warnings if span.holds(moment))

    def bad_seconds(self, start: float, end: float) -> float:
        """How long it was really in trouble between two moments."""
        return sum(max(0.0, min(end, one.end) - max(start, one.start)) for one in self.troubles)


@dataclass
class Faults:
    """What goes wrong on our own side: nothing of it may be taken for a loss."""

    gateway_down: list[Span] = field(default_factory=list)
    registry_down: list[Span] = field(default_factory=list)
    # Clocks are wrong by so much during a span: the gateway's, the registry's.
    gateway_clock: list[tuple[Span, float]] = field(default_factory=list)
    registry_clock: list[tuple[Span, float]] = field(default_factory=list)

    def near(self, start: float, end: float) -> bool:
        """Whether anything of it could have touched what happened between two moments."""
        spans = [*self.gateway_down, *self.registry_down]
        spans += [span for span, _ in (*self.gateway_clock, *self.registry_clock)]
        return any(span.meets(start, end) for span in spans)


def skew(clock: Sequence[tuple[Span, float]], moment: float) -> float:
    """How wrong a clock is at a moment."""
    return sum(by for span, by in clock if span.holds(moment))


def draw_life(chance: random.Random, number: int, *, is_long: bool) -> Life:
    """Draw the troubles of one community; a long life has one that outlasts the critical time, or nearly."""
    moment, troubles = chance.uniform(MINUTE, 15 * MINUTE), []
    for turn in range(TROUBLES):
        trouble = _trouble(chance, moment, is_long=is_long and turn == 0)
        troubles.append(trouble)
        moment = trouble.end + chance.uniform(*CALM_SECONDS)
    warnings = []
    if chance.random() < 0.3:
        begins = chance.uniform(0, moment)
        span = Span(begins, begins + chance.choice([20.0, 2 * MINUTE, 15 * MINUTE]))
        warnings.append((span, chance.choice(WARNINGS)))
    return Life(number, troubles, warnings, ends_at=moment + 25 * MINUTE)


def _trouble(chance: random.Random, start: float, *, is_long: bool) -> Trouble:
    kind = chance.choices(list(FailureKind), weights=[5, 4, 2])[0]
    longest = chance.choice([MINUTE, 4 * MINUTE, 9.9 * MINUTE, 15 * MINUTE, 40 * MINUTE])
    seconds = chance.uniform(3.0, longest)
    if is_long:
        kind = chance.choice([FailureKind.TRANSIENT, FailureKind.SETTING])
        seconds = chance.uniform(20 * HOUR, 28 * HOUR)
    silences: list[Span] = []
    if kind is not FailureKind.TRANSIENT and seconds > 2 * MINUTE and chance.random() < 0.3:
        begins = chance.uniform(start, start + seconds * 0.8)
        silences.append(Span(begins, begins + chance.uniform(MINUTE / 2, seconds / 2)))
    return Trouble(start, start + seconds, kind, chance.choice(CODES[kind]), tuple(silences))


def draw_faults(chance: random.Random, seconds: float) -> Faults:
    """Draw what goes wrong with our own processes and clocks; in a third of the worlds nothing does."""
    faults = Faults()
    if chance.random() < 1 / 3:
        return faults
    for down in (faults.gateway_down, faults.registry_down):
        if chance.random() < 0.5:
            begins = chance.uniform(0, seconds)
            down.append(Span(begins, begins + chance.choice([20.0, 2 * MINUTE, 10 * MINUTE, HOUR])))
    jump = chance.choice([-1, 1]) * chance.choice([HOUR, 24 * HOUR, 3650 * 24 * HOUR])
    begins = chance.uniform(0, seconds)
    wrong = (Span(begins, begins + chance.choice([MINUTE, 10 * MINUTE, HOUR])), jump)
    # On one machine both clocks are one.
    match chance.randrange(4):
        case 0:
            faults.gateway_clock.append(wrong)
        case 1:
            faults.registry_clock.append(wrong)
        case 2:
            faults.gateway_clock.append(wrong)
            faults.registry_clock.append(wrong)
    return faults
