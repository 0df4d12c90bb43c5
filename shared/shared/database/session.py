"""The session that every action and query works with."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from shared.runtime.world import World

T = TypeVar("T")


class Session(AsyncSession):
    """One transaction, with the time it happens at, a source of ids, and who acts (nobody in consumers)."""

    actor_id: UUID | None = None

    def __init__(self, *args: Any, world: World, **options: Any) -> None:
        super().__init__(*args, **options)
        self.world = world
        self._callbacks: list[Callable[[], None]] = []
        self._last_steps: list[Callable[[], Awaitable[None]]] = []
        self._kept: list[object] = []
        self._raw: Connection | None = None

    @cached_property
    def now(self) -> datetime:
        """The time of this transaction, the same at every look, in UTC."""
        return self.world.now()

    @property
    def is_postgresql(self) -> bool:
        """Whether PostgreSQL (else SQLite) is behind this session."""
        return self.get_bind().dialect.name == "postgresql"

    def new_id(self) -> UUID:
        """Make a new UUIDv7."""
        return self.world.new_id()

    async def raw_connection(self) -> Connection:
        """Return the connection of this transaction, for statements past the session."""
        if self._raw is None:
            self._raw = (await self.connection()).sync_connection
            assert self._raw is not None
        return self._raw

    def held(self, kind: type[T], key: object) -> T | None:
        """Return a row that is held already, by its key; None if it would have to be read."""
        # As `identity_key` makes it, which takes ten times as long.
        found: T | None = self.identity_map.get((kind, (key,), None))
        return found

    def keep(self, rows: Iterable[object]) -> None:
        """Hold rows that later steps of this transaction will want: what nobody holds is read again."""
        self._kept.extend(rows)

    def before_commit(self, step: Callable[[], Awaitable[None]]) -> None:
        """Run `step` as the last thing in the transaction, e.g. to take a lock for as short as can be."""
        self._last_steps.append(step)

    async def committing(self) -> None:
        """Run the last steps; called by `Database` before its commit."""
        for step in self._last_steps:
            await step()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the transaction is committed. For wake-ups only: a crash loses it."""
        if callback not in self._callbacks:
            self._callbacks.append(callback)

    def committed(self) -> None:
        """Run the callbacks; called by `Database` after its commit."""
        for callback in self._callbacks:
            callback()
