"""Whose updates are translated next: communities take turns, so that a flood of one holds up no other."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from shared.database.session import Session
from vk_gateway.tables import RawUpdate

SHARES = 4
BYTES_MAX = 8 * 1024 * 1024
START = UUID(int=0)
Waiting = Row[tuple[int, UUID, int]]


@dataclass(frozen=True, slots=True)
class Turn:
    """The updates of a batch, after which integration the next batch begins, and whether more may wait."""

    positions: list[int]
    ends_at: UUID
    is_more: bool


async def next_turn(session: Session, begins_at: UUID, limit: int) -> Turn:
    """Return waiting updates, as many as fit into memory together, of each integration its oldest.

    Integrations come by turns in the order of their ids. Each gets a quarter of the batch at most, and what
    is left over once all have been asked goes to those that want more.
    """
    await _walk_the_index(session)
    asked = begins_at
    chosen: list[Waiting] = []
    spare: list[Waiting] = []
    while len(chosen) < limit:
        page = (await session.execute(waiting_after(asked, limit))).all()
        seen: Counter[UUID] = Counter()
        for row in page:
            seen[row.integration_id] += 1
            (chosen if seen[row.integration_id] <= limit // SHARES else spare).append(row)
        if len(page) < limit:
            asked = START
            break
        asked = page[-1].integration_id
    fitting = _fitting([*chosen, *spare], limit)
    all_had_a_turn = asked == START and len(fitting) >= len(chosen)
    ends_at = START if all_had_a_turn or not fitting else fitting[-1].integration_id
    is_all = begins_at == ends_at == START and len(fitting) == len(chosen) + len(spare) < limit
    return Turn([row.position for row in fitting], ends_at, not is_all)


async def _walk_the_index(session: Session) -> None:
    """Have PostgreSQL stop at the limit: what it remembers of quiet times makes it sort a whole backlog."""
    if session.is_postgresql:
        off = (func.set_config(f"enable_{way}", "off", True) for way in ("sort", "incremental_sort"))
        await session.execute(select(*off))


def waiting_after(after: UUID, limit: int) -> Select[tuple[int, UUID, int]]:
    """Return the query for a stretch of the index of what waits: by integration, each from its oldest."""
    return (
        select(RawUpdate.position, RawUpdate.integration_id, func.length(RawUpdate.body).label("size"))
        .where(RawUpdate.translated_at.is_(None), RawUpdate.integration_id > after)
        .order_by(RawUpdate.integration_id, RawUpdate.position)
        .limit(limit)
    )


def _fitting(rows: Sequence[Waiting], limit: int) -> Sequence[Waiting]:
    """Return the first rows, one at least, that are not too many and not too large together."""
    size = 0
    for count, row in enumerate(rows[:limit]):
        size += row.size
        if count and size > BYTES_MAX:
            return rows[:count]
    return rows[:limit]
