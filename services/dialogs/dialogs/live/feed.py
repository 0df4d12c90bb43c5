"""The live feed inside one process: one reader per project, the same bytes to everybody who listens."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import structlog
from prometheus_client import Gauge

from dialogs.live.queries import get_position, list_changes
from shared.database.engine import Database
from shared.http.access import Caller, Guard
from shared.runtime.world import World

log = structlog.get_logger()
open_streams = Gauge("otklik_dialogs_streams", "Live feeds that are open")

PAGE = 500
KEPT_FRAMES = 1_000
KEPT_BYTES = 4 * 1024 * 1024
WAITING_FRAMES_MAX = 1_000
WAITING_BYTES_MAX = 1024 * 1024
WHISPERED_BEHIND_MAX = 100
RETRY_SECONDS = 1.0
PROJECT_DELETED = "project_deleted"


@dataclass(frozen=True, slots=True)
class Frame:
    """A change as it goes over the wire: the line that names its position, and the rest.

    One with the number 0 is no change: it is for those who listen now, and moves no position.
    """

    project_id: UUID
    number: int
    kind: str
    head: bytes
    body: bytes

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return len(self.head) + len(self.body)


def frame_of(project_id: UUID, number: int, kind: str, body: bytes) -> Frame:
    """Wrap a stored change for the wire."""
    head = f"id: {project_id}:{number}\n".encode()
    return Frame(project_id, number, kind, head, b"event: change\ndata: " + body + b"\n\n")


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames that go out together, and their bytes for all who follow that project alone.

    `number` is that of the last change among them, 0 if there is none.
    """

    frames: Sequence[Frame]
    wire: bytes
    number: int
    is_last: bool

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> Self:
        """Join frames, once for everybody."""
        wire = b"".join(part for frame in frames for part in (frame.head, frame.body))
        number = max(frame.number for frame in frames)
        return cls(frames, wire, number, any(frame.kind == PROJECT_DELETED for frame in frames))


def whisper_of(project_id: UUID, body: bytes) -> Batch:
    """Wrap what is no change, for those who listen now."""
    return Batch.of([Frame(project_id, 0, "whisper", b"", body)])


HEARTBEAT = whisper_of(UUID(int=0), b"event: heartbeat\ndata: {}\n\n")


class Subscription:
    """What one client has yet to be sent. `ended` says that nothing more will come.

    A stream that has nothing left to send sets `at_once`, and is handed what comes without being woken:
    to wake a thousand tasks costs more than to write to a thousand clients.
    """

    __slots__ = (
        "_bytes",
        "at_once",
        "caller",
        "ended",
        "frames",
        "overflowed",
        "projects",
        "silent_since",
        "woken",
    )

    def __init__(self, caller: Caller, projects: frozenset[UUID], now: float) -> None:
        self.caller = caller
        self.projects = projects
        self.frames: deque[Frame] = deque()
        self.woken = asyncio.Event()
        self.at_once: Callable[[Batch], None] | None = None
        self.ended = False
        self.overflowed = False
        self.silent_since = now
        self._bytes = 0

    def push(self, batch: Batch) -> None:
        """Hand over or queue frames; a client that does not keep up is told to start again."""
        if self.overflowed or self.ended:
            return
        if self.at_once is not None:
            self.at_once(batch)
            return
        self._bytes += len(batch.wire)
        if len(self.frames) + len(batch.frames) > WAITING_FRAMES_MAX or self._bytes > WAITING_BYTES_MAX:
            self.overflowed = True
            self.frames.clear()
        else:
            self.frames.extend(batch.frames)
        self.woken.set()

    def take(self) -> list[Frame]:
        """Return what is queued, and forget it."""
        frames = list(self.frames)
        self.frames.clear()
        self._bytes = 0
        self.woken.clear()
        return frames

    def end(self) -> None:
        """Say that nothing more will come."""
        self.ended = True
        self.woken.set()


class Room:
    """Those who listen to one project, and the changes of late. Reads every change once."""

    def __init__(self, database: Database, project_id: UUID) -> None:
        self.project_id = project_id
        self.position = -1
        self.listeners: dict[Subscription, int] = {}
        self.opened = asyncio.Event()
        self.woken = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._database = database
        self._recent: deque[Frame] = deque()
        self._recent_bytes = 0

    async def step(self) -> bool:
        """Read what is new and hand it out. Returns whether more is waiting."""
        async with self._database.read() as session:
            if self.position < 0:
                self.position = await get_position(session, self.project_id)
                self.opened.set()
            changes = await list_changes(session, self.project_id, after=self.position, limit=PAGE)
        self._hand_out(changes)
        return len(changes) == PAGE

    def tell(self, changes: Sequence[tuple[int, str, bytes]]) -> None:
        """Hand out what this process has just committed, unless others' changes before it must be read."""
        if 0 <= self.position == changes[0][0] - 1:
            self._hand_out(changes)
        else:
            self.woken.set()

    def _hand_out(self, changes: Sequence[tuple[int, str, bytes]]) -> None:
        # While this process read the table, it may have been told.
        fresh = [frame_of(self.project_id, *change) for change in changes if change[0] > self.position]
        if not fresh:
            return
        self.position = fresh[-1].number
        for frame in fresh:
            self._remember(frame)
        batch = Batch.of(fresh)
        for listener, has in self.listeners.items():
            if has < fresh[0].number:
                listener.push(batch)
            elif has < self.position:
                listener.push(Batch.of([frame for frame in fresh if frame.number > has]))

    def _remember(self, frame: Frame) -> None:
        self._recent.append(frame)
        self._recent_bytes += frame.size
        while len(self._recent) > KEPT_FRAMES or self._recent_bytes > KEPT_BYTES:
            self._recent_bytes -= self._recent.popleft().size

    def since(self, number: int) -> list[Frame] | None:
        """Return the changes after a number, None when they reach further back than what is kept here."""
        if number == self.position:
            return []
        if number > self.position or not self._recent or self._recent[0].number > number + 1:
            return None
        return [frame for frame in self._recent if frame.number > number]


class Feed:
    """The rooms of this process. `wake` makes a project's reader look; so do nudges of other processes."""

    def __init__(
        self, database: Database, guard: Guard, world: World, *, poll_seconds: float, heartbeat_seconds: float
    ) -> None:
        self.database = database
        self.world = world
        self.heartbeat_seconds = heartbeat_seconds
        self._guard = guard
        self._poll_seconds = poll_seconds
        self._rooms: dict[UUID, Room] = {}
        self._subscriptions: set[Subscription] = set()

    def __len__(self) -> int:
        """Count the open streams."""
        return len(self._subscriptions)

    def subscribe(self, caller: Caller, projects: Iterable[UUID]) -> Subscription:
        """Register a client; its changes begin once it has joined each project's room."""
        subscription = Subscription(caller, frozenset(projects), self.world.monotonic())
        self._subscriptions.add(subscription)
        open_streams.set(len(self._subscriptions))
        for project_id in subscription.projects:
            self._room(project_id)
        return subscription

    async def position(self, project_id: UUID) -> int:
        """Return up to where a project's changes were handed out, once that is known."""
        room = self._room(project_id)
        await room.opened.wait()
        return room.position

    def join(self, subscription: Subscription, project_id: UUID, number: int, *, ahead: bool = False) -> bool:
        """Begin to queue the changes after `number`. Returns False if some must be read from the table.

        `ahead` says that the caller has read the table and `number` is its last, whatever the reader has.
        """
        room = self._room(project_id)
        missed = [] if ahead and number >= room.position else room.since(number)
        if missed is None:
            return False
        if missed:
            subscription.push(Batch.of(missed))
        room.listeners[subscription] = number
        return True

    def leave(self, subscription: Subscription) -> None:
        """Forget a client; a room without any goes away."""
        self._subscriptions.discard(subscription)
        open_streams.set(len(self._subscriptions))
        for project_id in subscription.projects:
            if room := self._rooms.get(project_id):
                room.listeners.pop(subscription, None)
                if not any(project_id in other.projects for other in self._subscriptions):
                    self._shut(room)

    def _room(self, project_id: UUID) -> Room:
        room = self._rooms.get(project_id)
        if room is None:
            room = self._rooms[project_id] = Room(self.database, project_id)
            room.task = asyncio.create_task(self._read(room), name=f"feed:{project_id}")
        return room

    def _shut(self, room: Room) -> None:
        del self._rooms[room.project_id]
        if room.task is not None:
            room.task.cancel()

    async def _read(self, room: Room) -> None:
        while True:
            room.woken.clear()
            try:
                if await room.step():
                    continue
                seconds = self._poll_seconds
            except Exception as error:  # noqa: BLE001 - the reader outlives whatever the database does
                log.warning("feed_read_failed", project_id=str(room.project_id), error=repr(error))
                seconds = self.world.jitter(RETRY_SECONDS)
                room.woken.clear()
            try:
                await asyncio.wait_for(room.woken.wait(), seconds)
            except TimeoutError:
                continue

    def is_open(self, project_id: UUID) -> bool:
        """Whether anybody listens to a project here."""
        return project_id in self._rooms

    def whisper(self, project_id: UUID, body: bytes) -> None:
        """Send an event to those who listen to a project now. Whoever is behind with changes misses it."""
        if room := self._rooms.get(project_id):
            batch = whisper_of(project_id, body)
            for listener in room.listeners:
                if len(listener.frames) < WHISPERED_BEHIND_MAX:
                    listener.push(batch)

    def tell(self, project_id: UUID, changes: Sequence[tuple[int, str, bytes]]) -> None:
        """Hand out changes that were committed here. Unknown projects are ignored."""
        if room := self._rooms.get(project_id):
            room.tell(changes)

    def wake(self, project_id: UUID, number: int) -> None:
        """Make a project's reader look now, unless it has that change. Unknown projects are ignored."""
        room = self._rooms.get(project_id)
        if room is not None and room.position < number:
            room.woken.set()

    def heard(self, text: str) -> None:
        """Take a nudge of any process, this one too: `project:number`, parted by commas."""
        for part in text.split(","):
            project, _, number = part.partition(":")
            try:
                self.wake(UUID(project), int(number))
            except ValueError:
                log.info("nudge_not_understood")

    async def tick(self) -> bool:
        """End the streams of callers whose rights have changed; send a heartbeat to those that are silent."""
        now = self.world.monotonic()
        for subscription in list(self._subscriptions):
            if self._guard.is_cut(subscription.caller):
                subscription.end()
            # A stream that is busy is not silent, whatever its client gets to see.
            elif subscription.at_once and now - subscription.silent_since >= self.heartbeat_seconds:
                subscription.push(HEARTBEAT)
        return False

    def end_all(self) -> None:
        """End every stream, because the process is told to end."""
        for subscription in list(self._subscriptions):
            subscription.end()

    async def close(self) -> None:
        """End every stream and every reader."""
        self.end_all()
        tasks = [room.task for room in self._rooms.values() if room.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
