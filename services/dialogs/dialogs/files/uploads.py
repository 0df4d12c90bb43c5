"""Taking an operator's file: noted first, then streamed into the store, then looked at and made ready.

Each of the two notes is a transaction of its own, so that a slow file holds none open. A file that broke
off in between is not ready; the same call again takes its place, and what nobody takes up expires.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from starlette.requests import ClientDisconnect

from dialogs.errors import FileEmpty, FileRefused, FilesUnavailable, UploadBrokenOff, UploadTooLarge
from dialogs.files.actions import (
    Found,
    Upload,
    begin_upload,
    drop_upload,
    expire_uploads,
    finish_upload,
    forget_files,
)
from dialogs.files.rules import is_refused, outgoing_kind
from dialogs.settings import UploadLimits
from dialogs.tables import File
from shared.database.engine import Database
from shared.database.session import Session
from shared.events.dialogs import OutgoingKind
from shared.files.chunks import FileTooLarge, StoreUnavailable
from shared.files.media_types import IMAGE_TYPES, media_type_of
from shared.files.previews import Picture, Previews
from shared.files.store import FileStore, Stored, one_chunk, preview_key

# Opens a transaction of the request for a moment.
Transactions = Callable[[], AbstractAsyncContextManager[Session]]

PREVIEW_BYTES_MAX = 1024 * 1024


class Uploads:
    """Takes files into the store."""

    def __init__(self, store: FileStore, previews: Previews, limits: UploadLimits) -> None:
        self._store = store
        self._previews = previews
        self._limits = limits

    async def take(
        self, upload: Upload, body: AsyncIterator[bytes], transaction: Transactions, *, as_document: bool
    ) -> File:
        """Store an upload; the same again is the same file. Raises the refusals of uploads."""
        async with transaction() as session:
            file = await begin_upload(session, upload)
        if file.size_bytes is not None:
            return file
        key = str(file.key)
        try:
            stored = await self._stream(key, body)
            found = await self._look(upload, key, stored, as_document=as_document)
        except StoreUnavailable as error:
            raise FilesUnavailable from error
        except (UploadTooLarge, FileEmpty, FileRefused):
            async with transaction() as session:
                is_dropped = await drop_upload(session, file.id)
            if is_dropped:
                await self._store.delete(key)
            raise
        async with transaction() as session:
            finished = await finish_upload(session, file.id, found)
        if finished is None:
            # The project was deleted meanwhile.
            await self._store.delete(key, preview_key(key))
            raise UploadBrokenOff
        return finished

    async def _stream(self, key: str, body: AsyncIterator[bytes]) -> Stored:
        try:
            async with asyncio.timeout(self._limits.seconds_max):
                return await self._store.put(key, body, bytes_max=self._limits.bytes_max)
        except FileTooLarge:
            raise UploadTooLarge(bytes_max=self._limits.bytes_max) from None
        except (ClientDisconnect, TimeoutError):
            raise UploadBrokenOff from None

    async def _look(self, upload: Upload, key: str, stored: Stored, *, as_document: bool) -> Found:
        media_type = media_type_of(stored.head)
        if not stored.size_bytes:
            raise FileEmpty
        if is_refused(upload.name, media_type):
            raise FileRefused
        picture = await self._picture(key) if media_type in IMAGE_TYPES else None
        small = await self._preview(key, picture)
        measures = (picture.width, picture.height) if picture else None
        kind = outgoing_kind(
            media_type, stored.size_bytes, measures, photo_bytes_max=self._limits.photo_bytes_max
        )
        return Found(
            kind=OutgoingKind.DOCUMENT if as_document else kind,
            media_type=media_type,
            size_bytes=stored.size_bytes,
            measures=measures,
            preview_key=small,
        )

    async def _picture(self, key: str) -> Picture | None:
        async with self._store.at_hand(key) as path:
            return await self._previews.make(path)

    async def _preview(self, key: str, picture: Picture | None) -> str | None:
        if picture is None or picture.preview is None:
            return None
        small = preview_key(key)
        await self._store.put(small, one_chunk(picture.preview), bytes_max=PREVIEW_BYTES_MAX)
        return small


async def forget_unused(database: Database, store: FileStore, kept: timedelta) -> bool:
    """Forget uploads that no message took up in time: they fail, then their files go, then their rows."""
    async with database.write() as session:
        old = await expire_uploads(session, before=session.now - kept)
    if not old:
        return False
    await store.delete(*(key for _, keys in old for key in keys))
    async with database.write() as session:
        await forget_files(session, [file_id for file_id, _ in old])
    return True
