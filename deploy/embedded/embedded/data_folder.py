"""The folder that holds all that the embedded Otklik remembers: databases, secrets, the emulator's state."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.database.vault import new_vault_key

LOCK_FILE = "lock"
SECRETS_FILE = "secrets.json"


class DataFolderTrouble(Exception):
    """The folder cannot be used; the text says why and what would help."""


@dataclass(frozen=True)
class Secrets:
    """What is made once for a folder and never shown. Losing it loses the stored community keys."""

    service_key: str
    accounts_encryption_key: str
    vk_gateway_encryption_key: str


@dataclass(frozen=True)
class DataFolder:
    """A folder that this process alone uses."""

    path: Path
    secrets: Secrets

    def database_url(self, service: str) -> str:
        """Return the address of a service's own SQLite file."""
        return f"sqlite+aiosqlite:///{self.path / service}.db"

    @property
    def files_url(self) -> str:
        """Return the address of the file store."""
        return (self.path / "files").as_uri()


@contextmanager
def hold_data_folder(path: Path) -> Iterator[DataFolder]:
    """Make the folder if it is missing and keep other processes out while the block runs.

    What is made here can be read by nobody else. Raises DataFolderTrouble.
    """
    os.umask(0o077)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataFolderTrouble(f"{path} cannot be used: {error.strerror}. Set OTKLIK_DATA.") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
            raise DataFolderTrouble(
                f"{path} is in use by another Otklik (process {holder or 'unknown'}). "
                "Stop it, or set OTKLIK_DATA to another folder."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield DataFolder(path, _secrets(path / SECRETS_FILE))
    finally:
        os.close(lock)


def _secrets(path: Path) -> Secrets:
    if not path.exists():
        _write_whole(path, json.dumps(asdict(_new_secrets()), indent=2) + "\n")
    try:
        return Secrets(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DataFolderTrouble(f"{path} cannot be read ({type(error).__name__}). Restore it.") from error


def _new_secrets() -> Secrets:
    return Secrets(
        service_key=secrets.token_urlsafe(32),
        accounts_encryption_key=new_vault_key(),
        vk_gateway_encryption_key=new_vault_key(),
    )


def _write_whole(path: Path, text: str) -> None:
    """Write so that a crash leaves either nothing or all of it."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
