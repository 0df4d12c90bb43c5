"""How `./run` behaves as a program: its data, its child, its end."""

import os
import signal
import stat
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.process import Process
from tests.support.suite import Suite
from tests.support.suite.fixtures import NewDeployment
from tests.support.suite.shapes import Deployment, Embedded
from tests.support.undertaker import undertaker
from tests.support.waiting import accepts_connections, free_port, wait_blocking, wait_until

ENDED_SECONDS = 10.0


@pytest.fixture(scope="module")
def embedded(new_deployment: NewDeployment) -> Embedded:
    """An embedded Otklik that these tests may kill."""
    deployment: Deployment = new_deployment("embedded")
    assert isinstance(deployment, Embedded)
    return deployment


def test_what_it_writes_is_its_owners_alone(embedded: Embedded) -> None:
    paths = [embedded.folder, *embedded.folder.rglob("*")]

    open_to_others = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]

    assert open_to_others == []
    assert (embedded.folder / "secrets.json").exists()


def test_a_second_process_keeps_off_the_data(embedded: Embedded) -> None:
    second = Process(
        [sys.executable, "-m", "embedded"],
        name="second",
        env={
            "OTKLIK_DATA": str(embedded.folder),
            "OTKLIK_PORT": str(free_port()),
            "OTKLIK_EMULATOR_PORT": str(free_port()),
        },
    ).start()

    assert second.wait(timeout_seconds=30) == 1
    assert "is in use by another Otklik" in second.log()
    assert str(embedded.process.pid) in second.log()
    assert "Traceback" not in second.log()


async def test_a_killed_emulator_comes_back_with_its_messages(embedded: Embedded) -> None:
    suite = Suite(embedded)
    community = await suite.vk.new_community()
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Помни меня")
    child = _emulator_of(embedded)

    os.kill(child, signal.SIGKILL)
    await wait_until(lambda: _emulator_of(embedded) not in {0, child}, describe="another emulator")
    await wait_until(lambda: accepts_connections(_port(embedded.emulator_url)), describe="its port open")

    assert [message["text"] for message in await suite.vk.ledger(community, user)] == ["Помни меня"]
    await suite.close()


async def test_after_a_crash_everything_is_as_it_was(embedded: Embedded) -> None:
    suite = Suite(embedded)
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "До падения")
    dialog = await project.dialog_with(user)
    child = _emulator_of(embedded)

    embedded.process.kill()
    await wait_until(lambda: not _runs(child), 5, "the emulator ended with its parent")
    embedded.start()
    await suite.vk.user_writes(community, user, "После падения")

    await project.message(dialog["id"], "После падения")
    await project.reply(dialog["id"], "Мы снова здесь")
    await project.message(dialog["id"], "Мы снова здесь", state="sent")
    ledger = await suite.vk.ledger(community, user)
    assert [message["text"] for message in ledger] == ["До падения", "После падения", "Мы снова здесь"]
    await suite.close()


async def test_it_ends_in_order_while_somebody_follows_the_feed(embedded: Embedded) -> None:
    suite = Suite(embedded)
    project = await suite.new_project()
    child = _emulator_of(embedded)

    async with project.following() as feed:
        embedded.process.signal(signal.SIGTERM)
        await wait_until(lambda: not feed.is_open, ENDED_SECONDS, "the feed ended")
        await wait_until(lambda: not embedded.process.is_alive(), ENDED_SECONDS, "the process ended")

    assert embedded.process.returncode == 0
    assert not _runs(child)
    assert "Traceback" not in embedded.process.log()
    await suite.close()
    embedded.start()


def test_without_the_demo_nobody_has_a_known_password() -> None:
    port, emulator_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    process = Process(
        [sys.executable, "-m", "embedded"],
        name="embedded-for-work",
        env={
            "OTKLIK_DATA": str(undertaker.make_folder("work") / "data"),
            "OTKLIK_PORT": str(port),
            "OTKLIK_EMULATOR_PORT": str(emulator_port),
            "OTKLIK_DEMO": "0",
        },
    ).start()
    process.wait_ready(lambda: _status(f"{url}/health/ready") == httpx.codes.OK, 60)
    wait_blocking(lambda: "Otklik" in process.log(), 5, "the greeting")

    answer = httpx.post(
        f"{url}/api/v1/accounts/session",
        json={"email": "demo@otklik.local", "password": "otklik-demo"},
        trust_env=False,
    )
    page = httpx.get(f"{url}/", trust_env=False).text

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert "otklik-demo" not in process.log() + page
    assert "First administrator" in process.log()
    assert not accepts_connections(emulator_port)
    assert process.terminate(timeout_seconds=ENDED_SECONDS) == 0


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OTKLIK_PORT", "many", "OTKLIK_PORT is a port number"),
        ("OTKLIK_DEMO", "perhaps", "OTKLIK_DEMO is 0 or 1"),
        ("OTKLIK_PUBLIC_URL", "otklik.example.org", "must begin with http"),
    ],
)
def test_a_senseless_setting_is_named(variable: str, value: str, words: str, tmp_path: Path) -> None:
    env = {"OTKLIK_DATA": str(tmp_path), variable: value}
    process = Process([sys.executable, "-m", "embedded"], name="senseless", env=env).start()

    assert process.wait(timeout_seconds=30) == 2
    assert words in process.log()


def _emulator_of(embedded: Embedded) -> int:
    children = Path(f"/proc/{embedded.process.pid}/task/{embedded.process.pid}/children").read_text("ascii")
    return int(children.split()[0]) if children.split() else 0


def _runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code
    except httpx.HTTPError:
        return 0
