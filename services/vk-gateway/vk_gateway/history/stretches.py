"""Stretches of message numbers. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Stretch:
    """Numbers from `first` to `last`, both included."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


def between(first: int, last: int, taken: Collection[int]) -> list[Stretch]:
    """Return what is left of the numbers from `first` to `last` without `taken`, lowest first."""
    left = []
    for number in sorted({number for number in taken if first <= number <= last}):
        if number > first:
            left.append(Stretch(first, number - 1))
        first = number + 1
    if first <= last:
        left.append(Stretch(first, last))
    return left


def runs(numbers: Iterable[int]) -> Iterator[Stretch]:
    """Join numbers that follow each other, lowest first."""
    first = last = None
    for number in sorted(set(numbers)):
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield Stretch(first, last)
            first = last = number
    if first is not None and last is not None:
        yield Stretch(first, last)
