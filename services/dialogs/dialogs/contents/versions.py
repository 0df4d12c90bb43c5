"""Messages that are told again: everything told is kept, and the row shows what it comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from structlog.contextvars import bound_contextvars

from dialogs.contents.queries import ORIGINAL, find_tellings, telling_in, told_in
from dialogs.contents.rules import (
    Telling,
    content_now,
    document_of,
    edited,
    file_ids,
    fullness,
    merged,
    versions,
)
from dialogs.files.actions import link_files
from dialogs.live.changes import message_changed
from dialogs.states import Author
from dialogs.tables import Dialog, Message, MessageFile, MessageVersion
from shared.database.session import Session
from shared.events.content import EMPTY, Content

SHOWN = ("text", "unsupported", "content", "edits", "edited_at", "author_external_id", "author_name")


@dataclass(frozen=True)
class Retold:
    """More tellings of a message that is there. Its dialog is locked."""

    dialog: Dialog
    message: Message
    tellings: Sequence[Telling]
    correlation_id: str | None = None


def told_as(tellings: Sequence[Telling], *, ours: bool) -> dict[str, Any]:
    """Return the columns of a message that was told like this; the tellings are merged ones."""
    last = tellings[-1]
    edits, edited_at = edited(versions(tellings, ours=ours))
    return {
        "text": last.text,
        "unsupported": last.unsupported,
        "content": document_of(content_now(tellings)),
        "told_at": last.told_at,
        "edits": edits,
        "edited_at": edited_at,
    }


async def retell(session: Session, told: Iterable[Retold]) -> None:
    """Take over what messages were told again, in any order, each any number of times."""
    told = list(told)
    # A message that was told more than once shows one of the edits.
    edited_ids = [one.message.id for one in told if one.message.told_at is not None]
    kept = await find_tellings(session, edited_ids) if edited_ids else {}
    known = {one.message.id: _known(one.message, kept.get(one.message.id, {})) for one in told}
    fresh = [replace(one, tellings=news) for one in told if (news := _news(one, known[one.message.id][-1]))]
    held = [(one.message.id, one.message.project_id, each.content) for one in fresh for each in one.tellings]
    await keep_files(session, held)
    for one in fresh:
        message = one.message
        # The row has the author of the original, a telling its own: of equals the first is taken.
        tellings = merged([*one.tellings, *known[message.id]])
        keep_tellings(session, message.id, message.project_id, tellings, rows=kept.get(message.id, {}))
        if _show(message, tellings):
            message.version += 1
            with bound_contextvars(correlation_id=one.correlation_id):
                message_changed(session, one.dialog, message.id)


def _known(message: Message, rows: Mapping[datetime, MessageVersion]) -> list[Telling]:
    """Return what was told, the latest last. The message itself may show more than was told with its edit."""
    return [telling_in(row) for row in rows.values()] or [told_in(message)]


def _news(one: Retold, now: Telling) -> Sequence[Telling]:
    """Return the tellings if any says more than is known.

    An operator's own words stand above the messenger's echo of them.
    """
    ours = one.message.author is Author.OPERATOR
    told = [telling for telling in one.tellings if not (ours and telling.told_at is None)]
    return told if any(each.told_at != now.told_at or _is_other(each, now) for each in told) else ()


def _is_other(telling: Telling, now: Telling) -> bool:
    same = (telling.text, telling.unsupported, telling.content) == (now.text, now.unsupported, now.content)
    return not same and fullness(telling) > fullness(now)


def keep_tellings(
    session: Session,
    message_id: UUID,
    project_id: UUID,
    tellings: Sequence[Telling],
    *,
    rows: Mapping[datetime, MessageVersion],
) -> None:
    """Keep merged tellings beside `rows`, those kept before. A single one stands in the message itself."""
    for telling in tellings if len(tellings) > 1 else ():
        told_at = telling.told_at or ORIGINAL
        row = rows.get(told_at)
        if row is None:
            row = MessageVersion(message_id=message_id, told_at=told_at, project_id=project_id)
            session.add(row)
        elif telling_in(row) == telling:
            continue
        row.text, row.unsupported, row.content = (
            telling.text,
            telling.unsupported,
            document_of(telling.content),
        )
        row.author_id, row.author_name = telling.author_id, telling.author_name
        row.author_external_id = telling.author_external_id


def _show(message: Message, tellings: Sequence[Telling]) -> bool:
    """Let the row be what the tellings come to. Returns whether people see anything of it."""
    before = [getattr(message, name) for name in SHOWN]
    for name, value in told_as(tellings, ours=message.author is Author.OPERATOR).items():
        setattr(message, name, value)
    first = tellings[0]
    if message.author is Author.STAFF and (first.author_external_id or first.author_name):
        same = message.author_external_id == first.author_external_id
        message.author_external_id = first.author_external_id
        message.author_name = first.author_name or (message.author_name if same else None)
    return before != [getattr(message, name) for name in SHOWN]


async def keep_files(session: Session, held: Iterable[tuple[UUID, UUID, Content]]) -> None:
    """Note which files messages hold; each is given by its id, its project and the contents."""
    by_project: dict[UUID, dict[UUID, set[UUID]]] = {}
    for message_id, project_id, content in held:
        if content is not EMPTY and (found := file_ids(content)):
            by_project.setdefault(project_id, {}).setdefault(message_id, set()).update(found)
    for project_id, links in sorted(by_project.items()):
        await link_files(session, project_id, links)


async def move_versions(session: Session, dialog: Dialog, source: Message, target: Message) -> None:
    """Let `target` take over what was told of `source`, which turned out to be the same message."""
    if source.told_at is not None:
        rows = (await find_tellings(session, [source.id])).get(source.id, {})
        tellings = [telling_in(row) for row in rows.values()] or [told_in(source)]
        await retell(session, [Retold(dialog, target, tellings)])
        await session.execute(delete(MessageVersion).where(MessageVersion.message_id == source.id))
    if source.told_at is not None or source.content is not None:
        await session.execute(delete(MessageFile).where(MessageFile.message_id == source.id))
