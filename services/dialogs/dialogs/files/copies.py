"""What the gateway says of the copies of customers' files, before or after the messages that have them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from structlog.contextvars import bound_contextvars

from dialogs.files.rules import safe_name
from dialogs.live.changes import message_changed
from dialogs.messages.outcomes import lock_dialogs
from dialogs.states import Direction, FileState
from dialogs.tables import File, Message, MessageFile, Project
from shared.database.inserts import inserted_rows
from shared.database.session import Session
from shared.events.channel import AttachmentCopied


async def learn_copies(session: Session, events: Sequence[AttachmentCopied]) -> None:
    """Apply news of copies in any order, each any number of times. What is ready stays so."""
    buried = select(Project.id).where(
        Project.id.in_({event.project_id for event in events}), Project.deleted_at.is_not(None)
    )
    gone = set(await session.scalars(buried))
    wanted = [event for event in events if event.project_id not in gone]
    if not wanted:
        return
    files = await _files(session, wanted)
    changed: dict[UUID, str | None] = {}
    for event in wanted:
        if _learn(files[event.file_id], event):
            changed[event.file_id] = event.correlation_id
    await _announce(session, changed)


async def _files(session: Session, events: Sequence[AttachmentCopied]) -> dict[UUID, File]:
    """Return the rows of these files, locked; new ones are made."""
    projects = {event.file_id: event.project_id for event in events}
    rows = [
        {
            "id": file_id,
            "project_id": projects[file_id],
            "direction": Direction.IN,
            "state": FileState.COPYING,
            "created_at": session.now,
        }
        for file_id in sorted(projects)
    ]
    await inserted_rows(session, File, rows, conflict=["id"], returning=["id"])
    query = select(File).where(File.id.in_(projects)).order_by(File.id).with_for_update()
    return {file.id: file for file in await session.scalars(query.execution_options(populate_existing=True))}


def _learn(file: File, event: AttachmentCopied) -> bool:
    is_its_own = file.project_id == event.project_id and file.direction is Direction.IN
    if not is_its_own or file.state is FileState.READY:
        return False
    if event.problem is not None and file.problem == event.problem:
        return False
    file.state = FileState.FAILED if event.problem else FileState.READY
    file.problem = event.problem
    file.key, file.preview_key = event.key, event.preview_key
    file.media_type, file.size_bytes = event.media_type, event.size_bytes
    file.width, file.height = event.width, event.height
    file.name = safe_name(event.name) or None
    return True


async def _announce(session: Session, changed: dict[UUID, str | None]) -> None:
    """Show every message that has one of these files anew."""
    query = select(MessageFile.message_id, MessageFile.file_id, Message.dialog_id).join(
        Message, Message.id == MessageFile.message_id
    )
    links = (await session.execute(query.where(MessageFile.file_id.in_(changed)))).all()
    if not links:
        return
    dialogs = await lock_dialogs(session, {link.dialog_id for link in links})
    found = select(Message).where(Message.id.in_({link.message_id for link in links}))
    messages = {message.id: message for message in await session.scalars(found.with_for_update())}
    stories = {link.message_id: changed[link.file_id] for link in links}
    for message_id, message in messages.items():
        message.version += 1
        with bound_contextvars(correlation_id=stories[message_id]):
            message_changed(session, dialogs[message.dialog_id], message_id)
