"""What goes out with a reply besides its text: the quoted message and the uploaded files."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from dialogs.contents.rules import content_of
from dialogs.errors import (
    AttachmentsDoNotMix,
    AttachmentTooLarge,
    FileNotFound,
    FileNotReady,
    QuotedMessageNotFound,
    QuotedMessageNotSent,
    TooManyAttachments,
)
from dialogs.files.actions import use_uploads
from dialogs.settings import DialogsSettings
from dialogs.states import Author, Direction, FileState
from dialogs.tables import Contact, Dialog, File, Message
from dialogs.threads.rules import display_name
from shared.database.session import Session
from shared.events.content import Attachment, Content, Included
from shared.events.dialogs import OutgoingFile, OutgoingKind
from shared.http.problems import Problem

REFUSALS: tuple[type[Problem], ...] = (
    TooManyAttachments,
    QuotedMessageNotFound,
    QuotedMessageNotSent,
    FileNotFound,
    FileNotReady,
    AttachmentsDoNotMix,
    AttachmentTooLarge,
)


@dataclass(frozen=True)
class Wanted:
    """A reply as the caller wants it, whoever has the dialog, and up to where they have seen it."""

    client_id: str
    text: str
    quoted_message_id: UUID | None = None
    attachments: tuple[UUID, ...] = ()
    take_over: bool = False
    seen_number: int | None = None


def check_number(attachments: Sequence[UUID], settings: DialogsSettings) -> None:
    """Raise TooManyAttachments for more than the messenger takes in one message."""
    if len(attachments) > settings.attachments_max:
        raise TooManyAttachments(attachments_max=settings.attachments_max)


async def compose(
    session: Session, dialog: Dialog, contact: Contact, wanted: Wanted, settings: DialogsSettings
) -> Content:
    """Return what a reply holds; its files are taken for it.

    Raises QuotedMessageNotFound, QuotedMessageNotSent, FileNotFound, FileNotReady, AttachmentsDoNotMix,
    AttachmentTooLarge.
    """
    quoted = None
    if wanted.quoted_message_id is not None:
        quoted = await _quoted(session, dialog, contact, wanted.quoted_message_id)
    files = await _files(session, dialog.project_id, wanted.attachments, settings)
    return Content(quoted=quoted, attachments=tuple(_attachment(file) for file in files))


async def _quoted(session: Session, dialog: Dialog, contact: Contact, message_id: UUID) -> Included:
    message = await session.get(Message, message_id)
    if message is None or message.dialog_id != dialog.id:
        raise QuotedMessageNotFound
    if message.conversation_message_id is None or message.deleted_at is not None:
        raise QuotedMessageNotSent
    from_customer = message.author is Author.CUSTOMER
    held = content_of(message.content)
    return Included(
        author_external_id=contact.external_id if from_customer else None,
        author_name=display_name(contact.name, contact.external_id) if from_customer else message.author_name,
        conversation_message_id=message.conversation_message_id,
        text=message.text,
        sent_at=message.sent_at,
        attachments=held.attachments,
        location=held.location,
    )


async def _files(
    session: Session, project_id: UUID, file_ids: Sequence[UUID], settings: DialogsSettings
) -> list[File]:
    if not file_ids:
        return []
    own = select(File).where(
        File.id.in_(file_ids), File.project_id == project_id, File.direction == Direction.OUT
    )
    found = {file.id: file for file in await session.scalars(own)}
    for file_id in file_ids:
        if file_id not in found:
            raise FileNotFound(file_id=str(file_id))
        if found[file_id].state is not FileState.READY:
            raise FileNotReady(file_id=str(file_id), problem=found[file_id].problem)
    _check([found[file_id] for file_id in file_ids], settings)
    return await use_uploads(session, project_id, file_ids)


def _check(files: Sequence[File], settings: DialogsSettings) -> None:
    kinds = [kind_of(file) for file in files]
    if OutgoingKind.VOICE in kinds and len(files) > 1:
        raise AttachmentsDoNotMix
    limits = settings.upload_limits
    most = {
        OutgoingKind.PHOTO: limits.photo_bytes_max,
        OutgoingKind.DOCUMENT: limits.bytes_max,
        OutgoingKind.VOICE: limits.bytes_max,
    }
    for file, kind in zip(files, kinds, strict=True):
        if (file.size_bytes or 0) > most[kind]:
            raise AttachmentTooLarge(file_id=str(file.id), bytes_max=most[kind])


def kind_of(file: File) -> OutgoingKind:
    """Return as what an upload goes out; what is of no special kind is a document."""
    return OutgoingKind(file.kind) if file.kind in set(OutgoingKind) else OutgoingKind.DOCUMENT


def _attachment(file: File) -> Attachment:
    return Attachment(
        kind=kind_of(file).value,
        file_id=file.id,
        title=file.name,
        size_bytes=file.size_bytes,
        width=file.width,
        height=file.height,
    )


async def outgoing_files(session: Session, content: Content) -> tuple[OutgoingFile, ...]:
    """Return where a reply's files lie. Raises FileNotFound for one that is there no more."""
    file_ids = [attachment.file_id for attachment in content.attachments if attachment.file_id]
    if not file_ids:
        return ()
    found = {file.id: file for file in await session.scalars(select(File).where(File.id.in_(file_ids)))}
    outgoing = []
    for file_id in file_ids:
        file = found.get(file_id)
        if file is None or file.key is None or file.state is not FileState.READY:
            raise FileNotFound(file_id=str(file_id))
        outgoing.append(
            OutgoingFile(
                file_id=file.id,
                kind=kind_of(file),
                key=file.key,
                name=file.name or str(file.id),
                media_type=file.media_type or "application/octet-stream",
                size_bytes=file.size_bytes or 0,
            )
        )
    return tuple(outgoing)
