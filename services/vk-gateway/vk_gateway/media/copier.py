"""Copies VK's files into our store: its links expire, and operators are not sent after links of strangers."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

import structlog
from prometheus_client import Counter as Metric

from shared.database.engine import Database
from shared.files.chunks import FileTooLarge, StoreUnavailable
from shared.files.media_types import IMAGE_TYPES, media_type_of
from shared.files.previews import Previews
from shared.files.store import FileStore, incoming_key, one_chunk, open_files, prefixes_of, preview_key
from shared.http.client import Fetcher, NotAllowed, Unreachable
from shared.runtime.loops import SOON, Loop
from vk_gateway.media import rules
from vk_gateway.media.actions import (
    WAKE_COPIER,
    Claimed,
    Copied,
    Settled,
    claim_copies,
    expire_link,
    forget_claims,
    is_copy_due,
    list_buried,
    note_purged,
    prolong_claims,
    put_off_copy,
    settle_copy,
)
from vk_gateway.settings import GatewaySettings

log = structlog.get_logger()
copied_files = Metric("otklik_vk_files_copied", "Attempts to copy a file", ["outcome"])

STORE_REST = timedelta(seconds=30)
PROLONG_SECONDS = 15.0
BROKEN_OFF = timedelta(days=1)
PREVIEW_BYTES_MAX = 1024 * 1024


class LinkExpired(Exception):
    """VK does not give the file by this link."""


class Copier:
    """Makes the copies that are wanted, some at once, each integration at most half of them.

    A claim on a copy is prolonged while it is made and ends soon after a crash; then somebody else makes it
    anew, under the same key. Whoever lost a claim says nothing.
    """

    def __init__(
        self,
        database: Database,
        store: FileStore,
        fetcher: Fetcher,
        previews: Previews,
        *,
        at_once: int,
        bytes_max: int,
        seconds_max: float,
    ) -> None:
        self._database = database
        self._store = store
        self._fetcher = fetcher
        self._previews = previews
        self._at_once = at_once
        self._share = max(1, at_once // 2)
        self._bytes_max = bytes_max
        self._seconds_max = seconds_max
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._prolong_at = 0.0
        self._is_calm = False
        self._loop = self._looped("copier", self.step, 1.0, state=self._state)
        # Wakes the copier when something is wanted.
        database.info[WAKE_COPIER] = self._loop.wake
        self.loops = [
            self._loop,
            self._looped("purge-files", self._purge, 2.0, state=database.state),
            self._looped("tidy-files", self._tidy, 3600.0),
        ]

    def _looped(
        self,
        name: str,
        step: Callable[[], Awaitable[bool]],
        interval_seconds: float,
        state: Callable[[], int | None] = lambda: None,
    ) -> Loop:
        world = self._database.world
        return Loop(f"vk-gateway:{name}", step, interval_seconds=interval_seconds, world=world, state=state)

    async def open(self) -> None:
        """Begin anew what was broken off, where nobody else can be at it."""
        if self._database.is_sqlite:
            async with self._database.write() as session:
                await forget_claims(session)

    async def step(self) -> bool:
        """Start what is due, as far as there is room; the copies go on by themselves."""
        if self._running and self._database.world.monotonic() >= self._prolong_at:
            self._prolong_at = self._database.world.monotonic() + PROLONG_SECONDS
            async with self._database.write() as session:
                await prolong_claims(session, self._running.values())
        async with self._database.read() as session:
            is_due = await is_copy_due(session, session.now)
            self._is_calm = self._database.state() is not None and not await is_copy_due(
                session, session.now + SOON
            )
        if is_due and len(self._running) < self._at_once:
            for claim in await self._claim():
                task = asyncio.create_task(self._copy(claim), name=f"copy:{claim.file_id}")
                self._running[task] = claim
                task.add_done_callback(self._forget)
        return False

    def _state(self) -> int | None:
        """Return the database's state while only a commit can bring something to do."""
        return self._database.state() if self._is_calm and not self._running else None

    async def _claim(self) -> list[Claimed]:
        claims: list[Claimed] = []
        async with self._database.write() as session:
            while free := self._at_once - len(self._running) - len(claims):
                more = await claim_copies(session, besides=self._busy(claims), limit=min(free, self._share))
                if not more:
                    break
                claims += more
        return claims

    def _busy(self, claims: list[Claimed]) -> list[UUID]:
        counted = Counter(claim.integration_id for claim in [*self._running.values(), *claims])
        return [integration_id for integration_id, count in counted.items() if count >= self._share]

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._loop.wake()

    async def _copy(self, claim: Claimed) -> None:
        try:
            outcome = await self._outcome(claim)
        except StoreUnavailable as error:
            log.warning("file_store_unavailable", error=str(error))
            await self._put_off(claim, counted=False)
        except LinkExpired:
            copied_files.labels("expired").inc()
            async with self._database.write() as session:
                await expire_link(session, claim)
        except Exception as error:
            known = isinstance(error, Unreachable | TimeoutError)
            log.info("copy_failed", file_id=str(claim.file_id), error=repr(error), exc_info=not known)
            await self._put_off(claim, counted=True)
        else:
            await self._settle(claim, outcome)

    async def _outcome(self, claim: Claimed) -> Copied:
        try:
            async with asyncio.timeout(self._seconds_max):
                return await self._fetch(claim)
        except FileTooLarge:
            return Copied(problem=rules.TOO_LARGE)
        except NotAllowed:
            return Copied(problem=rules.NOT_ALLOWED)

    async def _fetch(self, claim: Claimed) -> Copied:
        key = incoming_key(claim.project_id, claim.file_id)
        async with self._fetcher.open(claim.url) as download:
            if download.status == HTTPStatus.TOO_MANY_REQUESTS or download.status >= 500:
                raise Unreachable(f"HTTP {download.status}", sent=True)
            if download.status != HTTPStatus.OK:
                raise LinkExpired
            if (download.size_bytes or 0) > self._bytes_max:
                raise FileTooLarge
            stored = await self._store.put(key, download.chunks, bytes_max=self._bytes_max)
        media_type = media_type_of(stored.head)
        if not stored.size_bytes or not rules.is_expected(claim.kind, media_type):
            await self._store.delete(key)
            return Copied(problem=rules.UNREADABLE)
        copied = Copied(key=key, media_type=media_type, size_bytes=stored.size_bytes)
        return await self._with_preview(copied, key) if media_type in IMAGE_TYPES else copied

    async def _with_preview(self, copied: Copied, key: str) -> Copied:
        async with self._store.at_hand(key) as path:
            picture = await self._previews.make(path)
        if picture is None:
            return copied
        copied = replace(copied, width=picture.width, height=picture.height)
        if picture.preview is None:
            return copied
        small = preview_key(key)
        await self._store.put(small, one_chunk(picture.preview), bytes_max=PREVIEW_BYTES_MAX)
        return replace(copied, preview_key=small)

    async def _settle(self, claim: Claimed, copied: Copied) -> None:
        copied_files.labels(copied.problem or "ready").inc()
        async with self._database.write() as session:
            is_buried = await settle_copy(session, claim, copied) is Settled.BURIED
        if is_buried and copied.key:
            await self._store.delete(copied.key, preview_key(copied.key))

    async def _put_off(self, claim: Claimed, *, counted: bool) -> None:
        copied_files.labels("again").inc()
        async with self._database.write() as session:
            await put_off_copy(session, claim, counted=counted, delay=STORE_REST)

    async def _purge(self) -> bool:
        """Delete files of deleted projects, some at each step. Returns whether more is left."""
        async with self._database.read() as session:
            buried = await list_buried(session)
        busy = False
        for project_id in buried:
            if any([await self._store.delete_all(prefix) for prefix in prefixes_of(project_id)]):
                busy = True
                continue
            async with self._database.write() as session:
                await note_purged(session, project_id)
        return busy

    async def _tidy(self) -> bool:
        """Forget what anybody broke off writing more than a day ago. Never leaves work."""
        await self._store.tidy(before=(self._database.world.now() - BROKEN_OFF).timestamp())
        return False

    async def close(self) -> None:
        """Break off what is under way; it is made anew after the next start."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._previews.close()
        await self._fetcher.close()


def copier_for(settings: GatewaySettings, database: Database) -> Copier:
    """Assemble the copier; opens nothing."""
    origins = [origin.strip() for origin in settings.media_origins.split(",") if origin.strip()]
    return Copier(
        database,
        open_files(settings.files_url),
        Fetcher(allowed_origins=origins),
        Previews(),
        at_once=settings.media_at_once,
        bytes_max=settings.media_bytes_max,
        seconds_max=settings.media_seconds_max,
    )
