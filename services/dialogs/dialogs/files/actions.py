"""Writes of files: which messages have which, and what the gateway says of their copies."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, update

from dialogs.errors import FileNotFound
from dialogs.states import Direction, FileState
from dialogs.tables import File, MessageFile
from shared.database.inserts import inserted_rows
from shared.database.session import Session


async def link_files(session: Session, project_id: UUID, links: Mapping[UUID, Collection[UUID]]) -> None:
    """Note which files each of these messages has, before or after their copies are there.

    The row of a file that we have not heard of is made here: so a copy's news, applied at the same moment
    elsewhere, waits for this transaction and then finds the message.
    """
    file_ids = sorted({file_id for files in links.values() for file_id in files})
    rows = [
        {
            "id": file_id,
            "project_id": project_id,
            "direction": Direction.IN,
            "state": FileState.COPYING,
            "created_at": session.now,
        }
        for file_id in file_ids
    ]
    await inserted_rows(session, File, rows, conflict=["id"], returning=["id"])
    pairs = sorted((message_id, file_id) for message_id, files in links.items() for file_id in set(files))
    names = ["message_id", "file_id"]
    rows = [{"message_id": pair[0], "file_id": pair[1], "project_id": project_id} for pair in pairs]
    await inserted_rows(session, MessageFile, rows, conflict=names, returning=names)


async def use_uploads(session: Session, project_id: UUID, file_ids: Sequence[UUID]) -> list[File]:
    """Take uploaded files of a project for a message, in this order; from now on they do not expire.

    Raises FileNotFound for one that is unknown, foreign, not wholly uploaded or not an upload.
    """
    query = select(File).where(
        File.id.in_(file_ids),
        File.project_id == project_id,
        File.direction == Direction.OUT,
        File.state == FileState.READY,
    )
    found = {file.id: file for file in await session.scalars(query.order_by(File.id).with_for_update())}
    if missing := [file_id for file_id in file_ids if file_id not in found]:
        raise FileNotFound(file_id=str(missing[0]))
    unused = update(File).where(File.id.in_(found), File.used_at.is_(None))
    await session.execute(unused.values(used_at=session.now).execution_options(synchronize_session=False))
    return [found[file_id] for file_id in file_ids]
