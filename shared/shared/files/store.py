"""The file store: files under keys, in a local folder or in a bucket (S3 and its like).

Files are written from a stream and read as one, so that none is ever in memory as a whole. A file that
`put` has returned for is there for good: whole, and on the disk. One that was broken off was never there.
"""

import re
import tempfile
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from shared.files.bucket import Bucket
from shared.files.chunks import CHUNK_BYTES, FileTooLarge, rechunked
from shared.files.folder import Folder

HEAD_BYTES = 16 * 1024
# Segments of small letters, digits and dashes with at most one ending: nothing that leads elsewhere.
_KEY = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*(?:\.[a-z]+)?")
_PREFIX = re.compile(r"(?:[a-z0-9][a-z0-9-]*/)+")


class WrongKey(ValueError):
    """A key of the store is made by us, and this one is not."""


class Place(Protocol):
    """Where the files lie. Raises FileMissing and StoreUnavailable."""

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Store a whole file, for good; nothing when the chunks raise."""
        ...

    async def size(self, key: str) -> int:
        """Tell how many bytes a file has."""
        ...

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Read the bytes from `start` up to, and without, `end`."""
        ...

    async def delete(self, keys: list[str]) -> None:
        """Delete files; those that are not there are no matter."""
        ...

    async def list(self, prefix: str, limit: int) -> list[str]:
        """List some keys that begin with a prefix."""
        ...

    async def tidy(self, before: float) -> None:
        """Forget what was broken off before a moment, in seconds since 1970."""
        ...


@dataclass(frozen=True)
class Stored:
    """A file as it was stored; `head` are its first bytes, enough to tell its type."""

    size_bytes: int
    head: bytes


class FileStore:
    """Streams files in and out of a place, within limits, under keys that cannot leave it."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, bytes_max: int) -> Stored:
        """Store a file, in the place of one that was there. Raises FileTooLarge and what `chunks` raises."""
        head, size_bytes = b"", 0

        async def bounded() -> AsyncIterator[bytes]:
            nonlocal head, size_bytes
            async for chunk in rechunked(chunks):
                size_bytes += len(chunk)
                if size_bytes > bytes_max:
                    raise FileTooLarge(bytes_max)
                if len(head) < HEAD_BYTES:
                    head += chunk[: HEAD_BYTES - len(head)]
                yield chunk

        await self._place.write(_checked(key), bounded())
        return Stored(size_bytes, head)

    async def size(self, key: str) -> int:
        """Tell how many bytes a file has. Raises FileMissing."""
        return await self._place.size(_checked(key))

    def read(self, key: str, *, start: int = 0, end: int) -> AsyncIterator[bytes]:
        """Read a file from `start` up to, and without, `end`. Raises FileMissing."""
        return self._place.read(_checked(key), start, end)

    @asynccontextmanager
    async def at_hand(self, key: str) -> AsyncIterator[Path]:
        """Have a file on the local disk while the block runs, to be looked at. Raises FileMissing."""
        if isinstance(self._place, Folder):
            yield self._place.path(_checked(key))
            return
        size = await self.size(key)
        with tempfile.NamedTemporaryFile() as copy:
            async for chunk in self.read(key, end=size):
                await to_thread(copy.write, chunk)
            await to_thread(copy.flush)
            yield Path(copy.name)

    async def delete(self, *keys: str) -> None:
        """Delete files; those that are not there are no matter."""
        await self._place.delete([_checked(key) for key in keys])

    async def delete_all(self, prefix: str, *, limit: int = 500) -> bool:
        """Delete some files whose keys begin with a prefix, which ends with `/`. Tells whether there were."""
        if not _PREFIX.fullmatch(prefix):
            raise WrongKey(prefix)
        keys = await self._place.list(prefix, limit)
        if keys:
            await self._place.delete(keys)
        return bool(keys)

    async def tidy(self, *, before: float) -> None:
        """Forget what was broken off before a moment, in seconds since 1970."""
        await self._place.tidy(before)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise WrongKey(key)
    return key


def open_files(url: str) -> FileStore:
    """Return the store that a URL names: `file:///folder` or `s3://bucket/prefix`; opens nothing yet.

    The keys and the address of a bucket come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`
    and their like).
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return FileStore(Folder(Path(unquote(parts.path))))
    if parts.scheme in {"s3", "memory"}:
        return FileStore(Bucket(url))
    raise ValueError("the address of the file store begins with file:/// or s3://")


def local_files() -> str:
    """Return the URL of the store of a service that was told none: a folder below where it runs."""
    return (Path("var") / "files").resolve().as_uri()


async def chunks_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Read an open file in pieces, in a thread."""
    while chunk := await to_thread(partial(file.read, CHUNK_BYTES)):
        yield chunk


async def one_chunk(content: bytes) -> AsyncIterator[bytes]:
    """Give small contents as a stream."""
    yield content


def incoming_key(project_id: UUID, file_id: UUID) -> str:
    """Where the copy of a customer's file lies."""
    return f"in/{project_id}/{file_id}"


def outgoing_key(project_id: UUID, file_id: UUID) -> str:
    """Where an operator's file lies."""
    return f"out/{project_id}/{file_id}"


def preview_key(key: str) -> str:
    """Where the preview of a file lies."""
    return f"{key}.preview"


def prefixes_of(project_id: UUID) -> tuple[str, str]:
    """What the keys of all files of a project begin with."""
    return f"in/{project_id}/", f"out/{project_id}/"
