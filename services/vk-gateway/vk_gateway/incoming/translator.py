"""Behind the callback: stored updates become events, in batches, each once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import func, select, update

from shared.database.engine import Database
from shared.database.outage import is_outage
from shared.database.session import Session
from shared.events.channel import ChannelEvent, MessageReceived, StaffReplied
from shared.messaging.outbox import publish_rows_on_commit, sealed
from vk_gateway.communities.queries import list_live_epochs
from vk_gateway.contacts.profiles import list_names, want_profiles
from vk_gateway.incoming.translate import OVER, Answered, Kept, Translation, Written, translate
from vk_gateway.outgoing import actions as outgoing_actions
from vk_gateway.outgoing.queries import list_by_random_ids
from vk_gateway.tables import Outgoing, RawUpdate

log = structlog.get_logger()
translated_updates = Counter("otklik_vk_updates_translated", "Raw updates translated", ["outcome"])

BATCH_POSTGRESQL = 500
BATCH_SQLITE = 100
BATCH_BYTES_MAX = 8 * 1024 * 1024
REST_FACTOR = 19
REST_SECONDS_MAX = 3.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class _Update:
    position: int
    integration_id: UUID
    project_id: UUID
    community_id: int
    epoch: int
    event_id: str
    received_at: datetime
    translation: Translation


class Translator:
    """Takes untranslated updates in the order they were stored. Several processes may do it at once.

    While callbacks press (`is_pressed`) it works a twentieth of the time: VK must have its `ok` first, and
    what is stored can wait a moment.
    """

    def __init__(self, database: Database, is_pressed: Callable[[], bool]) -> None:
        self._database = database
        self._is_pressed = is_pressed
        self._batch = BATCH_SQLITE if database.is_sqlite else BATCH_POSTGRESQL

    async def step(self) -> bool:
        """Translate one batch. Returns whether more may wait."""
        started = self._database.world.monotonic()
        is_full = await self._translate_batch()
        worked = self._database.world.monotonic() - started
        await self._rest(min(REST_SECONDS_MAX, REST_FACTOR * worked))
        return is_full

    async def _rest(self, seconds: float) -> None:
        """Leave the process to the callbacks, as long as they press."""
        for _ in range(round(seconds / LOOK_SECONDS)):
            if not self._is_pressed():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _translate_batch(self) -> bool:
        async with self._database.read() as session:
            positions = await _next_positions(session, self._batch)
            rows = (await session.execute(_updates(positions))).all() if positions else []
        updates = [
            _Update(
                position=row.position,
                integration_id=row.integration_id,
                project_id=row.project_id,
                community_id=row.community_id,
                epoch=row.epoch,
                event_id=row.event_id,
                received_at=row.received_at,
                translation=translate(row.kind, row.body, row.received_at),
            )
            for row in rows
        ]
        if updates:
            await self._announce_or_split(updates)
        return len(positions) == self._batch

    async def _announce_or_split(self, updates: Sequence[_Update]) -> None:
        """Announce all together; if one of them is at fault, each by itself, and set that one aside."""
        try:
            async with self._database.write() as session:
                await _announce_mine(session, updates)
        except Exception as error:
            if is_outage(error):
                raise
            if len(updates) > 1:
                for each in updates:
                    await self._announce_or_split([each])
                return
            (each,) = updates
            log.exception(
                "update_not_translated", integration_id=str(each.integration_id), event_id=each.event_id
            )
            async with self._database.write() as session:
                await _mark(session, {"failed": [each.position]})


async def _announce_mine(session: Session, updates: Sequence[_Update]) -> None:
    claimed = await _claim(session, [each.position for each in updates])
    live = await list_live_epochs(session, {each.integration_id for each in updates})
    mine = [each for each in updates if each.position in claimed]
    await _announce(
        session, [each if _is_live(each, live) else replace(each, translation=OVER) for each in mine]
    )


def _is_live(each: _Update, live: dict[UUID, int]) -> bool:
    """Whether an update's epoch still lasts; the end of an epoch can overtake an update already stored."""
    return live.get(each.integration_id) == each.epoch


async def _next_positions(session: Session, limit: int) -> list[int]:
    """Return the oldest untranslated updates, as many as fit into memory together."""
    query = (
        select(RawUpdate.position, func.length(RawUpdate.body))
        .where(RawUpdate.translated_at.is_(None))
        .order_by(RawUpdate.position)
        .limit(limit)
    )
    positions: list[int] = []
    size = 0
    for position, length in (await session.execute(query)).all():
        size += length
        if positions and size > BATCH_BYTES_MAX:
            break
        positions.append(position)
    return positions


def _updates(positions: Sequence[int]) -> Any:
    return (
        select(
            RawUpdate.position,
            RawUpdate.integration_id,
            RawUpdate.project_id,
            RawUpdate.community_id,
            RawUpdate.epoch,
            RawUpdate.event_id,
            RawUpdate.received_at,
            RawUpdate.kind,
            RawUpdate.body,
        )
        .where(RawUpdate.position.in_(positions))
        .order_by(RawUpdate.position)
    )


async def _claim(session: Session, positions: Sequence[int]) -> set[int]:
    """Lock the updates that nobody else has translated meanwhile."""
    query = (
        select(RawUpdate.position)
        .where(RawUpdate.position.in_(positions), RawUpdate.translated_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    return set((await session.execute(query)).scalars())


async def _announce(session: Session, updates: Sequence[_Update]) -> None:
    answered = [each for each in updates if isinstance(each.translation, Answered)]
    echoes = await _echoes(session, answered)
    people: set[tuple[UUID, str]] = set()
    for each in updates:
        match each.translation:
            case Written(peer_id=peer_id):
                people.add((each.integration_id, str(peer_id)))
            case Answered(peer_id=peer_id, admin_id=admin_id):
                people.update((each.integration_id, str(person)) for person in (peer_id, admin_id) if person)
    names = await list_names(session, {staff for each in answered if (staff := _staff(each)) is not None})
    rows = []
    outcomes: dict[str, list[int]] = {}
    for each in updates:
        reply = echoes.get(each.position)
        if reply is not None:
            assert isinstance(each.translation, Answered)
            number, sent_at = each.translation.conversation_message_id, each.translation.sent_at
            await outgoing_actions.complete_locked(session, reply, number, sent_at)
            outcome = "echo"
        else:
            event, outcome = _event(each, names)
            if event is not None:
                rows.append(sealed(session, event, correlation_id=each.event_id))
        outcomes.setdefault(outcome, []).append(each.position)
    await want_profiles(session, people)
    await publish_rows_on_commit(session, rows)
    await _mark(session, outcomes)


def _staff(each: _Update) -> tuple[UUID, str] | None:
    """Return who answered in VK itself, as (integration, administrator)."""
    if not isinstance(each.translation, Answered) or each.translation.admin_id is None:
        return None
    return each.integration_id, str(each.translation.admin_id)


async def _echoes(session: Session, answered: Sequence[_Update]) -> dict[int, Outgoing]:
    """Find which of the community's messages are echoes of our own sends; 0 never is."""
    ids = {each.position: _random_id(each) for each in answered}
    found = await list_by_random_ids(session, {pair for pair in ids.values() if pair[1]})
    ours = {(reply.community_id, reply.random_id): reply for reply in found if reply.attempts > 0}
    echoes = {}
    for each in answered:
        reply = ours.get(ids[each.position])
        # The same community may have served another project when the reply was sent.
        ours_too = reply is not None and reply.integration_id == each.integration_id
        if reply is not None and ours_too and reply.external_id == _peer(each):
            echoes[each.position] = reply
    return echoes


def _random_id(each: _Update) -> tuple[int, int]:
    assert isinstance(each.translation, Answered)
    return each.community_id, each.translation.random_id


def _peer(each: _Update) -> str:
    assert isinstance(each.translation, Answered)
    return str(each.translation.peer_id)


def _event(each: _Update, names: dict[tuple[UUID, str], str]) -> tuple[ChannelEvent | None, str]:
    identity = {"project_id": each.project_id, "integration_id": each.integration_id, "epoch": each.epoch}
    match each.translation:
        case Kept(outcome=outcome):
            return None, outcome
        case Written() as written:
            outcome = "partial" if written.partial else "translated"
            return MessageReceived.model_validate(identity | _content(written)), outcome
        case Answered() as answered:
            outcome = "partial" if answered.partial else "translated"
            admin = str(answered.admin_id) if answered.admin_id else None
            author = {
                "author_external_id": admin,
                "author_name": names.get((each.integration_id, admin)) if admin else None,
            }
            return StaffReplied.model_validate(identity | _content(answered) | author), outcome


def _content(message: Written | Answered) -> dict[str, Any]:
    return {
        "external_id": str(message.peer_id),
        "conversation_message_id": message.conversation_message_id,
        "text": message.text,
        "sent_at": message.sent_at,
        "unsupported": message.partial,
    }


async def _mark(session: Session, outcomes: dict[str, list[int]]) -> None:
    for outcome, positions in outcomes.items():
        translated_updates.labels(outcome).inc(len(positions))
        await session.execute(
            update(RawUpdate)
            .where(RawUpdate.position.in_(positions))
            .values(translated_at=session.now, outcome=outcome)
            .execution_options(synchronize_session=False)
        )
