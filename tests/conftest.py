"""Fixtures and hooks for every test: private servers, fresh databases and vhosts, order, what was not run."""

import itertools
import os
from collections import defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from shared.runtime.logging import configure_logging
from tests.support.pool import S, ServerPool
from tests.support.process import Process
from tests.support.servers import PostgresServer, RabbitServer, ServerUnavailable
from tests.support.servers.packages import find_chromium
from tests.support.sharing import Sharing
from tests.support.suite.fixtures import SERVERS, kept_deployments, new_deployment, suite

__all__ = ["kept_deployments", "new_deployment", "suite"]

TESTS = Path(__file__).parent
# What takes longest comes first, so that no process is left alone with it at the end.
ORDER = ["chaos", "journeys", "cabinet", "contracts", "services", "vk_emulator", "shared", "support"]
POOL = pytest.StashKey[ServerPool]()
LOG_SIZES = pytest.StashKey[dict[Process, int]]()

_numbers = itertools.count(1)


def pytest_configure() -> None:
    """Log as a service does: secrets redacted, no local variables in tracebacks."""
    configure_logging(as_json=True, level="WARNING")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders in the order above; within one, keep pytest's."""
    items.sort(key=_place)
    for item in items:
        # The first of these waits for a whole suite to start.
        if "new_deployment" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(300))


def _place(item: pytest.Item) -> int:
    parts = item.path.relative_to(TESTS).parts if item.path.is_relative_to(TESTS) else ("",)
    return ORDER.index(parts[0]) if parts[0] in ORDER else len(ORDER)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    """Share the tests out in our own way."""
    return Sharing(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find the servers that the chosen tests need, and begin to start them while the first tests run."""
    if session.config.option.collectonly:
        return
    pool = session.config.stash.setdefault(POOL, ServerPool())
    wanted = {name for item in session.items for name in _servers_of(item)}
    pool.find(wanted)
    # One process of several learns of each of its tests shortly before.
    if not hasattr(session.config, "workerinput"):
        pool.prepare(wanted)


def _servers_of(item: pytest.Item) -> set[str]:
    """The fixtures a test asks for, and the servers that its shape of the suite stands on."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return {*getattr(item, "fixturenames", ()), *SERVERS.get(parameters.get("suite", ""), ())}


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers, also when the run was interrupted."""
    pool = config.stash.get(POOL, None)
    if pool is not None:
        pool.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start again what an earlier test has killed."""
    item.config.stash[POOL].revive(_servers_of(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, bool, bool]:
    """Note how long each program's log is, so that a failure shows what was written during the test."""
    item.config.stash[POOL].prepare({name for one in (item, nextitem) if one for name in _servers_of(one)})
    item.stash[LOG_SIZES] = {process: process.log_size() for process in Process.known}
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last words of the programs involved to the report of a failed test."""
    report = yield
    if report.failed:
        before = item.stash.get(LOG_SIZES, {})
        for process in Process.known:
            tail = process.tail(after=before.get(process, 0))
            if tail:
                report.sections.append((f"log of {process.name}", tail))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not run, and why."""
    skipped: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped[reason.removeprefix("Skipped: ")].append(report.nodeid)
    if not skipped:
        return
    terminalreporter.section("NOT RUN", sep="!", red=True, bold=True)
    for reason, tests in sorted(skipped.items()):
        terminalreporter.line(f"{len(tests)} tests: {reason}", red=True)
        for test in tests[:5]:
            terminalreporter.line(f"    {test}")
        if len(tests) > 5:
            terminalreporter.line(f"    ... and {len(tests) - 5} more")


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> PostgresServer:
    """The PostgreSQL of this session; quick, not durable."""
    return _take(request, "postgres_server", PostgresServer)


@pytest.fixture(scope="session")
def durable_postgres_server(request: pytest.FixtureRequest) -> PostgresServer:
    """The PostgreSQL of this session that keeps fsync on; for tests that kill and measure."""
    return _take(request, "durable_postgres_server", PostgresServer)


@pytest.fixture(scope="session")
def rabbit_server(request: pytest.FixtureRequest) -> RabbitServer:
    """The RabbitMQ node of this session; may be killed: the next test that asks finds it running again."""
    return _take(request, "rabbit_server", RabbitServer)


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """Address (`postgresql+asyncpg://`) of a fresh empty database."""
    name = _fresh_name()
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture
def rabbit_vhost(rabbit_server: RabbitServer) -> Iterator[str]:
    """Address (`amqp://`) of a fresh empty vhost."""
    name = _fresh_name()
    yield rabbit_server.create_vhost(name)
    rabbit_server.delete_vhost(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address (`sqlite+aiosqlite://`) of a database file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'database.sqlite3'}"


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The browser's program, for `playwright.chromium.launch(executable_path=...)`."""
    try:
        return find_chromium()
    except ServerUnavailable as error:
        pytest.skip(f"no browser here: {error}")


def _take(request: pytest.FixtureRequest, name: str, kind: type[S]) -> S:
    try:
        return request.config.stash[POOL].take(name, kind)
    except ServerUnavailable as error:
        pytest.skip(f"no {kind.__name__} here: {error}")


def _fresh_name() -> str:
    # The process number keeps two runs apart that share a server given by address.
    return f"test_{os.getpid()}_{next(_numbers)}"
