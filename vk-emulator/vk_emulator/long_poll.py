"""Bots Long Poll: the last events of each community and those who wait for the next."""

import asyncio
from typing import Any

from vk_emulator.assumptions import Assumptions
from vk_emulator.clock import Clock
from vk_emulator.faults import Faults
from vk_emulator.model import Community, Json, Update
from vk_emulator.world import World

LONGEST_WAIT_SECONDS = 90
# VK's numbers do not start at one; a client that invents its ts must not be right by luck.
FIRST_TS = 1000


class LongPoll:
    """Keeps and hands out events. Keys live as long as the process, so a restart answers `failed: 2`."""

    def __init__(self, world: World, clock: Clock, faults: Faults, assumptions: Assumptions) -> None:
        self._world = world
        self._clock = clock
        self._faults = faults
        self._assumptions = assumptions
        self._keys: dict[int, str] = {}
        self._waiting: dict[int, asyncio.Event] = {}

    def append(self, community: Community, event: Json) -> None:
        """Add an event and wake those who wait."""
        self._world.save(Update(community.id, self.last_ts(community.id) + 1, event))
        waiting = self._waiting.pop(community.id, None)
        if waiting is not None:
            waiting.set()

    def last_ts(self, community_id: int) -> int:
        """Number of the newest event."""
        kept = self._world.updates[community_id]
        return kept[-1].ts if kept else FIRST_TS

    def key_of(self, community_id: int) -> str:
        """The key a client must show."""
        if community_id not in self._keys:
            self._keys[community_id] = self._clock.hexadecimal(40)
        return self._keys[community_id]

    async def check(self, community: Community, *, key: str, ts: str, wait: float) -> dict[str, Any]:
        """The answer to `act=a_check`, after at most `wait` seconds: updates, or failed 1, 2 or 3."""
        last = self.last_ts(community.id)
        fault = self._faults.strike(community.id, "long_poll_failed")
        if fault is not None:
            return self._failed(community, fault.options["code"], last)
        if key != self.key_of(community.id) or not community.long_poll_enabled:
            return {"failed": 2}
        if not ts.isdecimal() or int(ts) > last:
            return {"failed": 3}
        kept = self._world.updates[community.id]
        if int(ts) < (kept[0].ts - 1 if kept else last):
            return self._failed(community, 1, last)
        if int(ts) == last:
            waiting = self._waiting.setdefault(community.id, asyncio.Event())
            try:
                await asyncio.wait_for(waiting.wait(), min(max(wait, 0), LONGEST_WAIT_SECONDS))
            except TimeoutError:
                return {"ts": str(last), "updates": []}
        await self._world.journal.settled()
        newer = [update for update in kept if update.ts > int(ts)]
        return {"ts": str(newer[-1].ts if newer else last), "updates": [u.event for u in newer]}

    def _failed(self, community: Community, code: int, last: int) -> dict[str, Any]:
        if code == 1:
            return {"failed": 1, "ts": last if self._assumptions.long_poll_ts_as_number else str(last)}
        # The old key is dead from now on, so that a client that keeps it does not get away with it.
        self._keys.pop(community.id, None)
        return {"failed": code}
