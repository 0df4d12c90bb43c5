"""The files of deploy/ fit each other."""

import os
import re
import shutil
import subprocess
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = (DEPLOY / "compose" / "compose.yaml").read_text("utf-8")


def test_nginx_is_given_every_variable_of_its_template() -> None:
    template = (DEPLOY / "nginx" / "nginx.conf.template").read_text("utf-8")

    wanted = set(re.findall(r"\$\{(\w+)\}", template))

    assert wanted <= set(re.findall(r"^ {6}(\w+):", COMPOSE, re.MULTILINE))


def test_new_env_fills_in_everything_that_compose_requires(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "compose" / "new-env", tmp_path)
    environment = {"PATH": os.environ["PATH"]}
    subprocess.run([tmp_path / "new-env"], env=environment, check=True)
    written = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text("utf-8").splitlines())

    required = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    again = subprocess.run([tmp_path / "new-env"], env=environment, capture_output=True, check=False)

    assert required
    assert all(written[name] for name in required)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert again.returncode == 1


def test_the_demo_sends_browsers_to_the_emulator_where_it_is(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "compose" / "new-env", tmp_path)
    environment = {"PATH": os.environ["PATH"], "OTKLIK_EMULATOR_PORT": "9081"}
    subprocess.run([tmp_path / "new-env", "demo"], env=environment, check=True)
    written = (tmp_path / ".env").read_text("utf-8").splitlines()

    assert "OTKLIK_EMULATOR_PORT=9081" in written
    assert {"VK_ID_PAGE_URL=http://127.0.0.1:9081/id", "VK_OAUTH_PAGE_URL=http://127.0.0.1:9081/oauth"} <= {
        *written
    }


def test_every_required_variable_is_explained() -> None:
    example = (DEPLOY / "compose" / ".env.example").read_text("utf-8")

    for name in re.findall(r"\$\{(\w+):\?", COMPOSE):
        assert f"\n{name}=" in example, name
