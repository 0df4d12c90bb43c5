"""Importing what was written before the connect: dialogs are listed, then fetched, the latest first.

What VK gives is stored as updates of many messages each (`history_page`) together with how far each dialog
has come, so a process that dies goes on where it was. They go through the same door as everything else.

Live messages go first: calls take places that no live one needs, and what is stored waits until it is in
its dialogs before much more is. While people write, parts are small and the process rests between them.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import ColumnElement, delete, exists, update

from shared.database.engine import Database
from shared.database.leases import Lease, still_held
from shared.database.session import Session
from shared.events.channel import ImportState, Source
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.history import backlog
from vk_gateway.history.backlog import Ask, Message, Piece
from vk_gateway.history.fetching import call_many
from vk_gateway.history.imports import finish_import, tell_now_and_then
from vk_gateway.history.listing import read_list, take_list
from vk_gateway.history.numbers import HISTORY_ID
from vk_gateway.history.storing import fetched_message, store_fetched
from vk_gateway.history.tables import History, Import, ImportDialog
from vk_gateway.incoming.translate import HISTORY_PAGE
from vk_gateway.tables import Community, LinkState
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

log = structlog.get_logger()
imported_messages = Counter("otklik_vk_messages_imported", "Messages from before the connect, fetched")

SECONDS_MAX = 10.0
# Messages of one transaction here, and about so many of one in dialogs.
PART_MIN, PART_LIVE, PART_MAX = 50, 100, 1_000
# So long a part may take when nobody writes: the first who does has to wait for it.
PART_SECONDS = 1.0
LOOK_SECONDS = 0.03
REST_FACTOR = 1.0
PRESSED_REST_SECONDS = 0.2
LOOK_AGAIN = timedelta(seconds=0.3)
# What has not come to its dialogs after so long is parked there, and no reason to stop for ever.
STALLED = timedelta(minutes=10)
VK_DELAY, ACCOUNT_DELAY = timedelta(seconds=10), timedelta(seconds=60)
FAILURES_MAX = 6
TOO_LARGE = 13
UNREADABLE = (KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class _Work:
    """What a step works on: an import as it was read, and until where VK's messages were there before us."""

    community: DueCommunity
    api: CommunityApi
    lease: Lease
    found: Import
    floor_message_id: int

    @property
    def integration_id(self) -> UUID:
        """The community's."""
        return self.community.integration_id


class Importing:
    """Imports the history of one community; `on_stored` is called when there is something to translate.

    `is_live` tells whether people write at the moment, `is_pressed` whether they do in great numbers.
    """

    def __init__(
        self,
        database: Database,
        *,
        is_live: Callable[[], bool],
        is_pressed: Callable[[], bool],
        on_stored: Callable[[], None],
    ) -> None:
        self._database = database
        self._is_live = is_live
        self._is_pressed = is_pressed
        self._on_stored = on_stored
        self._rooms: dict[UUID, int] = {}
        self._part = PART_MAX // 2

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether the community has an import to go on with."""
        return exists().where(
            Import.integration_id == Community.integration_id,
            Community.link_state == LinkState.LINKED,
            Import.next_step_at <= at.now,
        )

    async def _put_off(self, session: Session, integration_id: UUID, delay: timedelta) -> None:
        """Go on later."""
        await session.execute(
            update(Import)
            .where(Import.integration_id == integration_id, Import.next_step_at <= session.now)
            .values(next_step_at=session.now + delay)
            .execution_options(synchronize_session=False)
        )

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Import for some seconds. Returns whether there is more."""
        clock = self._database.world.monotonic
        ends = clock() + SECONDS_MAX
        while clock() < ends:
            async with self._database.read() as session:
                found = await session.get(Import, community.integration_id)
                history = await session.get(History, community.integration_id)
                now = session.now
            if found is None or history is None or found.epoch != community.epoch:
                return False
            if found.next_step_at is None or found.next_step_at > now:
                return False
            work = _Work(community, api, lease, found, history.floor_message_id)
            if found.messages_stored - found.messages_done > PART_MAX:
                return await self._wait(work)
            if not await self._step(work):
                return False
        return True

    async def _step(self, work: _Work) -> bool:
        """List some dialogs, fetch some messages, or end. Returns whether to go on at once."""
        asks: list[Ask] = []
        try:
            if not work.found.is_listed:
                return await self._list(work)
            async with self._database.read() as session:
                asks = await backlog.next_asks(session, work.integration_id, self._room(work))
            if not asks:
                return await self._finish(work)
            pieces = await self._fetch(work, asks)
        except (VkError, VkUnclear, *UNREADABLE) as error:
            log.info("import_waits", integration_id=str(work.integration_id), error=str(error))
            return await self._failed(work, asks, error)
        return await self._take(work, pieces)

    def _room(self, work: _Work) -> int:
        return self._rooms.get(work.integration_id, backlog.MESSAGES_OF_A_REQUEST)

    async def _list(self, work: _Work) -> bool:
        page = await read_list(work.api, work.found)
        async with self._database.write() as session:
            found = await _mine(session, work)
            if found is None:
                return False
            await _insert(session, work, found, await take_list(session, found, page, work.floor_message_id))
            await tell_now_and_then(session, found)
        self._on_stored()
        return await self._is_through(work)

    async def _fetch(self, work: _Work, asks: Sequence[Ask]) -> list[Piece]:
        """Ask VK for the next messages. Raises VkError, VkUnclear, KeyError, TypeError, ValueError."""
        calls = [call for ask in asks for call in ask.parameters()]
        if len(calls) == 1:
            answers: list[Any] = [await work.api.call_in_background(backlog.METHOD, **calls[0])]
        else:
            answers = await call_many(work.api, backlog.METHOD, calls)
        pieces = []
        for ask in asks:
            mine, answers = answers[: ask.calls], answers[ask.calls :]
            if all(answer is not None for answer in mine):
                pieces.append(backlog.piece_of(ask, mine, work.found.since))
            else:
                await self._note_failures(work, [ask])
        return pieces

    async def _take(self, work: _Work, pieces: Sequence[Piece]) -> bool:
        """Store messages and how far their dialogs have come. Returns whether to go on at once."""
        clock = self._database.world.monotonic
        for part in backlog.parts(pieces, min(self._part, PART_LIVE) if self._is_live() else self._part):
            started = clock()
            async with self._database.write() as session:
                found = await _mine(session, work)
                if found is None:
                    return False
                await _insert(session, work, found, [each for piece in part for each in piece.messages])
                await _advance(session, work.integration_id, part)
                await tell_now_and_then(session, found)
            self._on_stored()
            if not await self._is_through(work):
                return False
            self._learn(clock() - started)
            if self._is_live():
                await asyncio.sleep(REST_FACTOR * (clock() - started))
        return True

    def _learn(self, seconds: float) -> None:
        """Let parts be as large as this machine takes in good time."""
        if seconds > 2 * PART_SECONDS:
            self._part = max(PART_MIN, self._part // 2)
        elif seconds < PART_SECONDS:
            self._part = min(PART_MAX, self._part * 3 // 2)

    async def _is_through(self, work: _Work) -> bool:
        """Wait until what was stored is in its dialogs: all of it while people write, else most of it.

        Returns False when that takes long; then it is looked at later.
        """
        clock = self._database.world.monotonic
        ends = clock() + SECONDS_MAX / 2
        while clock() < ends:
            async with self._database.read() as session:
                found = await session.get(Import, work.integration_id)
            if found is None:
                return False
            waiting = found.messages_stored - found.messages_done
            if self._is_pressed():
                await asyncio.sleep(PRESSED_REST_SECONDS)
            elif waiting <= (0 if self._is_live() else self._part):
                return True
            else:
                await asyncio.sleep(LOOK_SECONDS)
        return False

    async def _finish(self, work: _Work) -> bool:
        """End the import once all is in its dialogs; else wait a little."""
        async with self._database.write() as session:
            found = await _mine(session, work)
            if found is None:
                return False
            if found.messages_done < found.messages_stored:
                await _look_later(session, found)
            else:
                await finish_import(session, found)
        return False

    async def _wait(self, work: _Work) -> bool:
        """Let what waits for dialogs come through first."""
        async with self._database.write() as session:
            found = await _mine(session, work)
            if found is not None:
                await _look_later(session, found)
        return False

    async def _failed(self, work: _Work, asks: Sequence[Ask], error: Exception) -> bool:
        """Wait for VK; what it refuses for good is left out in the end. Returns whether to go on at once."""
        kind = error.failure_class if isinstance(error, VkError) else None
        room = self._room(work) // 2
        if isinstance(error, VkError) and error.code == TOO_LARGE and room >= backlog.MESSAGES_OF_A_CALL:
            self._rooms[work.integration_id] = room
            return True
        is_for_all = isinstance(error, VkUnclear) or kind in {FailureClass.ACCOUNT, FailureClass.TRANSIENT}
        if not is_for_all and asks:
            await self._note_failures(work, asks)
            return True
        async with self._database.write() as session:
            delay = ACCOUNT_DELAY if kind is FailureClass.ACCOUNT else VK_DELAY
            await self._put_off(session, work.integration_id, delay)
        return False

    async def _note_failures(self, work: _Work, asks: Sequence[Ask]) -> None:
        """Ask for these dialogs by themselves, last of all; one that was refused often is left out."""
        peer_ids = [ask.peer_id for ask in asks]
        of_them = (ImportDialog.integration_id == work.integration_id) & ImportDialog.peer_id.in_(peer_ids)
        async with self._database.write() as session:
            await session.execute(
                update(ImportDialog)
                .where(of_them)
                .values(failures=ImportDialog.failures + 1)
                .execution_options(synchronize_session=False)
            )
            given_up = of_them & (ImportDialog.failures >= FAILURES_MAX)
            gone = await session.scalars(
                delete(ImportDialog)
                .where(given_up)
                .returning(ImportDialog.peer_id)
                .execution_options(synchronize_session=False)
            )
            for peer_id in gone.all():
                log.warning("dialog_not_imported", integration_id=str(work.integration_id), peer_id=peer_id)


async def _mine(session: Session, work: _Work) -> Import | None:
    """Return the import, locked; None when it is not ours to go on with any more."""
    community = await session.get(Community, work.integration_id, with_for_update=True)
    is_linked = community is not None and community.link_state is LinkState.LINKED
    if community is None or not is_linked or community.epoch != work.found.epoch:
        return None
    if not await still_held(session, work.lease):
        return None
    found = await session.get(Import, work.integration_id, with_for_update=True)
    if found is None or found.import_id != work.found.import_id or found.state is not ImportState.RUNNING:
        return None
    return found


async def _look_later(session: Session, found: Import) -> None:
    """Wait for dialogs; what it has given up is counted as done."""
    if session.now - found.done_at >= STALLED:
        log.warning("import_not_stored_whole", integration_id=str(found.integration_id))
        found.messages_done, found.done_at = found.messages_stored, session.now
    await tell_now_and_then(session, found)
    found.next_step_at = session.now + LOOK_AGAIN


async def _advance(session: Session, integration_id: UUID, part: Sequence[Piece]) -> None:
    """Note how far dialogs have come."""
    ended = [piece.peer_id for piece in part if not piece.messages_left]
    if ended:
        of_them = (ImportDialog.integration_id == integration_id) & ImportDialog.peer_id.in_(ended)
        await session.execute(
            delete(ImportDialog).where(of_them).execution_options(synchronize_session=False)
        )
    rows = [
        {
            "integration_id": integration_id,
            "peer_id": piece.peer_id,
            "below": piece.below,
            "from_id": piece.from_id,
            "messages_left": piece.messages_left,
            "failures": 0,
        }
        for piece in part
        if piece.messages_left
    ]
    if rows:
        await session.execute(update(ImportDialog), rows)


async def _insert(session: Session, work: _Work, found: Import, messages: Sequence[Message]) -> None:
    """Store messages as updates: many in one, but by itself what VK cropped; it is fetched whole first."""
    cropped = [message for message in messages if message.get("is_cropped")]
    updates = [fetched_message(message, source=Source.HISTORY) for message in cropped]
    whole = [message for message in messages if not message.get("is_cropped")]
    for count, body in backlog.pages(found.import_id, whole):
        found.pages += 1
        found.messages_stored += count
        updates.append((f"{HISTORY_ID}{found.import_id}:{found.pages}", HISTORY_PAGE, body))
    # Those go their own way, and nobody counts them there.
    found.messages_stored += len(cropped)
    found.messages_done += len(cropped)
    await store_fetched(session, work.community, updates)
    imported_messages.inc(len(messages))
