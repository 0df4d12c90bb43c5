"""What a benchmark says: a value, its ratio to a baseline taken in the same run, the spread and the goal."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the result. `goal` is compared with `ratio` if there is one, else with `value`."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    ratio: float | None = None
    spread: float | None = None
    at_most: bool = False

    @property
    def ok(self) -> bool:
        """Whether the goal is reached; a figure without one is always fine."""
        if self.goal is None:
            return True
        measured = self.value if self.ratio is None else self.ratio
        return measured <= self.goal if self.at_most else measured >= self.goal

    def as_json(self) -> str:
        """Render as one JSON object."""
        fields = {"name": self.name, "value": self.value, "unit": self.unit, "ratio": self.ratio}
        fields |= {"spread": self.spread, "goal": self.goal, "ok": self.ok}
        return json.dumps({name: value for name, value in fields.items() if value is not None})

    def as_text(self) -> str:
        """Render for people."""
        ratio = "" if self.ratio is None else f"  ratio {self.ratio:.2f}"
        spread = "" if self.spread is None else f"  ± {self.spread:.2f}"
        sign = "≤" if self.at_most else "≥"
        goal = (
            "" if self.goal is None else f"  goal {sign} {self.goal:g}: {'reached' if self.ok else 'MISSED'}"
        )
        return f"{self.name:32} {self.value:12.1f} {self.unit:6}{ratio}{spread}{goal}"


def compared(
    name: str, unit: str, ours: Sequence[float], baseline: Sequence[float], goal: float | None
) -> Figure:
    """Make a figure of interleaved rounds: median of the rounds' ratios, and half their range as spread."""
    ratios = [mine / theirs for mine, theirs in zip(ours, baseline, strict=True)]
    return Figure(
        name,
        round(statistics.median(ours), 1),
        unit,
        goal,
        ratio=round(statistics.median(ratios), 3),
        spread=round((max(ratios) - min(ratios)) / 2, 3),
    )
