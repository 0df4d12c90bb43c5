"""A private PostgreSQL: given by address, from Debian's programs, or in a container."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.support.process import Process
from tests.support.servers.containers import Container, require_engine
from tests.support.servers.packages import ServerUnavailable, find_or_install, is_root
from tests.support.undertaker import undertaker
from tests.support.waiting import free_port, wait_blocking

T = TypeVar("T")

GIVEN_BY = "OTKLIK_TEST_POSTGRESQL_URL"
IMAGE = "postgres:18"
SUPERUSER = "otklik"
SETTINGS = {
    "max_connections": "300",
    "shared_buffers": "128MB",
    # In files of the data folder, so that a killed server leaves nothing in the machine's memory.
    "dynamic_shared_memory_type": "mmap",
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class _Runner(Protocol):
    url: str

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...
    def is_alive(self) -> bool: ...


class PostgresServer:
    """One server for a test session, or for one test that kills it.

    The methods block; inside a running event loop that others need, call them with `asyncio.to_thread`.
    `durable` keeps fsync on: for tests that kill, and for measurements.
    """

    def __init__(self, *, durable: bool = False, settings: Mapping[str, str] | None = None) -> None:
        """Choose where the server comes from; raise ServerUnavailable when there is nowhere."""
        given = os.environ.get(GIVEN_BY)
        chosen = {**SETTINGS, **({} if durable else NOT_DURABLE), **(settings or {})}
        self._runner: _Runner = _Given(given) if given else _local_or_container(chosen, durable=durable)

    @property
    def url(self) -> str:
        """The superuser's address of the maintenance database, as asyncpg wants it."""
        return self._runner.url

    @property
    def can_be_killed(self) -> bool:
        """False for a server that was given by address and is not ours."""
        return not isinstance(self._runner, _Given)

    def start(self) -> None:
        """Start, also again after `kill` or `stop` with the same data and address; ready upon return."""
        if not self._runner.is_alive():
            self._runner.start()

    def kill(self) -> None:
        """End the server and all its children with SIGKILL; nothing of it is left upon return."""
        self._runner.kill()

    def stop(self) -> None:
        """Shut down in order, dropping open connections."""
        self._runner.stop()

    def close(self) -> None:
        """End the server and remove its data."""
        self._runner.close()

    def is_alive(self) -> bool:
        """Whether the server runs."""
        return self._runner.is_alive()

    def create_database(self, name: str, owner_role: str | None = None) -> str:
        """Create an empty database; give its address for SQLAlchemy.

        With `owner_role` the database belongs to that ordinary role, made anew, and the address is its own.
        """
        if owner_role is None:
            self.execute(f'CREATE DATABASE "{name}"')
            return _address(self.url, name)
        password = secrets.token_hex(8)
        self.execute(
            f'DROP ROLE IF EXISTS "{owner_role}"',
            f"CREATE ROLE \"{owner_role}\" LOGIN PASSWORD '{password}'",
            f'CREATE DATABASE "{name}" OWNER "{owner_role}"',
            f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC',
        )
        return _address(self.url, name, f"{owner_role}:{password}")

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting whoever is connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, *statements: str) -> None:
        """Run statements as the superuser, each in a transaction of its own."""

        async def run() -> None:
            connection = await asyncpg.connect(self.url, timeout=10)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        _in_own_loop(run)


class _Given:
    """Somebody else's server."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("postgresql+asyncpg://", "postgresql://")

    def start(self) -> None:
        if not _answers(self.url):
            raise ConnectionError(f"the PostgreSQL given by {GIVEN_BY} does not answer")

    def kill(self) -> None:
        raise ServerUnavailable(f"the PostgreSQL given by {GIVEN_BY} is not ours to kill")

    stop = kill

    def close(self) -> None:
        """Leave it alone."""

    def is_alive(self) -> bool:
        return _answers(self.url)


class _Local:
    """Our own child: the postmaster in the foreground, so that it is reaped when it was killed."""

    def __init__(self, programs: Path, settings: Mapping[str, str], *, durable: bool) -> None:
        self._programs = programs
        self._durable = durable
        self._user = "postgres" if is_root() else None
        self._port = free_port()
        self._folder = undertaker.make_folder("postgresql")
        if self._user:
            shutil.chown(self._folder, self._user, self._user)
        self._data = self._folder / "data"
        self.url = f"postgresql://{SUPERUSER}@127.0.0.1:{self._port}/postgres"
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            **settings,
        }
        command: list[str | Path] = [programs / "postgres", "-D", self._data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self._process = Process(command, name="postgresql", folder=self._folder, user=self._user)

    def start(self) -> None:
        if not self._data.exists():
            self._initialize()
        self._process.start()
        self._process.wait_ready(lambda: _answers(self.url), timeout_seconds=60)

    def _initialize(self) -> None:
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-U", SUPERUSER, "--auth=trust"]
        command += ["-E", "UTF8", "--locale=C.UTF-8", *([] if self._durable else ["--no-sync"])]
        outcome = subprocess.run(
            command,
            cwd=self._folder,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode != 0:
            raise ServerUnavailable(f"initdb failed: {outcome.stderr.strip()}")

    def kill(self) -> None:
        if not self._process.is_alive():
            return
        # Stopped first, so that the postmaster neither starts children nor cleans up while we count them.
        os.kill(self._process.pid, signal.SIGSTOP)
        children = _children(self._process.pid)
        for number in (self._process.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self._process.wait(timeout_seconds=10)
        wait_blocking(lambda: not any(map(_runs, children)), 10, "the end of PostgreSQL's children")
        self._remove_shared_memory()

    def _remove_shared_memory(self) -> None:
        lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        segment = lines[6].split()[1:] if len(lines) > 6 else []
        if segment and shutil.which("ipcrm"):
            subprocess.run(["ipcrm", "-m", segment[0]], capture_output=True, check=False)

    def stop(self) -> None:
        # SIGINT is PostgreSQL's "fast" shutdown: it does not wait for clients.
        if self._process.is_alive():
            os.kill(self._process.pid, signal.SIGINT)
            self._process.wait(timeout_seconds=30)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def is_alive(self) -> bool:
        return self._process.is_alive()


class _Contained:
    """In a container, where the engine is our only means."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        port = free_port()
        password = secrets.token_hex(8)
        self.url = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
        environment = {"POSTGRES_USER": SUPERUSER, "POSTGRES_PASSWORD": password, "POSTGRES_DB": "postgres"}
        self._container = Container(IMAGE, {5432: port}, environment)
        self._arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def start(self) -> None:
        self._container.start(["postgres", *self._arguments])
        wait_blocking(lambda: _answers(self.url), 60, f"{IMAGE} ready")

    def kill(self) -> None:
        self._container.kill()

    def stop(self) -> None:
        self._container.stop()

    def close(self) -> None:
        self._container.remove()

    def is_alive(self) -> bool:
        return self._container.is_alive()


def _local_or_container(settings: Mapping[str, str], *, durable: bool) -> _Runner:
    try:
        programs = find_or_install("postgresql", _find_programs)
    except ServerUnavailable as error:
        require_engine(str(error))
        return _Contained(settings)
    return _Local(programs, settings, durable=durable)


def _find_programs() -> Path | None:
    versions = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0,
    )
    if versions:
        return versions[-1]
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def _address(superuser_url: str, database: str, login: str | None = None) -> str:
    parts = urlsplit(superuser_url)
    place = parts.netloc if login is None else f"{login}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(("postgresql+asyncpg", place, f"/{database}", parts.query, ""))


def _answers(url: str) -> bool:
    async def ask() -> bool:
        try:
            connection = await asyncpg.connect(url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError, ConnectionError):
            return False
        await connection.close()
        return True

    return _in_own_loop(ask)


def _in_own_loop(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a thread with a loop of its own, whether or not this thread has a running one."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work()))
        except BaseException as error:  # noqa: BLE001  # reason: carried to the calling thread
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def _children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    if path.exists():
        return [int(number) for number in path.read_text("ascii").split()]
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in listing.stdout.splitlines())
    return [int(child) for child, its_parent in pairs if int(its_parent) == parent]


def _runs(number: int) -> bool:
    """Whether it is neither gone nor waiting to be reaped by the machine's first process."""
    try:
        state = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}
