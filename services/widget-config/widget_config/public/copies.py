"""Copies of public configs in the memory of this process, and how one of them is answered.

A copy is exact for `copy_seconds`, and taken down at once when this process, or another one that tells so
over the bus, changes the widget. While one request fetches a newer copy the others get the old one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from shared.messaging.bus import Bus
from shared.runtime.world import World
from widget_config.widgets.rules import is_allowed

TOPIC = "widget-config.copies"
COPIES_MAX = 20_000
KEY_CHARACTERS_MAX = 64
RENEWAL_SECONDS = 1.0
STALE_SECONDS_MAX = 60.0
CONFIG_SECONDS = 60
NOT_FOUND = (
    b'{"type":"about:blank","status":404,"code":"widget_not_found","title":"There is no such widget."}'
)
Headers = list[tuple[bytes, bytes]]
FIXED: Headers = [
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
FOR_EVERYBODY = (b"access-control-allow-origin", b"*")
# One's own origin decides, and what says no is kept nowhere: no cache can give it to somebody else.
REFUSED: Headers = [
    *FIXED,
    FOR_EVERYBODY,
    (b"cache-control", b"no-store"),
    (b"vary", b"Origin"),
    (b"content-type", b"application/problem+json"),
    (b"content-length", str(len(NOT_FOUND)).encode()),
]


@dataclass
class Answer:
    """An HTTP answer; a HEAD gets it without its body."""

    status: int
    headers: Headers
    body: bytes


MISSING = Answer(404, REFUSED, NOT_FOUND)


def cacheable(body: bytes, kind: bytes, cache_control: bytes) -> tuple[bytes, Answer, Answer]:
    """Return an entity's tag, its answer, and the answer to who has it already."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'.encode()
    headers = [*FIXED, (b"cache-control", cache_control), (b"etag", tag)]
    entity = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    return tag, Answer(200, [*headers, *entity], body), Answer(304, headers, b"")


@dataclass
class Copy:
    """The public config of a widget, or that there is none (`body` is empty)."""

    body: bytes
    sites: Sequence[str] = ()
    made_at: float = 0.0
    exact_until: float = 0.0
    tag: bytes = field(init=False)
    full: Answer = field(init=False)
    same: Answer = field(init=False)

    def __post_init__(self) -> None:
        seconds = f"max-age={CONFIG_SECONDS}".encode()
        control = (b"private, " if self.sites else b"public, ") + seconds
        self.tag, self.full, self.same = cacheable(self.body, b"application/json", control)
        if not self.sites:
            self.full.headers.append(FOR_EVERYBODY)
            self.same.headers.append(FOR_EVERYBODY)

    def opens_to(self, origin: bytes | None) -> bool:
        """Whether there is a widget, and pages of this origin may carry it. Without one it is no page."""
        return bool(self.body) and (origin is None or is_allowed(origin.decode("latin-1"), self.sites))

    def answer(self, origin: bytes | None, known_tags: bytes | None) -> Answer:
        """Return what a page of `origin` gets, or the same refusal as for an unknown key."""
        if not self.opens_to(origin):
            return MISSING
        answer = self.same if known_tags is not None and has_tag(known_tags, self.tag) else self.full
        if not self.sites:
            return answer
        own = [(b"vary", b"Origin")]
        if origin is not None:
            own.append((b"access-control-allow-origin", origin))
        return Answer(answer.status, answer.headers + own, answer.body)


def has_tag(known_tags: bytes, tag: bytes) -> bool:
    """Whether an `If-None-Match` names a tag."""
    if known_tags == tag:
        return True
    tags = {text.strip().removeprefix(b"W/") for text in known_tags.split(b",")}
    return tag in tags or b"*" in tags


class Copies:
    """The copies of one process, the least used forgotten first."""

    def __init__(self, world: World, exact_seconds: float) -> None:
        self._world = world
        self._exact_seconds = exact_seconds
        self._copies: OrderedDict[str, Copy] = OrderedDict()
        self.turn = 0

    def find(self, public_key: str) -> Copy | None:
        """Return a copy to serve. None asks the caller to fetch one."""
        copy = self._copies.get(public_key)
        if copy is None:
            return None
        now = self._world.monotonic()
        if now >= copy.exact_until:
            if now >= copy.made_at + STALE_SECONDS_MAX:
                del self._copies[public_key]
            copy.exact_until = now + RENEWAL_SECONDS
            return None
        self._copies.move_to_end(public_key)
        return copy

    def keep(self, public_key: str, copy: Copy, turn: int) -> None:
        """Keep what was fetched, unless something was taken down since `turn`, before the fetching."""
        if turn != self.turn or len(public_key) > KEY_CHARACTERS_MAX:
            return
        copy.made_at = self._world.monotonic()
        copy.exact_until = copy.made_at + self._exact_seconds
        self._copies[public_key] = copy
        if len(self._copies) > COPIES_MAX:
            self._copies.popitem(last=False)

    def take_down(self, public_keys: Sequence[str]) -> None:
        """Serve these copies no more."""
        self.turn += 1
        for key in public_keys:
            self._copies.pop(key, None)


class Takedowns:
    """Takes copies down in this process at once, and in the others by the bus."""

    def __init__(self, copies: Copies, bus: Bus) -> None:
        self._copies = copies
        self._bus = bus
        self._waiting: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        bus.hear(TOPIC, self._heard)

    def take_down(self, public_keys: Sequence[str]) -> None:
        """Take down what has just been changed."""
        self._copies.take_down(public_keys)
        self._waiting.update(public_keys)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell(), name="takedowns")

    def _heard(self, text: str) -> None:
        self._copies.take_down(text.split(","))

    async def _tell(self) -> None:
        while self._waiting:
            keys, self._waiting = self._waiting, set()
            try:
                await self._bus.nudge(TOPIC, ",".join(sorted(keys)))
            except Exception:  # noqa: BLE001 - a nudge may be lost: a copy is exact for seconds only
                return

    async def close(self) -> None:
        """Drop what is waiting."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
