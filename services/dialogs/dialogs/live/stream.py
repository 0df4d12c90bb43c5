"""One client's stream of server-sent events: plain ASGI, no database session while it waits."""

import asyncio
from collections.abc import Mapping
from functools import partial
from uuid import UUID

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dialogs.errors import InvalidPosition
from dialogs.live.feed import PAGE, Batch, Feed, Frame, Subscription, frame_of
from dialogs.live.outlet import Outlet
from dialogs.live.queries import get_position, list_changes
from shared.http.access import Caller

BEGUN = "dialogs.live.begun"
RETRY_MILLISECONDS = 2_000
NUMBER_DIGITS_MAX = 15
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class Streams:
    """In front of the API: goes on with a live stream when the API is done with the request.

    Otherwise each open stream would hold the frames of router, dependencies and middleware, and with them
    a third more memory.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        begun: list[LiveStream] = []
        scope[BEGUN] = begun
        await self._app(scope, receive, send)
        while begun:
            await begun.pop().run(receive, send)


class ResetNeeded(Exception):
    """The client must take a new snapshot; the text is a code of why."""


def parse_positions(text: str, projects: frozenset[UUID]) -> dict[UUID, int]:
    """Read `project:number,project:number`, or a bare number for a single project. Raises InvalidPosition."""
    if len(projects) == 1 and _is_number(text):
        return {next(iter(projects)): int(text)}
    found = {}
    for part in text.split(","):
        project, _, number = part.strip().partition(":")
        try:
            project_id = UUID(project)
        except ValueError:
            raise InvalidPosition from None
        if not _is_number(number):
            raise InvalidPosition
        if project_id in projects:
            found[project_id] = int(number)
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX


class LiveStream(Response):
    """Sends a client what has changed after its positions, then everything as it happens."""

    def __init__(
        self, feed: Feed, caller: Caller, projects: frozenset[UUID], positions: Mapping[UUID, int]
    ) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self.init_headers(HEADERS)
        del self.headers["content-length"]
        self._feed = feed
        self._caller = caller
        self._projects = projects
        self._positions = dict(positions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin the answer, and leave the rest to `Streams` in front of the API, if it is there."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        begun: list[LiveStream] | None = scope.get(BEGUN)
        if begun is None:
            await self.run(receive, send)
        else:
            begun.append(self)

    async def run(self, receive: Receive, send: Send) -> None:
        """Send until the client leaves, falls behind, or may not listen any more."""
        outlet = Outlet(send)
        subscription = self._feed.subscribe(self._caller, self._projects)
        gone = asyncio.create_task(_disconnected(receive, subscription))
        try:
            try:
                await self._begin(subscription, outlet)
                await self._follow(subscription, outlet)
            except ResetNeeded as reason:
                await self._reset(str(reason), outlet)
            await outlet.end()
        except TimeoutError:
            # The client has not read for long; leaving the answer unfinished makes the server hang up.
            return
        finally:
            gone.cancel()
            subscription.at_once = None
            self._feed.leave(subscription)

    async def _begin(self, subscription: Subscription, outlet: Outlet) -> None:
        """Tell where the stream begins, then send what was missed, project by project."""
        for project_id in self._projects:
            now = await self._feed.position(project_id)
            self._positions.setdefault(project_id, now)
        retry = round(self._feed.world.jitter(RETRY_MILLISECONDS))
        await outlet.push(f"retry: {retry}\nid: {self._id()}\n\n".encode())
        for project_id in sorted(self._projects):
            while not self._feed.join(subscription, project_id, self._positions[project_id]):
                if await self._catch_up(subscription, project_id, outlet):
                    break

    async def _catch_up(self, subscription: Subscription, project_id: UUID, outlet: Outlet) -> bool:
        """Send a page of changes from the table, or join if there are none. Raises ResetNeeded."""
        after = self._positions[project_id]
        async with self._feed.database.read() as session:
            last = await get_position(session, project_id)
            changes = await list_changes(session, project_id, after=after, limit=PAGE)
        if after > last:
            raise ResetNeeded("unknown_position")
        if after == last:
            return self._feed.join(subscription, project_id, after, ahead=True)
        if not changes or changes[0][0] != after + 1:
            raise ResetNeeded("position_too_old")
        await outlet.push(self._wire(Batch.of([frame_of(project_id, *change) for change in changes])))
        return subscription.ended

    async def _follow(self, subscription: Subscription, outlet: Outlet) -> None:
        at_once = partial(self._pass_on, subscription, outlet)
        while True:
            subscription.at_once = at_once
            await subscription.woken.wait()
            subscription.at_once = None
            await outlet.drained()
            frames = subscription.take()
            if subscription.ended:
                return
            if subscription.overflowed:
                raise ResetNeeded("too_slow")
            if frames:
                self._pass_on(subscription, outlet, Batch.of(frames))

    def _pass_on(self, subscription: Subscription, outlet: Outlet, batch: Batch) -> None:
        """Write to the client now; if it does not take all of it, the rest and what comes next must wait."""
        subscription.silent_since = self._feed.world.monotonic()
        if not outlet.write(self._wire(batch)):
            subscription.at_once = None
            subscription.woken.set()
        if batch.is_last:
            subscription.end()

    async def _reset(self, reason: str, outlet: Outlet) -> None:
        """Tell the client to take a new snapshot; its next attempt begins where the feed is now."""
        for project_id in self._projects:
            self._positions[project_id] = await self._feed.position(project_id)
        text = f'id: {self._id()}\nevent: reset\ndata: {{"reason":"{reason}"}}\n\n'
        await outlet.push(text.encode())

    def _wire(self, batch: Batch) -> bytes:
        if len(self._projects) == 1:
            if batch.number:
                self._positions[batch.frames[-1].project_id] = batch.number
            return batch.wire
        return b"".join(self._own_wire(frame) for frame in batch.frames)

    def _own_wire(self, frame: Frame) -> bytes:
        """Return a frame with the positions of all the projects of this stream."""
        if not frame.number:
            return frame.body
        self._positions[frame.project_id] = frame.number
        return f"id: {self._id()}\n".encode() + frame.body

    def _id(self) -> str:
        return ",".join(f"{project_id}:{number}" for project_id, number in sorted(self._positions.items()))


async def _disconnected(receive: Receive, subscription: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscription.end()
