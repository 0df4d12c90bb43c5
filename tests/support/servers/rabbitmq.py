"""A private RabbitMQ node: given by address, from Debian's programs, or in a container."""

import contextlib
import os
import secrets
import shutil
import socket
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpx

from tests.support.process import Process
from tests.support.servers.containers import Container, require_engine
from tests.support.servers.packages import ServerUnavailable, find_or_install, is_root
from tests.support.undertaker import undertaker
from tests.support.waiting import ConditionNotMet, accepts_connections, free_port, wait_blocking

GIVEN_BY = "OTKLIK_TEST_RABBITMQ_URL"
GIVEN_MANAGEMENT_BY = "OTKLIK_TEST_RABBITMQ_MANAGEMENT_URL"
IMAGE = "rabbitmq:4-management"
START_SECONDS = 90
# What the node asks of a new connection, and the first byte of its answer.
GREETING = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"
# The third word of the file of an Erlang disk table that was saved since its last change.
SAVED_TABLE = b"\x00\x00\x00\x01"
QUEUE_NAMES_SECONDS = 5


class _Runner(Protocol):
    host: str
    port: int
    management_url: str
    login: tuple[str, str]

    def start(self) -> None: ...
    def wait_for_queue_names(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...
    def is_alive(self) -> bool: ...


class RabbitServer:
    """One broker for a test session, or for one test that kills it; every vhost is a broker of its own.

    The methods block (a start takes 4 to 8 s); where a running event loop is needed, use `asyncio.to_thread`.
    """

    def __init__(self) -> None:
        """Choose where the broker comes from; raise ServerUnavailable when there is nowhere."""
        given = os.environ.get(GIVEN_BY)
        self._runner: _Runner = _Given(given) if given else _local_or_container()

    @property
    def port(self) -> int:
        """Its AMQP port, the same after a restart."""
        return self._runner.port

    @property
    def can_be_killed(self) -> bool:
        """False for a broker that was given by address and is not ours."""
        return not isinstance(self._runner, _Given)

    def start(self) -> None:
        """Start, also again after `kill` or `stop` with the same data and address; ready upon return."""
        if not self._runner.is_alive():
            self._runner.start()

    def kill(self, *, at_once: bool = False) -> None:
        """End the broker with SIGKILL.

        RabbitMQ 3.10 writes the name of a new quorum queue to disk a second later, and a queue whose name was
        lost can never be used again. So we wait for the names first, unless that very trouble is wanted.
        """
        if not at_once:
            self._runner.wait_for_queue_names()
        self._runner.kill()

    def stop(self) -> None:
        """Shut down in order (6 to 8 s)."""
        self._runner.stop()

    def close(self) -> None:
        """End the broker and remove its data."""
        self._runner.close()

    def is_alive(self) -> bool:
        """Whether the broker runs."""
        return self._runner.is_alive()

    def create_vhost(self, name: str) -> str:
        """Create an empty vhost; give its amqp address."""
        self.call("PUT", f"/api/vhosts/{quote(name, safe='')}")
        user, password = self._runner.login
        permissions = {"configure": ".*", "write": ".*", "read": ".*"}
        self.call("PUT", f"/api/permissions/{quote(name, safe='')}/{quote(user, safe='')}", permissions)
        place = f"{quote(user)}:{quote(password)}@{self._runner.host}:{self._runner.port}"
        return f"amqp://{place}/{quote(name, safe='')}"

    def delete_vhost(self, name: str) -> None:
        """Delete a vhost with its queues; whoever is connected is cut."""
        self.call("DELETE", f"/api/vhosts/{quote(name, safe='')}")

    def call(self, method: str, path: str, content: dict[str, str] | None = None) -> object:
        """Call the management API; give its answer, None when it is empty."""
        answer = httpx.request(
            method,
            self._runner.management_url + path,
            auth=self._runner.login,
            json=content,
            timeout=30,
            trust_env=False,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None


class _Given:
    """Somebody else's broker, with the management plugin."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 5672
        self.login = (parts.username or "guest", parts.password or "guest")
        self.management_url = os.environ.get(GIVEN_MANAGEMENT_BY, f"http://{self.host}:15672").rstrip("/")

    def start(self) -> None:
        if not self.is_alive():
            raise ConnectionError(f"the RabbitMQ given by {GIVEN_BY} does not answer")

    def wait_for_queue_names(self) -> None:
        """Not ours to look at."""

    def kill(self) -> None:
        raise ServerUnavailable(f"the RabbitMQ given by {GIVEN_BY} is not ours to kill")

    stop = kill

    def close(self) -> None:
        """Leave it alone."""

    def is_alive(self) -> bool:
        return _speaks_amqp(self.host, self.port)


class _Local:
    """Our own child, with its own name, cookie, ports and port mapper."""

    host = "127.0.0.1"
    login = ("guest", "guest")

    def __init__(self, programs: Path) -> None:
        self._user = "rabbitmq" if is_root() else None
        self.port = free_port()
        self._management_port = free_port()
        self.management_url = f"http://127.0.0.1:{self._management_port}"
        self._folder = undertaker.make_folder("rabbitmq")
        self._write_files()
        environment = self._environment()
        mapper = shutil.which("epmd")
        if mapper is None:
            raise ServerUnavailable("Erlang's port mapper epmd was not found")
        # Without -daemon it stays our child; the node finds it running and starts none.
        self._mapper = Process([mapper], name="epmd", env=environment, folder=self._folder, user=self._user)
        # What it writes helps nobody who looks for the cause of a failure.
        Process.known.discard(self._mapper)
        self._mapper_port = int(environment["ERL_EPMD_PORT"])
        self._process = Process(
            [programs / "rabbitmq-server"],
            name="rabbitmq",
            env=environment,
            folder=self._folder,
            user=self._user,
        )

    def _write_files(self) -> None:
        cookie = self._folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16), "ascii")
        cookie.chmod(0o400)
        (self._folder / "enabled_plugins").write_text("[rabbitmq_management].\n", "ascii")
        (self._folder / "environment.conf").write_text("", "ascii")
        (self._folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self._management_port}\n"
            "loopback_users = none\n"
            "disk_free_limit.absolute = 50MB\n"
            "log.console = true\n"
            "log.console.level = warning\n"
            "log.file = false\n",
            "ascii",
        )
        for path in (self._folder, *self._folder.iterdir()):
            if self._user:
                shutil.chown(path, self._user, self._user)

    def _environment(self) -> dict[str, str]:
        folder = str(self._folder)
        return {
            "HOME": folder,
            "RABBITMQ_NODENAME": f"otklik{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_CONFIG_FILES": f"{folder}/none",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/none.config",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/environment.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                # Idle schedulers must not spin: the machine has other work.
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
            # Makes the start script become the node instead of watching over it.
            "RUNNING_UNDER_SYSTEMD": "1",
        }

    def start(self) -> None:
        if not self._mapper.is_alive():
            self._mapper.start()
            self._mapper.wait_ready(lambda: accepts_connections(self._mapper_port))
        self._process.start()
        self._process.wait_ready(
            lambda: _speaks_amqp(self.host, self.port) and accepts_connections(self._management_port),
            timeout_seconds=START_SECONDS,
        )

    def wait_for_queue_names(self) -> None:
        with contextlib.suppress(ConditionNotMet):
            wait_blocking(self._queue_names_saved, QUEUE_NAMES_SECONDS, "names of quorum queues on disk")

    def _queue_names_saved(self) -> bool:
        for table in self._folder.glob("mnesia/*/quorum/*/names.dets"):
            with table.open("rb") as file:
                if file.read(12)[8:] != SAVED_TABLE:
                    return False
        return True

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        self._process.terminate(timeout_seconds=60)

    def close(self) -> None:
        for process in (self._process, self._mapper):
            if process.is_alive():
                process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def is_alive(self) -> bool:
        return self._process.is_alive()


class _Contained:
    """In a container, where the engine is our only means."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = free_port()
        management = free_port()
        self.management_url = f"http://127.0.0.1:{management}"
        self.login = ("otklik", secrets.token_hex(8))
        environment = {"RABBITMQ_DEFAULT_USER": self.login[0], "RABBITMQ_DEFAULT_PASS": self.login[1]}
        self._container = Container(IMAGE, {5672: self.port, 15672: management}, environment)
        self._management_port = management

    def start(self) -> None:
        self._container.start()
        wait_blocking(lambda: _speaks_amqp(self.host, self.port), START_SECONDS, f"{IMAGE} ready")

    def wait_for_queue_names(self) -> None:
        """The image's RabbitMQ is newer than the trouble."""

    def kill(self) -> None:
        self._container.kill()

    def stop(self) -> None:
        self._container.stop()

    def close(self) -> None:
        self._container.remove()

    def is_alive(self) -> bool:
        return self._container.is_alive()


def _local_or_container() -> _Runner:
    try:
        programs = find_or_install("rabbitmq-server", _find_programs)
    except ServerUnavailable as error:
        require_engine(str(error))
        return _Contained()
    return _Local(programs)


def _find_programs() -> Path | None:
    # Debian's /usr/sbin/rabbitmq-server is a wrapper that drops our environment.
    debian = Path("/usr/lib/rabbitmq/bin")
    if (debian / "rabbitmq-server").exists():
        return debian
    found = shutil.which("rabbitmq-server")
    return Path(found).parent if found else None


def _speaks_amqp(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(GREETING)
            return connection.recv(1) == METHOD_FRAME
    except OSError:
        return False
