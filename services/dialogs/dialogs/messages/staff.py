"""The names of those who answer in the messenger itself, which a gateway may learn after their answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from structlog.contextvars import bound_contextvars

from dialogs.live.changes import message_changed
from dialogs.messages import rules
from dialogs.states import Author
from dialogs.tables import Contact, Dialog, Message
from shared.database.session import Session

Key = tuple[UUID, str]
# Messages whose author's name is still to come: (message, contact of its dialog, author's contact).
Nameless = Sequence[tuple[UUID, UUID, Contact]]


def author_key(event: Any) -> Key | None:
    """Return who answered in the messenger, as a contact's key."""
    external_id = getattr(event, "author_external_id", None)
    if not external_id or getattr(event, "by_customer", False):
        return None
    return event.integration_id, rules.storable(external_id)


async def list_nameless(session: Session, named: Iterable[Contact]) -> Nameless:
    """Find the messages that people wrote before we knew their names."""
    by_key = {(contact.integration_id, contact.external_id): contact for contact in named}
    if not by_key:
        return []
    query = (
        select(Message.id, Dialog.contact_id, Dialog.integration_id, Message.author_external_id)
        .join(Dialog, Dialog.id == Message.dialog_id)
        .where(
            Message.author == Author.STAFF,
            Message.author_name.is_(None),
            tuple_(Dialog.integration_id, Message.author_external_id).in_(sorted(by_key)),
        )
    )
    return [(row[0], row[1], by_key[row[2], str(row[3])]) for row in await session.execute(query)]


async def name_authors(
    session: Session, nameless: Nameless, dialogs: dict[UUID, Dialog], stories: Mapping[UUID, str | None]
) -> None:
    """Write the names down; the dialogs, by their contacts, are locked. `stories` are by contact, too."""
    if not nameless:
        return
    authors = {message_id: (dialogs[contact_id], author) for message_id, contact_id, author in nameless}
    query = select(Message).where(Message.id.in_(authors)).execution_options(populate_existing=True)
    for message in await session.scalars(query):
        dialog, author = authors[message.id]
        message.author_name = author.name
        message.version += 1
        with bound_contextvars(correlation_id=stories[author.id]):
            message_changed(session, dialog, message.id)
