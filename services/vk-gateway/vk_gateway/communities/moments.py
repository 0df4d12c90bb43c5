"""Times in a query that is built once: what they are is known when it runs."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam

from shared.database.columns import UtcDateTime


class Moment:
    """The time at which a query runs, and times a fixed while after it."""

    def __init__(self) -> None:
        self._names: dict[timedelta, str] = {}

    @property
    def now(self) -> BindParameter[datetime]:
        """Stand for the time itself."""
        return self.after(timedelta())

    def after(self, delay: timedelta) -> BindParameter[datetime]:
        """Stand for a time so much later."""
        name = self._names.setdefault(delay, f"moment_{len(self._names)}")
        return bindparam(name, type_=UtcDateTime())

    def given(self, at: datetime) -> Mapping[str, datetime]:
        """Return the query's parameters for a time."""
        return {name: at + delay for delay, name in self._names.items()}
