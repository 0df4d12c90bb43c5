"""Imports of what was written before the connect: begun, ended, told of. The caller owns the transaction."""

from datetime import timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import delete, func, select, update

from shared.database.session import Session
from shared.events.channel import ImportProgressed, ImportState
from shared.events.integrations import HistoryDepth
from shared.messaging.outbox import publish_on_commit
from vk_gateway.communities.queries import LIVE, find_community
from vk_gateway.history.tables import Import, ImportDialog
from vk_gateway.tables import Community

MONTH = timedelta(days=30)
TOLD_EVERY = timedelta(seconds=2)
# How much the rate of the last two seconds counts against what was told before.
RATE_WEIGHT = 0.5


async def follow_wish(session: Session, integration_id: UUID, epoch: int, depth: HistoryDepth | None) -> None:
    """Begin the import that was wished for with a connect, unless this epoch has had one."""
    community = await find_community(session, integration_id)
    if depth is None or community is None or community.epoch != epoch or community.link_state not in LIVE:
        return
    if await session.get(Import, integration_id) is None:
        await _begin(session, community, session.new_id(), depth)


async def begin_import(
    session: Session, integration_id: UUID, epoch: int, import_id: UUID, depth: HistoryDepth
) -> None:
    """Begin an import in the place of the one before. One of an epoch that is over is nobody's wish."""
    community = await find_community(session, integration_id)
    if community is None or community.epoch != epoch or community.link_state not in LIVE:
        return
    before = await session.get(Import, integration_id, with_for_update=True)
    if before is not None and before.import_id == import_id:
        return
    if before is not None:
        await _end(session, before, ImportState.CANCELLED)
        await session.delete(before)
        await session.flush()
    await _begin(session, community, import_id, depth)


async def _begin(session: Session, community: Community, import_id: UUID, depth: HistoryDepth) -> None:
    begun = Import(
        integration_id=community.integration_id,
        project_id=community.project_id,
        epoch=community.epoch,
        import_id=import_id,
        depth=depth,
        state=ImportState.RUNNING,
        since=session.now - MONTH if depth is HistoryDepth.MONTH else None,
        is_listed=False,
        list_floor=0,
        dialogs_listed=0,
        messages_stored=0,
        messages_done=0,
        done_at=session.now,
        pages=0,
        next_step_at=session.now,
        told_done=0,
        per_second=0.0,
    )
    session.add(begun)
    await session.flush()
    await tell_import(session, begun)


async def cancel_import(
    session: Session, integration_id: UUID, *, import_id: UUID | None = None, epoch: int | None = None
) -> None:
    """End an import that runs, this one or that of this epoch; what has come stays."""
    found = await session.get(Import, integration_id, with_for_update=True)
    if found is not None and (found.import_id == import_id or found.epoch == epoch):
        await _end(session, found, ImportState.CANCELLED)


async def finish_import(session: Session, found: Import) -> None:
    """End an import whose messages are all in their dialogs."""
    await _end(session, found, ImportState.DONE)


async def _end(session: Session, found: Import, state: ImportState) -> None:
    if found.state is not ImportState.RUNNING:
        return
    found.state, found.next_step_at = state, None
    await tell_import(session, found)
    of_it = ImportDialog.integration_id == found.integration_id
    await session.execute(delete(ImportDialog).where(of_it).execution_options(synchronize_session=False))


async def note_done(session: Session, integration_id: UUID, import_id: UUID, messages: int) -> None:
    """Count messages of an import that need no more: they are in their dialogs, or are none."""
    same = (Import.integration_id == integration_id) & (Import.import_id == import_id)
    await session.execute(
        update(Import)
        .where(same)
        .values(messages_done=Import.messages_done + messages, done_at=session.now)
        .execution_options(synchronize_session=False)
    )


async def tell_now_and_then(session: Session, found: Import) -> None:
    """Publish how far an import is, every two seconds."""
    if found.told_at is None or session.now - found.told_at >= TOLD_EVERY:
        await tell_import(session, found)


async def tell_import(session: Session, found: Import) -> None:
    """Publish how far an import is."""
    dialogs_left, messages_left = await _left(session, found.integration_id)
    if found.told_at is not None and session.now > found.told_at:
        rate = (found.messages_done - found.told_done) / (session.now - found.told_at).total_seconds()
        found.per_second += (rate - found.per_second) * (RATE_WEIGHT if found.per_second else 1)
    found.told_at, found.told_done = session.now, found.messages_done
    total = found.messages_stored + messages_left if found.is_listed else None
    event = ImportProgressed(
        project_id=found.project_id,
        integration_id=found.integration_id,
        epoch=found.epoch,
        import_id=found.import_id,
        depth=str(found.depth),
        state=found.state,
        dialogs_done=found.dialogs_listed - dialogs_left,
        dialogs_total=found.dialogs_listed if found.is_listed else found.dialogs_there,
        messages_done=min(found.messages_done, found.messages_stored),
        messages_total=total,
        per_second=round(found.per_second, 1),
        seconds_left=_seconds_left(found, total),
        told_at=session.now,
    )
    await publish_on_commit(session, event)


def _seconds_left(found: Import, total: int | None) -> int | None:
    if found.state is not ImportState.RUNNING:
        return 0 if found.state is ImportState.DONE else None
    if total is None or found.per_second < 1:
        return None
    return ceil(max(0, total - found.messages_done) / found.per_second)


async def _left(session: Session, integration_id: UUID) -> tuple[int, int]:
    query = select(func.count(), func.coalesce(func.sum(ImportDialog.messages_left), 0)).where(
        ImportDialog.integration_id == integration_id
    )
    row = (await session.execute(query)).one()
    return row[0], int(row[1])
