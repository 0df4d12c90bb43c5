"""The bus port, and the bus inside one process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.events.subscriptions import readers_of
from shared.runtime.loops import TryLater


@dataclass(frozen=True)
class Letter:
    """An event's envelope as bytes, addressed by its type."""

    event_id: UUID
    type: str
    body: bytes


class BusUnavailable(TryLater):
    """The bus took nothing, or did not say that it did. Publish the same letters again later."""


Deliver = Callable[[Sequence[Letter]], Awaitable[None]]
Bury = Callable[[Letter], Awaitable[None]]
Hear = Callable[[str], None]


class Bus(Protocol):
    """Carries letters to every service that listens to their type, at least once, in any order.

    What `publish` has not done after `publish_seconds_max` is given up, and published again.
    """

    publish_seconds_max: float

    async def subscribe(self, reader: str, deliver: Deliver, bury: Bury) -> None:
        """Hand `reader` its letters. What `deliver` returns from without raising is acknowledged.

        `bury` gets a letter that the bus itself gives up on.
        """
        ...

    def hear(self, topic: str, heard: Hear) -> None:
        """Call `heard` with the text of each nudge on a topic. Nudges may be lost."""
        ...

    async def open(self) -> None:
        """Begin to deliver; call it after every `subscribe` and `hear`."""
        ...

    async def close(self) -> None:
        """Stop delivering; letters under way come again after the next start."""
        ...

    async def publish(self, letters: Sequence[Letter]) -> set[UUID]:
        """Publish a batch. Returns the ids that are safe now; the others must be published again."""
        ...

    async def nudge(self, topic: str, text: str) -> None:
        """Tell every process at once something it could also find out by looking. May be lost."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether letters can be published and delivered at this moment."""
        ...


class InProcessBus:
    """The bus of the embedded shape. It has no queue: the outbox is the queue.

    `publish` returns an id only after every reader's transaction has committed, so a crash at any
    moment leaves the letter in the outbox, and the readers' inboxes recognise the repeat.
    """

    # Publishing includes the readers' work; giving up early would only have it done all over again.
    publish_seconds_max = 60.0

    def __init__(self) -> None:
        self._readers: dict[str, Deliver] = {}
        self._hearers: dict[str, list[Hear]] = {}
        self._open = False

    async def subscribe(self, reader: str, deliver: Deliver, bury: Bury) -> None:
        """Register a reader; what it listens to is in `shared.events.subscriptions`."""
        self._readers[reader] = deliver

    def hear(self, topic: str, heard: Hear) -> None:
        """Register a listener for nudges."""
        self._hearers.setdefault(topic, []).append(heard)

    async def open(self) -> None:
        """Begin to accept letters."""
        self._open = True

    async def close(self) -> None:
        """Accept no more letters."""
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether `open` was called."""
        return self._open

    async def publish(self, letters: Sequence[Letter]) -> set[UUID]:
        """Deliver to all readers at once and return what every one of them has committed."""
        if not self._open:
            raise BusUnavailable("the bus is closed")
        waiting: dict[str, list[Letter]] = {}
        for letter in letters:
            for reader in readers_of(letter.type):
                if reader in self._readers:
                    waiting.setdefault(reader, []).append(letter)
        outcomes = await asyncio.gather(
            *(self._readers[reader](batch) for reader, batch in waiting.items()), return_exceptions=True
        )
        failed: set[UUID] = set()
        for batch, outcome in zip(waiting.values(), outcomes, strict=True):
            if isinstance(outcome, asyncio.CancelledError):
                raise outcome
            if isinstance(outcome, BaseException):
                failed.update(letter.event_id for letter in batch)
        return {letter.event_id for letter in letters} - failed

    async def nudge(self, topic: str, text: str) -> None:
        """Call the topic's listeners."""
        for heard in self._hearers.get(topic, ()):
            heard(text)
