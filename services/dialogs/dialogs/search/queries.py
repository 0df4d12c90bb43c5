"""Finding messages and dialogs by their texts, the newest first, without ever reading very much at once.

Two ways lead to a page. A *walk* reads the newest texts one by one: right for what is found often. The
*index* gives all finds at once, to be sorted: right for what is found seldom. A page is walked first; if
the walk's share of rows is used up, the finds are few, and the index gives the rest of them. Where it cannot
(a question of one or two signs, or finds by the ten thousand that happen to be old), the page ends where the
walk did: it may be short, or empty, and its cursor leads on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import CTE, Uuid, func, literal, select, true, tuple_

from dialogs.search.conditions import found_by_index, found_by_reading, has_indexed
from dialogs.search.planning import only_by_index
from dialogs.search.tables import SearchText
from dialogs.states import SearchKind
from dialogs.tables import Dialog, Message
from dialogs.threads.filters import Filters, behind, key_of
from dialogs.threads.views import found_by_id
from shared.database.columns import UtcDateTime
from shared.database.session import Session

Key = tuple[str, str]
Terms = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Shares:
    """How much one page may cost: texts that are read in turn, and finds of the index that are sorted."""

    walk_rows: int
    found_max: int

    @property
    def walk_dialogs(self) -> int:
        """How many dialogs are looked through at a time."""
        return max(2, self.walk_rows // 25)


@dataclass(frozen=True)
class Finds(Generic[T]):
    """A page of finds, and where the next one begins; None at the end."""

    items: list[T]
    goes_on: Key | None


async def find_dialogs(
    session: Session,
    filters: Filters,
    terms: Terms,
    shares: Shares,
    *,
    after: Sequence[Any] | None,
    limit: int,
) -> Finds[Dialog]:
    """Find the dialogs of a list that hold all terms in one message or name; the latest activity first."""
    wanted = limit + 1
    found: list[UUID] = []
    left, reached, is_end = shares.walk_rows, after, False
    while left > 0 and len(found) < wanted and not is_end:
        step = await _next_dialogs(session, filters, reached, shares.walk_dialogs)
        holding = await _holding(session, step, terms)
        found += [row.id for row in step if row.id in holding]
        left -= sum(row.message_count + 1 for row in step)
        is_end = len(step) < shares.walk_dialogs
        reached = _key(step[-1]) if step else reached
    if len(found) < wanted and not is_end and has_indexed(terms):
        more = await _dialogs_by_index(session, filters, terms, shares, after=reached, limit=wanted)
        if more is not None:
            found, is_end = found + more, len(more) < wanted
    dialogs = await found_by_id(session, Dialog, found[:limit])
    items = [dialogs[each] for each in found[:limit]]
    if len(found) >= wanted:
        return Finds(items, key_of(items[-1]))
    return Finds(items, None if is_end or reached is None else (str(reached[0]), str(reached[1])))


async def _next_dialogs(
    session: Session, filters: Filters, after: Sequence[Any] | None, limit: int
) -> Sequence[Any]:
    query = select(Dialog.id, Dialog.last_activity_at.label("at"), Dialog.message_count)
    query = query.where(*filters.conditions(), *([behind(after)] if after else []))
    query = query.order_by(Dialog.last_activity_at.desc(), Dialog.id.desc()).limit(limit)
    return (await session.execute(query)).all()


def _key(row: Any) -> Key:
    return row.at.isoformat(), str(row.id)


async def _holding(session: Session, dialogs: Sequence[Any], terms: Terms) -> set[UUID]:
    of_them = SearchText.dialog_id.in_([dialog.id for dialog in dialogs])
    query = select(SearchText.dialog_id).where(of_them, found_by_reading(session, terms)).distinct()
    return set(await session.scalars(query))


async def _dialogs_by_index(
    session: Session,
    filters: Filters,
    terms: Terms,
    shares: Shares,
    *,
    after: Sequence[Any] | None,
    limit: int,
) -> list[UUID] | None:
    """Return the finds behind `after`; None when there are too many to sort."""
    finds = _all_finds(session, filters.project_id, terms, shares)
    query = select(Dialog.id.label("id"), Dialog.last_activity_at.label("at")).where(
        Dialog.id.in_(select(finds.c.dialog_id)),
        *filters.conditions(),
        *([behind(after)] if after else []),
    )
    query = query.order_by(Dialog.last_activity_at.desc(), Dialog.id.desc())
    rows = await _sorted_finds(session, finds, shares, query.limit(limit))
    return None if rows is None else [row.id for row in rows]


async def find_messages(
    session: Session,
    project_id: UUID,
    terms: Terms,
    shares: Shares,
    *,
    after: Sequence[Any] | None,
    limit: int,
) -> Finds[Message]:
    """Find the messages of a project that hold all terms, the newest first."""
    wanted = limit + 1
    walked = _newest(project_id, after).limit(shares.walk_rows).subquery()
    hits = select(walked.c.subject_id.label("id"), walked.c.at)
    hits = hits.where(found_by_reading(session, terms, walked.c))
    found = (await session.execute(_in_order(hits, walked.c).limit(wanted))).all()
    goes_on = None
    if len(found) < wanted:
        goes_on = await _end_of_walk(session, walked, shares.walk_rows)
        if goes_on is not None and has_indexed(terms):
            more = await _messages_by_index(session, project_id, terms, shares, after=goes_on, limit=wanted)
            if more is not None:
                found, goes_on = [*found, *more], None
    if len(found) >= wanted:
        goes_on = _key(found[limit - 1])
    ids = [row.id for row in found[:limit]]
    messages = await found_by_id(session, Message, ids)
    return Finds([messages[each] for each in ids if each in messages], goes_on)


def _newest(project_id: UUID, after: Sequence[Any] | None) -> Any:
    query = select(SearchText.subject_id, SearchText.at, SearchText.text, SearchText.words).where(
        SearchText.project_id == project_id, SearchText.kind == SearchKind.MESSAGE
    )
    return _in_order(query.where(*_older(SearchText, after)), SearchText)


def _older(columns: Any, after: Sequence[Any] | None) -> list[Any]:
    if after is None:
        return []
    last = tuple_(literal(datetime.fromisoformat(after[0]), UtcDateTime()), literal(UUID(after[1]), Uuid()))
    return [tuple_(columns.at, columns.subject_id) < last]


def _in_order(query: Any, columns: Any) -> Any:
    return query.order_by(columns.at.desc(), columns.subject_id.desc())


async def _end_of_walk(session: Session, walked: Any, rows: int) -> Key | None:
    """Return the last row that a walk has read; None if there is no further one."""
    oldest = select(walked.c.at, walked.c.subject_id, func.count().over().label("size"))
    row = (await session.execute(oldest.order_by(walked.c.at, walked.c.subject_id).limit(1))).one_or_none()
    return None if row is None or row.size < rows else (row.at.isoformat(), str(row.subject_id))


async def _messages_by_index(
    session: Session, project_id: UUID, terms: Terms, shares: Shares, *, after: Key, limit: int
) -> list[Any] | None:
    """Return the finds behind `after`; None when there are too many to sort."""
    finds = _all_finds(session, project_id, terms, shares)
    # The kind is asked for out here: in there it would tempt planners to the index by date.
    query = select(finds.c.subject_id.label("id"), finds.c.at).where(
        finds.c.kind == SearchKind.MESSAGE, *_older(finds.c, after)
    )
    return await _sorted_finds(session, finds, shares, _in_order(query, finds.c).limit(limit))


def _all_finds(session: Session, project_id: UUID, terms: Terms, shares: Shares) -> CTE:
    columns = (SearchText.subject_id, SearchText.dialog_id, SearchText.kind, SearchText.at)
    its = SearchText.project_id == project_id
    query = select(*columns).where(its, found_by_index(session, project_id, terms))
    return query.limit(shares.found_max + 1).cte("finds")


async def _sorted_finds(session: Session, finds: CTE, shares: Shares, query: Any) -> list[Any] | None:
    """Run a query on the finds for `id` and `at`. None when there were too many finds."""
    rows = query.subquery()
    size = select(func.count().label("size")).select_from(finds).subquery()
    both = select(size.c.size, rows).select_from(size.outerjoin(rows, true()))
    async with only_by_index(session):
        found = (await session.execute(both)).all()
    if found[0].size > shares.found_max:
        return None
    return sorted((row for row in found if row.id), key=lambda row: (row.at, row.id), reverse=True)
