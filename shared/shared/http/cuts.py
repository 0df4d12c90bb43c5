"""Access cuts: tokens of an operator issued before a moment count no more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, Uuid, select

from shared.database.columns import UtcDateTime
from shared.database.inserts import inserted
from shared.database.session import Session

access_cut_table = Table(
    "access_cut",
    MetaData(),
    Column("operator_id", Uuid, primary_key=True),
    Column("not_before", UtcDateTime, nullable=False, index=True),
)


async def record_cut(session: Session, operator_id: UUID, not_before: datetime) -> None:
    """Refuse an operator's older tokens from now on. Repeats and old news change nothing."""
    new = await inserted(
        session, access_cut_table, conflict=["operator_id"], operator_id=operator_id, not_before=not_before
    )
    if not new:
        later = (access_cut_table.c.operator_id == operator_id) & (access_cut_table.c.not_before < not_before)
        await session.execute(access_cut_table.update().where(later).values(not_before=not_before))


async def list_cuts(session: Session, *, since: datetime) -> dict[UUID, datetime]:
    """Return the cuts that tokens still alive could fall under."""
    rows = await session.execute(select(access_cut_table).where(access_cut_table.c.not_before >= since))
    return {row.operator_id: row.not_before for row in rows}
