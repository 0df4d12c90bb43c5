"""Which community a callback path belongs to: asked of the database now and then, remembered between."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database.engine import Database
from shared.database.vault import Vault
from shared.runtime.world import World
from vk_gateway.communities.actions import path_hash, secret_place
from vk_gateway.communities.queries import find_by_path

FRESH_SECONDS = 1.0
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Path:
    """What a callback on this path must match, and what its updates are stamped with."""

    integration_id: UUID
    project_id: UUID
    community_id: int
    epoch: int
    secret_hash: bytes
    confirmation_code: str | None
    confirming_until: datetime | None


class Paths:
    """Looks callback paths up by their hash; a known or unknown one is asked for again after a second."""

    def __init__(self, database: Database, vault: Vault, world: World) -> None:
        self._database = database
        self._vault = vault
        self._world = world
        self._known: OrderedDict[str, tuple[float, Path | None]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Path | None]] = {}

    async def find(self, token: str, *, fresh: bool = False) -> Path | None:
        """Return the live community behind a path token, or None. Raises what the database raises."""
        known = self._known.get(token)
        if known is not None and not fresh and self._world.monotonic() - known[0] < FRESH_SECONDS:
            return known[1]
        if fresh:
            return await self._ask(token)
        # However many callbacks wait for the answer, the database is asked once.
        task = self._asking.get(token)
        if task is None:
            task = self._asking[token] = asyncio.create_task(self._ask(token), name="callback-path")
            task.add_done_callback(lambda _: self._asking.pop(token, None))
        return await asyncio.shield(task)

    async def _ask(self, token: str) -> Path | None:
        path = await self._read(token)
        self._known[token] = (self._world.monotonic(), path)
        self._known.move_to_end(token)
        if len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)
        return path

    async def _read(self, token: str) -> Path | None:
        async with self._database.read() as session:
            community = await find_by_path(session, path_hash(token))
        if community is None:
            return None
        secret = self._vault.open(community.secret_sealed, place=secret_place(community.integration_id))
        return Path(
            integration_id=community.integration_id,
            project_id=community.project_id,
            community_id=community.community_id,
            epoch=community.epoch,
            secret_hash=hash_secret(secret),
            confirmation_code=community.confirmation_code,
            confirming_until=community.confirming_until,
        )


def hash_secret(secret: str) -> bytes:
    """Return what secrets are compared by; the secret itself is not kept in memory."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
