"""Reads of files."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from dialogs.errors import FileNotFound
from dialogs.files.schemas import FileOut, UploadOut
from dialogs.states import FileState
from dialogs.tables import File
from shared.database.session import Session
from shared.events.dialogs import OutgoingKind
from shared.http.access import Caller


async def file_views(session: Session, file_ids: Collection[UUID]) -> dict[UUID, FileOut]:
    """Render files for messages, all in one query. One that we have not heard of yet is being copied."""
    if not file_ids:
        return {}
    found = await session.scalars(select(File).where(File.id.in_(set(file_ids))))
    known = {file.id: file_view(file) for file in found}
    return {file_id: known.get(file_id) or _unheard(file_id) for file_id in file_ids}


def file_view(file: File) -> FileOut:
    """Render one file."""
    return FileOut(
        id=file.id,
        state=file.state,
        media_type=file.media_type,
        name=file.name,
        size_bytes=file.size_bytes,
        width=file.width,
        height=file.height,
        has_preview=file.preview_key is not None,
        problem=file.problem,
    )


def upload_view(file: File) -> UploadOut:
    """Render an operator's upload."""
    return UploadOut(**dict(file_view(file)), kind=OutgoingKind(file.kind or OutgoingKind.DOCUMENT))


async def get_own_file(session: Session, file_id: UUID, caller: Caller) -> File:
    """Return a file of the caller's projects that can be had. Raises FileNotFound."""
    file = await session.get(File, file_id)
    caller.require_for(file.project_id if file else None, FileNotFound)
    if file is None or file.state is not FileState.READY or file.key is None:
        raise FileNotFound
    return file


def _unheard(file_id: UUID) -> FileOut:
    return FileOut(
        id=file_id,
        state=FileState.COPYING,
        media_type=None,
        name=None,
        size_bytes=None,
        width=None,
        height=None,
        has_preview=False,
        problem=None,
    )
