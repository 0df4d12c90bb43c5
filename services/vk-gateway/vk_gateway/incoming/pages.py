"""What an import fetched, announced many messages at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from shared.database.session import Session
from shared.events.channel import EarlierMessage, MessagesImported
from shared.events.content import EMPTY
from shared.events.envelope import PAYLOAD_BYTES_MAX
from shared.messaging.outbox import publish_rows_on_commit, sealed
from vk_gateway.contacts.profiles import list_names, want_profiles
from vk_gateway.history.imports import note_done
from vk_gateway.incoming.announce import (
    Person,
    Update,
    authors_of,
    complete_echoes,
    content_of,
    people_of,
    reply_author,
    want_copies_of,
)
from vk_gateway.incoming.fields import weight
from vk_gateway.incoming.translate import Answered, Message, Page

# The envelope, and the fields of a message besides its text and content.
_ENVELOPE_BYTES = 4 * 1024
_MESSAGE_BYTES = 600


async def announce_pages(session: Session, updates: Sequence[Update]) -> None:
    """Announce the messages of imports: each event has as many as fit."""
    pages = [each for each in updates if isinstance(each.translation, Page)]
    for page in pages:
        await _announce(session, page, page.translation)


async def _announce(session: Session, update: Update, page: Any) -> None:
    # Each stands for itself here, by a number that no other has.
    each = [replace(update, position=n, translation=message) for n, message in enumerate(page.messages)]
    echoes = await complete_echoes(session, each)
    told = [one for one in each if one.position not in echoes]
    await want_profiles(session, {person for one in told for person in people_of(one)})
    names = await list_names(session, {person for one in told for person in authors_of(one)})
    file_ids = await want_copies_of(session, told, is_earlier=True)
    messages = [_earlier(one, names, file_ids) for one in told]
    rows = [
        sealed(
            session,
            MessagesImported(
                project_id=update.project_id,
                integration_id=update.integration_id,
                epoch=update.epoch,
                import_id=page.import_id,
                messages=bundle,
            ),
            correlation_id=update.event_id,
        )
        for bundle in _fitting(messages)
    ]
    await publish_rows_on_commit(session, rows)
    if untold := page.unreadable + len(echoes):
        await note_done(session, update.integration_id, page.import_id, untold)


def _earlier(
    one: Update, names: Mapping[Person, str], file_ids: Mapping[tuple[UUID, UUID], UUID]
) -> EarlierMessage:
    message = one.translation
    assert isinstance(message, Message)
    content = content_of(one, message, names, file_ids)
    author = reply_author(one, message.admin_id, names) if isinstance(message, Answered) else {}
    return EarlierMessage(
        external_id=str(message.peer_id),
        conversation_message_id=message.conversation_message_id,
        by_customer=not isinstance(message, Answered),
        text=message.body.text,
        sent_at=message.sent_at,
        edited_at=message.edited_at,
        unsupported=message.body.unsupported,
        content=None if content is EMPTY else content,
        **author,
    )


def _fitting(messages: Sequence[EarlierMessage]) -> Iterator[tuple[EarlierMessage, ...]]:
    """Put messages together as far as one event carries them."""
    bundle: list[EarlierMessage] = []
    room = PAYLOAD_BYTES_MAX - _ENVELOPE_BYTES
    for message in messages:
        size = _MESSAGE_BYTES + weight(message.text)
        if message.content is not None:
            size += len(message.content.model_dump_json().encode())
        if bundle and size > room:
            yield tuple(bundle)
            bundle, room = [], PAYLOAD_BYTES_MAX - _ENVELOPE_BYTES
        bundle.append(message)
        room -= size
    if bundle:
        yield tuple(bundle)
