"""The two shapes of Otklik as processes on this machine, each with data of its own."""

import secrets
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import httpx

from embedded.emulator import APP_ID, APP_SECRET, APP_SERVICE_KEY
from shared.database.vault import new_vault_key
from tests.support.process import Process
from tests.support.servers import NginxServer, PostgresServer, RabbitServer
from tests.support.suite.nginx import write_nginx_config
from tests.support.undertaker import undertaker
from tests.support.waiting import accepts_connections, free_port

SERVICES = ("accounts", "vk-gateway", "integrations", "dialogs", "widget-config")
# VK's pauses between callback attempts are minutes; here they are seconds.
CLOCK_SCALE = "0.02"
READY_SECONDS = 90.0


class Program(Protocol):
    """A process that a test may kill and start again."""

    def start(self) -> object:
        """Start it; it may not be ready yet upon return."""

    def kill(self) -> None:
        """End it with SIGKILL."""

    def is_alive(self) -> bool:
        """Whether it runs."""


class Deployment(Protocol):
    """A running Otklik."""

    shape: str
    url: str
    emulator_url: str
    processes: Mapping[str, Program]

    def start(self) -> None:
        """Start everything; it is ready upon return."""

    def wait_ready(self) -> None:
        """Return once every program that runs is ready."""

    def close(self) -> None:
        """End everything and remove the data."""


class Embedded:
    """`python -m embedded`, with the emulator as its child."""

    shape = "embedded"

    def __init__(self, folder: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        port, emulator_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.emulator_url = f"http://127.0.0.1:{emulator_port}"
        self.folder = folder or undertaker.make_folder("embedded") / "data"
        self.process = Process(
            [sys.executable, "-m", "embedded"],
            name="embedded",
            env={
                "OTKLIK_PORT": str(port),
                "OTKLIK_EMULATOR_PORT": str(emulator_port),
                "OTKLIK_DATA": str(self.folder),
                "OTKLIK_DEMO": "1",
                "OTKLIK_HOST": None,
                "OTKLIK_PUBLIC_URL": None,
                "OTKLIK_LOG_LEVEL": "INFO",
                "EMULATOR_CLOCK_SCALE": CLOCK_SCALE,
                **(env or {}),
            },
        )
        self.processes: Mapping[str, Program] = {"embedded": self.process}

    def start(self) -> None:
        """Start everything; it is ready upon return."""
        self.process.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Return once the services are ready and the demo is connected."""
        self.process.wait_ready(lambda: _is_ready(self.url), READY_SECONDS)

    def close(self) -> None:
        """End everything."""
        self.process.terminate(timeout_seconds=20)


class Distributed:
    """A process for each service, PostgreSQL, RabbitMQ, nginx in front and the emulator."""

    shape = "distributed"

    def __init__(
        self,
        name: str,
        postgres: PostgresServer,
        rabbit: RabbitServer,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._env = env or {}
        self._postgres = postgres
        self._rabbit = rabbit
        self._ports = {service: free_port() for service in SERVICES}
        port, emulator_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.emulator_url = f"http://127.0.0.1:{emulator_port}"
        self.bus_url = rabbit.create_vhost(name)
        common = self._common_settings()
        services = {service: self._service(service, common) for service in SERVICES}
        self._emulator = self._make_emulator(emulator_port)
        folder = undertaker.make_folder("nginx")
        config = write_nginx_config(folder, port=port, upstreams=self._ports)
        self._nginx = NginxServer(config, prefix=folder, port=port)
        self._services = services
        self.processes: Mapping[str, Program] = {
            **services,
            "vk-emulator": self._emulator,
            "nginx": self._nginx,
        }

    def _common_settings(self) -> dict[str, str]:
        settings = {
            "BUS_URL": self.bus_url,
            "SERVICE_KEY": secrets.token_urlsafe(32),
            "PUBLIC_URL": self.url,
            "CALLBACK_URL": self.url,
            "HOST": "127.0.0.1",
            "DEMO": "true",
            "ENCRYPTION_KEYS": new_vault_key(),
            "VK_API_URL": f"{self.emulator_url}/method",
            "VK_ID_URL": f"{self.emulator_url}/id",
            "VK_OAUTH_URL": f"{self.emulator_url}/oauth",
            "VK_APP_ID": APP_ID,
            "VK_APP_SECRET": APP_SECRET,
            "VK_SERVICE_KEY": APP_SERVICE_KEY,
            "TRUSTED_PROXY": "true",
            "FILES_URL": undertaker.make_folder("files").as_uri(),
            "MEDIA_ORIGINS": self.emulator_url,
        }
        for service, port in self._ports.items():
            settings[f"{_variable(service)}_URL"] = f"http://127.0.0.1:{port}"
        return settings

    def _service(self, service: str, common: Mapping[str, str]) -> Process:
        database = self.database_of(service)
        own = {
            "DATABASE_URL": self._postgres.create_database(database, owner_role=database),
            "PORT": str(self._ports[service]),
        }
        env = {f"{_variable(service)}_{name}": value for name, value in {**common, **own}.items()}
        env |= self._env
        package = service.replace("-", "_")
        return Process([sys.executable, "-m", package], name=service, env=env)

    def _make_emulator(self, port: int) -> Process:
        env = {
            "EMULATOR_HOST": "127.0.0.1",
            "EMULATOR_PORT": str(port),
            "EMULATOR_DATA": str(undertaker.make_folder("emulator")),
            "EMULATOR_CLOCK_SCALE": CLOCK_SCALE,
        }
        return Process([sys.executable, "-m", "vk_emulator"], name="vk-emulator", env=env)

    def database_of(self, service: str) -> str:
        """The name of a service's database."""
        return f"{self._name}_{service}"

    def service_url(self, service: str) -> str:
        """Where a service answers behind the proxy."""
        return f"http://127.0.0.1:{self._ports[service]}"

    def logs(self) -> dict[str, str]:
        """What each program has written."""
        processes = (*self._services.values(), self._emulator)
        return {process.name: process.log() for process in processes} | {"nginx": self._nginx.log()}

    def start(self) -> None:
        """Start everything; it is ready upon return."""
        for process in (*self._services.values(), self._emulator):
            process.start()
        self._nginx.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Return once every service, the emulator and the proxy are ready."""
        for service, process in self._services.items():
            process.wait_ready(_ready_at(self.service_url(service)), READY_SECONDS)
        self._emulator.wait_ready(_ready_at(self.emulator_url), READY_SECONDS)
        assert accepts_connections(self._nginx.port)

    def close(self) -> None:
        """End everything and remove the data."""
        for process in (*self._services.values(), self._emulator):
            process.signal(signal.SIGTERM)
        for process in (*self._services.values(), self._emulator):
            process.terminate(timeout_seconds=20)
        self._nginx.stop()
        for service in SERVICES:
            self._postgres.drop_database(self.database_of(service))
        self._rabbit.delete_vhost(self._name)


def _variable(service: str) -> str:
    return service.replace("-", "_").upper()


def _ready_at(url: str) -> Callable[[], bool]:
    return lambda: _is_ready(url)


def _is_ready(url: str) -> bool:
    try:
        # Unverified, because reading the machine's certificates each time costs more than the question.
        answer = httpx.get(f"{url}/health/ready", timeout=5, trust_env=False, verify=False)
        return answer.status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
