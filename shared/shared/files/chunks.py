"""Pieces of a file on its way, and what may be wrong with it."""

from collections.abc import AsyncIterator

from shared.runtime.loops import TryLater

CHUNK_BYTES = 256 * 1024


class FileMissing(Exception):
    """There is no file under this key."""


class FileTooLarge(Exception):
    """A file has more bytes than it may have."""


class StoreUnavailable(TryLater):
    """The store does not answer, or has no room left."""


async def rechunked(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Make a stream's pieces neither tiny nor huge: each costs a way to the disk."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= CHUNK_BYTES:
            whole = b"".join(waiting)
            waiting, size = [], 0
            for start in range(0, len(whole), CHUNK_BYTES):
                yield whole[start : start + CHUNK_BYTES]
    if waiting:
        yield b"".join(waiting)
