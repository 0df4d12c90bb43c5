"""Reads of files."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from dialogs.files.schemas import FileOut
from dialogs.states import FileState
from dialogs.tables import File
from shared.database.session import Session


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
