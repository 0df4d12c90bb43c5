"""Hashing passwords with argon2id: in threads, few at once, so that sign-ins never starve the rest."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from unicodedata import normalize

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shared.http.problems import TooMany
from shared.runtime.world import World

AT_ONCE_MAX = 2
WAITING_MAX = 20
RETRY_AFTER_SECONDS = 2
SALT_BYTES = 16


class PasswordHasher:
    """Hashes two passwords at once and lets twenty callers wait; more are told to come back."""

    def __init__(self, world: World, *, memory_kib: int, passes: int) -> None:
        self._world = world
        self._hash = PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=1),))
        self._threads = ThreadPoolExecutor(AT_ONCE_MAX, thread_name_prefix="password")
        self._admitted = 0
        self._dummy: str | None = None

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place in the queue; hash within it. Raises TooMany when the queue is full."""
        if self._admitted >= AT_ONCE_MAX + WAITING_MAX:
            raise TooMany(retry_after_seconds=RETRY_AFTER_SECONDS)
        self._admitted += 1
        try:
            yield
        finally:
            self._admitted -= 1

    async def hash(self, password: str) -> str:
        """Return the hash of a password."""
        salt = self._world.chance.randbytes(SALT_BYTES)
        work = partial(self._hash.hash, _normalised(password), salt=salt)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Tell whether a password fits, and its new hash if the stored one is of other strength.

        Without a stored hash the work is the same, so that the time tells nobody who exists.
        """
        if stored is None:
            await self._verify(password, await self._dummy_hash())
            return False, None
        fits = await self._verify(password, stored)
        outdated = fits and self._hash.hashers[0].check_needs_rehash(stored)
        return fits, await self.hash(password) if outdated else None

    async def prepare(self) -> None:
        """Make the hash that unknown people are checked against."""
        await self._dummy_hash()

    async def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _verify(self, password: str, stored: str) -> bool:
        work = partial(self._hash.verify, _normalised(password), stored)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = await self.hash(self._world.token())
        return self._dummy


def _normalised(password: str) -> str:
    # The same letters typed on another system may come as other code points.
    return normalize("NFKC", password)
