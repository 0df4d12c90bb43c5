"""How messages look to callers, rendered for many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select, tuple_

from dialogs.contents.queries import list_versions
from dialogs.contents.rules import content_of, file_ids, shown_kind
from dialogs.contents.schemas import (
    AttachmentOut,
    ContentOut,
    IncludedOut,
    PressOut,
    VersionAuthor,
    VersionOut,
)
from dialogs.files.queries import file_views
from dialogs.files.schemas import FileOut
from dialogs.tables import ButtonPress, Contact, Dialog, Message
from dialogs.threads.schemas import ChangeOut, MessageAuthor, MessageOut
from dialogs.threads.views import found_by_id, shown_state
from shared.database.session import Session
from shared.events.content import EMPTY, Attachment, Content, Included

PRESSES_SHOWN_MAX = 20
WEB = ("https://", "http://")
Place = tuple[UUID, int]


@dataclass
class Known:
    """What contents refer to: files by id, messages by dialog and number, presses by contact and number."""

    files: dict[UUID, FileOut] = field(default_factory=dict)
    quoted: dict[Place, UUID] = field(default_factory=dict)
    presses: dict[Place, list[PressOut]] = field(default_factory=dict)


async def list_message_views(session: Session, message_ids: Sequence[UUID]) -> list[MessageOut]:
    """Render messages by their ids, in no order."""
    messages = await found_by_id(session, Message, message_ids)
    return await message_views(session, list(messages.values()))


async def message_view(session: Session, message: Message) -> MessageOut:
    """Render one message."""
    return (await message_views(session, [message]))[0]


async def message_views(session: Session, messages: Sequence[Message]) -> list[MessageOut]:
    """Render messages in the order given. Plain texts cost at most two queries for all of them."""
    dialogs = await found_by_id(session, Dialog, [message.dialog_id for message in messages])
    contacts = await found_by_id(session, Contact, [dialog.contact_id for dialog in dialogs.values()])
    contents = {message.id: content_of(message.content) for message in messages}
    known = Known(
        await find_files(session, contents.values()),
        await find_quoted(session, [(message.dialog_id, contents[message.id]) for message in messages]),
        await _find_presses(session, messages, dialogs),
    )
    views = []
    for message in messages:
        contact = contacts[dialogs[message.dialog_id].contact_id]
        views.append(_message_view(message, contact, contents[message.id], known))
    return views


async def find_files(session: Session, contents: Iterable[Content]) -> dict[UUID, FileOut]:
    """Return the files that contents hold."""
    return await file_views(
        session, {file_id for content in contents if content is not EMPTY for file_id in file_ids(content)}
    )


async def find_quoted(
    session: Session, contents: Sequence[tuple[UUID, Content]]
) -> dict[tuple[UUID, int], UUID]:
    """Return our own ids of the messages that are quoted in these dialogs, by dialog and number."""
    places = {
        (dialog_id, content.quoted.conversation_message_id or 0)
        for dialog_id, content in contents
        if content.quoted is not None
    }
    if not places:
        return {}
    place = tuple_(Message.dialog_id, Message.conversation_message_id)
    query = select(Message.dialog_id, Message.conversation_message_id, Message.id).where(place.in_(places))
    return {(row[0], row[1] or 0): row[2] for row in await session.execute(query)}


async def _find_presses(
    session: Session, messages: Sequence[Message], dialogs: Mapping[UUID, Dialog]
) -> dict[Place, list[PressOut]]:
    places = {
        (dialogs[message.dialog_id].contact_id, message.conversation_message_id or 0)
        for message in messages
        if message.presses
    }
    if not places:
        return {}
    place = (ButtonPress.contact_id, ButtonPress.number)
    latest = func.row_number().over(partition_by=place, order_by=ButtonPress.pressed_at.desc())
    ranked = select(*place, ButtonPress.payload, ButtonPress.pressed_at, latest.label("rank"))
    ranked_presses = ranked.where(tuple_(*place).in_(places)).subquery()
    query = select(ranked_presses).where(ranked_presses.c.rank <= PRESSES_SHOWN_MAX)
    found: dict[Place, list[PressOut]] = {}
    for row in await session.execute(query.order_by(ranked_presses.c.pressed_at)):
        press = PressOut(payload=row.payload, pressed_at=row.pressed_at)
        found.setdefault((row.contact_id, row.number), []).append(press)
    return found


def _message_view(message: Message, contact: Contact, content: Content, known: Known) -> MessageOut:
    number = message.conversation_message_id
    return MessageOut(
        id=message.id,
        dialog_id=message.dialog_id,
        client_id=message.client_id,
        text=message.text,
        content=content_view(content, known, dialog_id=message.dialog_id),
        author=MessageAuthor(kind=message.author, id=message.author_id, name=message.author_name),
        state=shown_state(message, contact),
        reason=message.reason,
        conversation_message_id=number,
        place=(message.anchor, message.sub),
        sent_at=message.sent_at,
        edited_at=message.edited_at,
        edits=message.edits,
        deleted_at=message.deleted_at,
        reaction=message.reaction,
        presses=known.presses.get((contact.id, number or 0), []),
        source=message.source,
        unsupported=message.unsupported,
        attempt=message.attempt,
        cancel_wanted_at=message.cancel_wanted_at,
        dropped=message.dropped or [],
        change=ChangeOut.model_validate(message.changes[-1]) if message.changes else None,
        version=message.version,
    )


async def version_views(session: Session, message: Message) -> list[VersionOut]:
    """Render the versions of a message."""
    versions = await list_versions(session, message)
    contents = [version.telling.content for version in versions]
    quoted = await find_quoted(session, [(message.dialog_id, content) for content in contents])
    known = Known(await find_files(session, contents), quoted)
    return [
        VersionOut(
            since=version.since,
            text=version.telling.text,
            unsupported=version.telling.unsupported,
            content=content_view(version.telling.content, known, dialog_id=message.dialog_id),
            author=VersionAuthor(id=version.telling.author_id, name=version.telling.author_name),
        )
        for version in versions
    ]


def content_view(content: Content, known: Known, *, dialog_id: UUID) -> ContentOut:
    """Render what a message holds."""
    if content is EMPTY:
        return NOTHING
    quoted = content.quoted
    quoted_id = known.quoted.get((dialog_id, quoted.conversation_message_id or 0)) if quoted else None
    return ContentOut(
        attachments=[_attachment(attachment, known) for attachment in content.attachments],
        location=content.location,
        quoted=_included(quoted, known, quoted_id) if quoted else None,
        forwarded=[_included(message, known) for message in content.forwarded],
        left_out=content.left_out,
        styles=content.styles,
        payload=content.payload,
        ref=content.ref,
        ref_source=content.ref_source,
        is_cut=content.is_cut,
    )


def _included(message: Included, known: Known, message_id: UUID | None = None) -> IncludedOut:
    return IncludedOut(
        author_external_id=message.author_external_id,
        author_name=message.author_name,
        message_id=message_id,
        conversation_message_id=message.conversation_message_id,
        text=message.text,
        sent_at=message.sent_at,
        attachments=[_attachment(attachment, known) for attachment in message.attachments],
        location=message.location,
        quoted=_included(message.quoted, known) if message.quoted else None,
        forwarded=[_included(inner, known) for inner in message.forwarded],
        left_out=message.left_out,
    )


def _attachment(attachment: Attachment, known: Known) -> AttachmentOut:
    url = attachment.url or ""
    return AttachmentOut(
        kind=shown_kind(attachment),
        original=attachment.original,
        file=known.files.get(attachment.file_id) if attachment.file_id else None,
        title=attachment.title,
        text=attachment.text,
        # Whoever clicks it follows it, so nothing but the web is passed on, whatever a gateway said.
        url=url if url.lower().startswith(WEB) else None,
        size_bytes=attachment.size_bytes,
        width=attachment.width,
        height=attachment.height,
        duration_seconds=attachment.duration_seconds,
        waveform=attachment.waveform,
        price=attachment.price,
        options=attachment.options,
    )


NOTHING = ContentOut(
    attachments=[],
    location=None,
    quoted=None,
    forwarded=[],
    left_out=0,
    styles=(),
    payload=None,
    ref=None,
    ref_source=None,
    is_cut=False,
)
