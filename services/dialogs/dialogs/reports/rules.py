"""Pure decisions of reports: which moments a period has, of which day and hour they are, percentiles."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from math import gcd
from typing import Any
from zoneinfo import ZoneInfo

DAYS_MAX = 366
HOUR_SECONDS = 3600
MEDIAN, P90 = 50, 90


@dataclass(frozen=True)
class Period:
    """Whole days of a time zone, `first` and `last` among them."""

    first: date
    last: date
    zone: ZoneInfo

    @cached_property
    def start(self) -> datetime:
        """When the first day begins, in UTC."""
        return self._midnight(self.first)

    @cached_property
    def end(self) -> datetime:
        """When the day after the last one begins, in UTC."""
        return self._midnight(self.last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def days(self) -> Iterator[date]:
        """Return the days in order."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    @cached_property
    def slot_seconds(self) -> int:
        """The longest piece of time, from 1970 on, that is never of two hours of the zone in this period."""
        offsets = {moment.astimezone(self.zone).utcoffset() or timedelta() for moment in self._hours()}
        return gcd(HOUR_SECONDS, *(round(offset.total_seconds()) for offset in offsets))

    def _hours(self) -> Iterator[datetime]:
        moment = self.start
        while moment < self.end:
            yield moment
            moment += timedelta(hours=1)

    def place(self, slot: int) -> tuple[date, int]:
        """Return the day and the hour of a slot."""
        local = datetime.fromtimestamp(slot * self.slot_seconds, self.zone)
        return local.date(), local.hour


def rank(percent: int, count: Any) -> Any:
    """Return which value, counted from 1 in their order, is this percentile of so many (nearest rank).

    `count` is a number, or a column of the database that holds one.
    """
    return (percent * count + 99) // 100
