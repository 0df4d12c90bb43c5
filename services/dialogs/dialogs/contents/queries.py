"""What messages were, as far as they were told."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from dialogs.contents.rules import Telling, Version, content_of, versions
from dialogs.states import Author
from dialogs.tables import Message, MessageVersion
from shared.database.session import Session

# Stands for the moment of the original, because a key cannot be null.
ORIGINAL = datetime(1970, 1, 1, tzinfo=UTC)
VERSIONS_SHOWN_MAX = 200


def told_in(message: Message) -> Telling:
    """Return what a message is now, as it was told."""
    return Telling(
        message.told_at,
        message.text,
        message.unsupported,
        content_of(message.content),
        message.author_id,
        message.author_external_id,
        message.author_name,
    )


def telling_in(row: MessageVersion) -> Telling:
    """Return a telling that was kept."""
    return Telling(
        None if row.told_at == ORIGINAL else row.told_at,
        row.text,
        row.unsupported,
        content_of(row.content),
        row.author_id,
        row.author_external_id,
        row.author_name,
    )


async def find_tellings(
    session: Session, message_ids: Iterable[UUID]
) -> dict[UUID, dict[datetime, MessageVersion]]:
    """Return what was told of messages, by message and moment."""
    query = select(MessageVersion).where(MessageVersion.message_id.in_(set(message_ids)))
    found: dict[UUID, dict[datetime, MessageVersion]] = {}
    for row in await session.scalars(query.order_by(MessageVersion.told_at)):
        found.setdefault(row.message_id, {})[row.told_at] = row
    return found


async def list_versions(session: Session, message: Message) -> list[Version]:
    """Return the versions of a message that people can tell apart, the oldest first; at most 200."""
    rows = (await find_tellings(session, [message.id])).get(message.id, {})
    tellings = [telling_in(row) for row in rows.values()] or [told_in(message)]
    return versions(tellings, ours=message.author is Author.OPERATOR)[-VERSIONS_SHOWN_MAX:]
