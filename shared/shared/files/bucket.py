"""The file store in a bucket: S3, and what speaks like it."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from shared.files.chunks import CHUNK_BYTES, FileMissing, StoreUnavailable

T = TypeVar("T")
# The least that S3 takes for a part, but for the last one.
PART_BYTES = 5 * 1024 * 1024


class Bucket:
    """Files of one bucket, below the prefix that the URL names."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _store(self) -> Any:
        # The store's type depends on the URL.
        return from_url(self._url)

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Store a whole file, for good; nothing when the chunks raise."""
        first = await anext(chunks, b"")
        second = await anext(chunks, None)
        if second is None:
            await _asked(obstore.put_async(self._store, key, first, use_multipart=False))
            return

        async def all_chunks() -> AsyncIterator[bytes]:
            yield first
            yield second
            async for chunk in chunks:
                yield chunk

        await _asked(
            obstore.put_async(
                self._store, key, all_chunks(), chunk_size=PART_BYTES, max_concurrency=2, use_multipart=True
            )
        )

    async def size(self, key: str) -> int:
        """Tell how many bytes a file has."""
        return (await _asked(obstore.head_async(self._store, key)))["size"]

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Read the bytes from `start` up to, and without, `end`."""
        if start >= end:
            return
        answer = await _asked(obstore.get_async(self._store, key, options={"range": (start, end)}))
        pieces = aiter(answer.stream(min_chunk_size=CHUNK_BYTES))
        while (piece := await _asked(anext(pieces, None))) is not None:
            yield bytes(piece)

    async def delete(self, keys: list[str]) -> None:
        """Delete files; those that are not there are no matter."""
        try:
            await _asked(obstore.delete_async(self._store, keys))
        except FileMissing:
            # S3 does not mind; others stop at the first that is missing.
            for key in keys:
                with suppress(FileMissing):
                    await _asked(obstore.delete_async(self._store, key))

    async def list(self, prefix: str, limit: int) -> list[str]:
        """List some keys that begin with a prefix."""
        keys: list[str] = []
        pages = aiter(obstore.list(self._store, prefix=prefix))
        while len(keys) < limit and (page := await _asked(anext(pages, None))) is not None:
            keys += [found["path"] for found in islice(page, limit - len(keys))]
        return keys

    async def tidy(self, before: float) -> None:
        """Leave broken-off uploads to the bucket's own rule for them."""


async def _asked(work: Awaitable[T]) -> T:
    try:
        return await work
    except FileNotFoundError as error:
        raise FileMissing from error
    except (BaseError, ConnectionError, TimeoutError) as error:
        # Its text may hold the bucket's address and more; its kind is enough.
        raise StoreUnavailable(f"the bucket of files: {type(error).__name__}") from error
