"""A gateway as the registry hears it: probes as agreed, in simulated time; the truth answers for VK."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.channel import AccountChecked, FailureKind
from tests.simulation.truth import Life

HEALTHY_SECONDS = (40.0, 50.0)
CONFIRMING_SECONDS = (2.0, 5.0)
FAILING_SECONDS = 30.0
SILENT_SECONDS_MAX = 60.0
TOLD_SECONDS = 300.0


@dataclass
class Prober:
    """Probes one community: tells a trouble after a second look, each failure, good news now and then."""

    life: Life
    project_id: UUID
    integration_id: UUID
    epoch: int
    chance: random.Random
    clock: Callable[[float], datetime]
    told: tuple[str | None, tuple[str, ...]] | None = None
    told_at: float = float("-inf")
    pause: float = FAILING_SECONDS
    doubted: bool = False

    def probe(self, moment: float, request_id: UUID | None = None) -> tuple[AccountChecked | None, float]:
        """Ask VK. Returns what is to be told, if anything, and when to ask next."""
        found, warnings = self.life.problem_at(moment), self.life.warnings_at(moment)
        problem, kind = found or (None, None)
        news = (problem, warnings)
        is_new = problem is not None and self.told is not None and self.told[0] is None
        if is_new and not self.doubted and request_id is None:
            self.doubted = True
            return None, moment + self.chance.uniform(*CONFIRMING_SECONDS)
        self.doubted = False
        due = news != self.told or problem is not None or moment - self.told_at > TOLD_SECONDS - 50
        event = None
        if due or request_id is not None:
            self.told, self.told_at = news, moment
            event = self._event(moment, problem, kind, warnings, request_id)
        return event, moment + self._wait(kind)

    def _wait(self, kind: FailureKind | None) -> float:
        if kind is None:
            self.pause = FAILING_SECONDS
            return self.chance.uniform(*HEALTHY_SECONDS)
        if kind is FailureKind.TRANSIENT:
            self.pause = min(SILENT_SECONDS_MAX, self.pause * 1.3)
            return self.pause
        self.pause = FAILING_SECONDS
        return self.chance.uniform(0.9, 1.1) * FAILING_SECONDS

    def _event(
        self,
        moment: float,
        problem: str | None,
        kind: FailureKind | None,
        warnings: tuple[str, ...],
        request_id: UUID | None,
    ) -> AccountChecked:
        return AccountChecked(
            project_id=self.project_id,
            integration_id=self.integration_id,
            epoch=self.epoch,
            problem=problem,
            checked_at=self.clock(moment),
            kind=kind,
            is_probe=problem is not None,
            warnings=warnings,
            request_id=request_id,
        )
