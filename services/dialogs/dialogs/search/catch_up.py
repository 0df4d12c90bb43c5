"""Bringing along what was stored before dialogs could be searched and counted, in small steps.

New rows need none of this; a step that finds nothing costs two look-ups in empty indexes.
"""

from sqlalchemy import select, update

from dialogs.live.changes import record_change, touch
from dialogs.search.indexing import row_of, store
from dialogs.tables import CatchUp, Dialog, Message
from shared.database.engine import Database
from shared.database.session import Session

STEP = 500
MESSAGES = "messages"


async def catch_up(database: Database) -> bool:
    """Take one step. Returns whether there may be more to do."""
    async with database.read() as session:
        uncounted = await session.scalar(select(Dialog.id).where(Dialog.counted.is_(None)).limit(1))
        waiting = await session.scalar(
            select(CatchUp.name).where(CatchUp.name == MESSAGES, CatchUp.is_done.is_(False))
        )
    if uncounted is not None:
        async with database.write() as session:
            await _count_some(session)
    if waiting is not None:
        async with database.write() as session:
            await _index_some(session)
    return uncounted is not None or waiting is not None


async def _count_some(session: Session) -> None:
    """Count dialogs, and let people be found; what was answered long ago has been seen."""
    query = (
        select(Dialog)
        .where(Dialog.counted.is_(None))
        .order_by(Dialog.contact_id)
        .limit(STEP)
        .with_for_update(skip_locked=True)
    )
    for dialog in (await session.scalars(query)).all():
        touch(session, dialog)
        record_change(session, dialog.project_id, "counters_changed", dialog.project_id, {})


async def _index_some(session: Session) -> None:
    """Let older messages be found, the newest of them first."""
    progress = await session.get(CatchUp, MESSAGES, with_for_update={"skip_locked": True})
    if progress is None or progress.is_done:
        return
    query = select(Message).order_by(Message.id.desc()).limit(STEP)
    if progress.reached is not None:
        query = query.where(Message.id < progress.reached)
    # A message that is deleted at this moment is either gone by now, or its deletion waits for this text.
    messages = (await session.scalars(query.with_for_update(read=True, key_share=True))).all()
    rows = [row for row in map(row_of, messages) if row["text"]]
    await store(session, rows, replace=False)
    done = {"is_done": not messages, "reached": messages[-1].id if messages else progress.reached}
    await session.execute(update(CatchUp).where(CatchUp.name == MESSAGES).values(done))
