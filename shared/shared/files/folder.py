"""The file store in a local folder. A file appears under its key whole and synced, or not at all."""

import os
import tempfile
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from shared.files.chunks import CHUNK_BYTES, FileMissing, StoreUnavailable

T = TypeVar("T")
# No key begins with a dot.
DRAFTS = ".drafts"


class Folder:
    """Files below one folder of the local disk, which several processes may share."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where the file of a key lies."""
        return self._root / key

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Store a whole file, for good; nothing when the chunks raise."""
        descriptor, draft = await _in_thread(self._new_draft)
        try:
            try:
                async for chunk in chunks:
                    await _in_thread(partial(_write_all, descriptor, chunk))
                await _in_thread(partial(os.fsync, descriptor))
            finally:
                os.close(descriptor)
            await _in_thread(partial(self._put_in_place, draft, self.path(key)))
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _new_draft(self) -> tuple[int, Path]:
        drafts = self._root / DRAFTS
        drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=drafts)
        return descriptor, Path(name)

    def _put_in_place(self, draft: Path, path: Path) -> None:
        for folder in reversed(path.relative_to(self._root).parents):
            if not (self._root / folder).is_dir():
                (self._root / folder).mkdir(mode=0o700, exist_ok=True)
                _sync((self._root / folder).parent)
        draft.replace(path)
        _sync(path.parent)

    async def size(self, key: str) -> int:
        """Tell how many bytes a file has."""
        return (await _in_thread(self.path(key).stat)).st_size

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Read the bytes from `start` up to, and without, `end`."""
        with await _in_thread(partial(_open, self.path(key))) as file:
            await _in_thread(partial(file.seek, start))
            while start < end:
                chunk = await _in_thread(partial(file.read, min(CHUNK_BYTES, end - start)))
                if not chunk:
                    return
                start += len(chunk)
                yield chunk

    async def delete(self, keys: list[str]) -> None:
        """Delete files; those that are not there are no matter."""

        def delete_all() -> None:
            for key in keys:
                self.path(key).unlink(missing_ok=True)

        await _in_thread(delete_all)

    async def list(self, prefix: str, limit: int) -> list[str]:
        """List some keys that begin with a prefix."""

        def find() -> list[str]:
            files = (path for path in (self._root / prefix).rglob("*") if path.is_file())
            return [str(path.relative_to(self._root)) for path in islice(files, limit)]

        return await _in_thread(find)

    async def tidy(self, before: float) -> None:
        """Forget drafts that were broken off, by a crash, before a moment."""

        def forget() -> None:
            for draft in (self._root / DRAFTS).glob("*"):
                if draft.stat().st_mtime < before:
                    draft.unlink(missing_ok=True)

        try:
            await _in_thread(forget)
        except FileMissing:
            return  # another process was quicker


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await to_thread(work)
    except FileNotFoundError as error:
        raise FileMissing from error
    except OSError as error:
        raise StoreUnavailable(f"the folder of files: {error.strerror}") from error


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _write_all(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
