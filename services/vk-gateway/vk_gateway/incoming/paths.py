"""Which community a callback path belongs to: asked of the database now and then, remembered between."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog

from shared.database.engine import Database
from shared.database.vault import Vault
from shared.runtime.world import World
from vk_gateway.communities.addresses import list_accepted, open_secret, path_hash
from vk_gateway.communities.queries import find_by_path

log = structlog.get_logger()
V = TypeVar("V")

FRESH_SECONDS = 1.0
STALE_SECONDS_MAX = 10.0
PATH_CHARACTERS = 32
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Path:
    """What a callback on this path must match, and what its updates are stamped with."""

    integration_id: UUID
    project_id: UUID
    community_id: int
    epoch: int
    secret_hashes: frozenset[bytes]
    confirmation_code: str | None
    confirming_until: datetime | None


class Paths:
    """Looks callback paths up by their hash.

    A known path is asked for again after a second and serves on meanwhile: an epoch that ends in between is
    noticed when its updates are translated. Unknown paths are remembered apart, so that guesses push no
    known one out.
    """

    def __init__(self, database: Database, vault: Vault, world: World) -> None:
        self._database = database
        self._vault = vault
        self._world = world
        self._live: OrderedDict[str, tuple[float, Path]] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Path | None]] = {}

    async def find(self, token: str, *, fresh: bool = False) -> Path | None:
        """Return the live community behind a path token, or None. Raises what the database raises."""
        if len(token) != PATH_CHARACTERS:
            return None
        if fresh:
            return await self._ask(token)
        now = self._world.monotonic()
        known = self._live.get(token)
        if known is not None:
            age = now - known[0]
            if age > FRESH_SECONDS:
                self._ask_once(token)
            if age < STALE_SECONDS_MAX:
                return known[1]
        elif now - self._unknown.get(token, float("-inf")) < FRESH_SECONDS:
            return None
        return await asyncio.shield(self._ask_once(token))

    def _ask_once(self, token: str) -> asyncio.Task[Path | None]:
        """Ask the database, once however many callbacks wait for the answer."""
        task = self._asking.get(token)
        if task is None:
            task = self._asking[token] = asyncio.create_task(self._ask(token), name="callback-path")
            task.add_done_callback(lambda done: self._asked(token, done))
        return task

    def _asked(self, token: str, task: asyncio.Task[Path | None]) -> None:
        self._asking.pop(token, None)
        if not task.cancelled() and task.exception() is not None:
            log.info("callback_path_not_read", error=type(task.exception()).__name__)

    async def _ask(self, token: str) -> Path | None:
        path = await self._read(token)
        if path is None:
            self._live.pop(token, None)
            _remember(self._unknown, token, self._world.monotonic())
        else:
            _remember(self._live, token, (self._world.monotonic(), path))
        return path

    async def _read(self, token: str) -> Path | None:
        async with self._database.read() as session:
            community = await find_by_path(session, path_hash(token))
            if community is None:
                return None
            accepted = await list_accepted(session, community.integration_id, community.epoch)
        if path_hash(token) not in {address.path_hash for address in accepted}:
            return None
        # What VK sent before it had the latest address comes to any of them, with the secret of its time.
        secrets = [open_secret(self._vault, address) for address in accepted]
        return Path(
            integration_id=community.integration_id,
            project_id=community.project_id,
            community_id=community.community_id,
            epoch=community.epoch,
            secret_hashes=frozenset(hash_secret(secret) for secret in secrets),
            confirmation_code=community.confirmation_code,
            confirming_until=community.confirming_until,
        )


def _remember(known: OrderedDict[str, V], token: str, value: V) -> None:
    known[token] = value
    known.move_to_end(token)
    if len(known) > REMEMBERED_MAX:
        known.popitem(last=False)


def hash_secret(secret: str) -> bytes:
    """Return what secrets are compared by; the secret itself is not kept in memory."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
