"""Writes of files: which messages have which, and uploads of operators."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select, text, update

from dialogs.errors import ClientIdReused, FileNotFound
from dialogs.states import Direction, FileState
from dialogs.tables import File, MessageFile, QuickAnswerFile
from shared.database.inserts import inserted, inserted_rows
from shared.database.session import Session
from shared.events.dialogs import OutgoingKind
from shared.files.store import outgoing_key

EXPIRED_AT_ONCE = 100


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


@dataclass(frozen=True)
class Upload:
    """What an operator wants to upload; `client_id` is their own name for it, `size_bytes` may be unknown."""

    project_id: UUID
    operator_id: UUID
    client_id: str
    name: str
    size_bytes: int | None


@dataclass(frozen=True)
class Found:
    """What an uploaded file turned out to be."""

    kind: OutgoingKind
    media_type: str
    size_bytes: int
    measures: tuple[int, int] | None
    preview_key: str | None


async def begin_upload(session: Session, upload: Upload) -> File:
    """Note an upload before its first byte. One that is `ready` is there already.

    Raises ClientIdReused when its `client_id` was another file's.
    """
    file_id = session.new_id()
    names = ["project_id", "operator_id", "client_id"]
    await inserted(
        session,
        File,
        conflict=names,
        id=file_id,
        project_id=upload.project_id,
        direction=Direction.OUT,
        state=FileState.COPYING,
        name=upload.name or None,
        key=outgoing_key(upload.project_id, file_id),
        operator_id=upload.operator_id,
        client_id=upload.client_id,
        created_at=session.now,
    )
    its = (getattr(File, name) == getattr(upload, name) for name in names)
    file = (await session.scalars(select(File).where(*its))).one()
    same_size = upload.size_bytes is None or file.size_bytes in {None, upload.size_bytes}
    if file.state is FileState.FAILED or file.name != (upload.name or None) or not same_size:
        raise ClientIdReused
    return file


async def finish_upload(session: Session, file_id: UUID, found: Found) -> File | None:
    """Make an upload ready; None when its project is gone. One that is ready already stays as it is."""
    file = await session.get(File, file_id, with_for_update=True, populate_existing=True)
    if file is None or file.state is not FileState.COPYING:
        return file
    file.state = FileState.READY
    file.kind = found.kind
    file.media_type = found.media_type
    file.size_bytes = found.size_bytes
    file.width, file.height = found.measures or (None, None)
    file.preview_key = found.preview_key
    return file


async def drop_upload(session: Session, file_id: UUID) -> bool:
    """Forget an upload that was refused. False if the same one, made at the same time, is ready."""
    refused = delete(File).where(File.id == file_id, File.state == FileState.COPYING)
    return bool((await session.scalars(refused.returning(File.id))).all())


_NOT_NEEDED = ~(
    exists().where(MessageFile.file_id == File.id) | exists().where(QuickAnswerFile.file_id == File.id)
)


async def expire_uploads(session: Session, *, before: datetime) -> list[tuple[UUID, list[str]]]:
    """Let some uploads that nothing took up fail. Returns their ids and keys; the files go next."""
    # Literal, so that the planners see that the partial index fits.
    unused = text("file.direction = 'out' AND file.used_at IS NULL")
    query = select(File).where(unused, File.created_at < before, _NOT_NEEDED)
    old = (await session.scalars(query.limit(EXPIRED_AT_ONCE).with_for_update(skip_locked=True))).all()
    for file in old:
        file.state = FileState.FAILED
    return [(file.id, [key for key in (file.key, file.preview_key) if key]) for file in old]


async def forget_files(session: Session, file_ids: Collection[UUID]) -> None:
    """Forget expired uploads once their files are gone."""
    await session.execute(delete(File).where(File.id.in_(file_ids), File.state == FileState.FAILED))


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


async def release_uploads(session: Session, file_ids: Collection[UUID]) -> None:
    """Let uploads expire again that neither a message nor a quick answer has any more."""
    if file_ids:
        its = update(File).where(File.id.in_(file_ids), _NOT_NEEDED).values(used_at=None)
        await session.execute(its.execution_options(synchronize_session=False))
