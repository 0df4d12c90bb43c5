"""Sends callback events: retries, Retry-After, pauses and the answers that change a server."""

import asyncio
import heapq
import re
from collections.abc import Coroutine
from email.utils import parsedate_to_datetime

from vk_emulator.assumptions import Assumptions
from vk_emulator.clock import Clock
from vk_emulator.faults import Faults
from vk_emulator.model import CallbackServer, Delivery
from vk_emulator.outbound import Answer, Outbound
from vk_emulator.world import World

RETRY_SECONDS = (10, 180, 600, 1800, 3600)
LONGEST_POSTPONEMENT_SECONDS = 3 * 3600
AT_ONCE_PER_SERVER = 16
SHOWN_ANSWER_CHARACTERS = 200

Lane = tuple[int, int]


class Sender:
    """One lane per callback server, so that a slow server delays nobody else's events."""

    def __init__(
        self, world: World, clock: Clock, faults: Faults, assumptions: Assumptions, outbound: Outbound
    ) -> None:
        self._world = world
        self._clock = clock
        self._faults = faults
        self._assumptions = assumptions
        self._outbound = outbound
        self._waiting: dict[Lane, list[tuple[float, int]]] = {}
        self._awake: dict[Lane, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._first_attempts: dict[int, asyncio.Event] = {}

    def start(self) -> None:
        """Take up what was pending when the process ended."""
        for deliveries in self._world.deliveries.values():
            for delivery in deliveries.values():
                if delivery.state == "pending":
                    self.schedule(delivery)

    async def stop(self) -> None:
        """Give up every attempt in flight; it is made again after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def schedule(self, delivery: Delivery) -> None:
        """Attempt a delivery when its time has come."""
        lane = (delivery.community_id, delivery.server_id)
        if lane not in self._waiting:
            self._waiting[lane] = []
            self._awake[lane] = asyncio.Event()
            self._begin(self._run(lane))
        heapq.heappush(self._waiting[lane], (delivery.next_attempt_at, delivery.number))
        self._awake[lane].set()

    def wake(self, community_id: int) -> None:
        """Look again: a server, a fault or a time has changed."""
        for lane, awake in self._awake.items():
            if lane[0] == community_id:
                awake.set()

    def retry_now(self, community_id: int) -> int:
        """Make every pending delivery due at once and end the pauses; answers how many there are."""
        for server in self._world.servers[community_id].values():
            server.paused_until = 0.0
            server.failures_in_a_row = 0
            self._world.save(server)
        pending = [d for d in self._world.deliveries[community_id].values() if d.state == "pending"]
        for delivery in pending:
            if delivery.next_attempt_at > self._clock.now():
                delivery.next_attempt_at = self._clock.now()
                self._world.save(delivery)
                self.schedule(delivery)
        self.wake(community_id)
        return len(pending)

    async def first_attempt(self, delivery: Delivery, *, timeout_seconds: float) -> None:
        """Return when a delivery was attempted once, or after the timeout."""
        if delivery.attempts or delivery.state != "pending":
            return
        done = self._first_attempts.setdefault(delivery.number, asyncio.Event())
        try:
            await asyncio.wait_for(done.wait(), timeout_seconds)
        except TimeoutError:
            pass
        finally:
            self._first_attempts.pop(delivery.number, None)

    async def _run(self, lane: Lane) -> None:
        slots = asyncio.Semaphore(AT_ONCE_PER_SERVER)
        while True:
            delivery = await self._next_due(lane)
            await slots.acquire()
            self._begin(self._attempt(delivery, slots))

    async def _next_due(self, lane: Lane) -> Delivery:
        waiting, awake = self._waiting[lane], self._awake[lane]
        while True:
            awake.clear()
            now = self._clock.now()
            server = self._world.servers.get(lane[0], {}).get(lane[1])
            held = server is not None and (
                server.status != "ok" or self._faults.is_on(lane[0], "callback_down")
            )
            due = None
            if waiting and not held:
                due = max(waiting[0][0], server.paused_until if server else 0.0)
                if due <= now:
                    scheduled_for, number = heapq.heappop(waiting)
                    delivery = self._world.deliveries[lane[0]].get(number)
                    # retry_now schedules anew and leaves the older entry behind.
                    if delivery and delivery.state == "pending" and delivery.next_attempt_at == scheduled_for:
                        return delivery
                    continue
            try:
                await asyncio.wait_for(awake.wait(), None if due is None else due - now)
            except TimeoutError:
                continue

    async def _attempt(self, delivery: Delivery, slots: asyncio.Semaphore) -> None:
        try:
            server = self._world.servers[delivery.community_id].get(delivery.server_id)
            if server is None:
                self._finish(delivery, "cancelled")
                return
            if self._faults.strike(delivery.community_id, "callback_lost", subject=delivery.type):
                self._finish(delivery, "dropped")
                return
            # What is not yet on disk must not be seen outside: a restart would number it again.
            await self._world.journal.settled()
            headers = {"Content-Type": "application/json"}
            if delivery.failures:
                headers["X-Retry-Counter"] = str(delivery.failures)
            answer = await self._outbound.post(
                server.url,
                delivery.content,
                headers,
                timeout_seconds=self._assumptions.request_timeout_seconds,
            )
            self._judge(delivery, server, answer)
        finally:
            slots.release()
            if delivery.number in self._first_attempts:
                self._first_attempts[delivery.number].set()

    def _judge(self, delivery: Delivery, server: CallbackServer, answer: Answer) -> None:
        delivery.attempts += 1
        shown = answer.body.decode("utf-8", "replace")
        delivery.last_answer = {
            "at": self._clock.now(),
            "status": answer.status,
            "body": shown[:SHOWN_ANSWER_CHARACTERS],
            "error": answer.error,
        }
        if answer.status == 200 and self._obeyed(server, shown):
            self._finish(delivery, "delivered")
            if server.failures_in_a_row:
                server.failures_in_a_row = 0
                self._save_server(server)
            return
        postponed = self._postponement(answer)
        if postponed is not None:
            self._again(delivery, postponed)
            return
        self._failed(delivery, server)

    def _obeyed(self, server: CallbackServer, body: str) -> bool:
        """Whether the answer is one of ok, remove, version x; does what it says."""
        if body == "ok":
            return True
        if body == "remove":
            if self._world.servers[server.community_id].get(server.id) is server:
                self._world.remove_server(server)
            return True
        version = re.fullmatch(r"version (5\.\d{2,3})", body)
        if version and 81 <= int(version[1].split(".")[1]) <= 199:
            server.api_version = version[1]
            self._save_server(server)
            return True
        return False

    def _postponement(self, answer: Answer) -> float | None:
        """Seconds to wait when the server asked for it in a way VK honours."""
        if answer.status not in (410, 429, 503) or answer.retry_after is None:
            return None
        if answer.retry_after.strip().isdecimal():
            seconds = int(answer.retry_after)
            return self._clock.scaled(seconds) if seconds < LONGEST_POSTPONEMENT_SECONDS else None
        try:
            until = parsedate_to_datetime(answer.retry_after).timestamp() - self._clock.now()
        except ValueError:
            return None
        return max(until, 0.0) if until < LONGEST_POSTPONEMENT_SECONDS else None

    def _failed(self, delivery: Delivery, server: CallbackServer) -> None:
        delivery.failures += 1
        if delivery.failures > len(RETRY_SECONDS):
            self._finish(delivery, "given_up")
        else:
            self._again(delivery, self._clock.scaled(RETRY_SECONDS[delivery.failures - 1]))
        server.failures_in_a_row += 1
        if server.failures_in_a_row >= self._assumptions.pause_after_failures:
            server.failures_in_a_row = 0
            server.paused_until = self._clock.now() + self._clock.scaled(self._assumptions.pause_seconds)
        self._save_server(server)

    def _again(self, delivery: Delivery, seconds: float) -> None:
        delivery.next_attempt_at = self._clock.now() + seconds
        self._world.save(delivery)
        self.schedule(delivery)

    def _finish(self, delivery: Delivery, state: str) -> None:
        delivery.state = state
        self._world.save(delivery)

    def _save_server(self, server: CallbackServer) -> None:
        # Gone meanwhile: saving would bring it back.
        if self._world.servers[server.community_id].get(server.id) is server:
            self._world.save(server)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
