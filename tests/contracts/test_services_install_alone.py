"""Each service installs alone from the lock, and its environment holds no other service."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.process import ROOT

UV = Path(sys.executable).with_name("uv")
PACKAGES = ["accounts", "dialogs", "integrations", "vk_gateway", "widget_config"]
ABSENT = [*PACKAGES, "vk_emulator", "embedded", "tests", "pytest"]

LOOK = """
import importlib, importlib.util, json, sys
importlib.import_module(sys.argv[1] + ".service")
print(json.dumps([name for name in sys.argv[2:] if importlib.util.find_spec(name)]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place for one environment after the other: the same paths let compiled modules be used again."""
    return tmp_path_factory.mktemp("alone")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_service_installs_and_imports_alone(package: str, folder: Path) -> None:
    python = make_environment(folder, ROOT / "services" / package.replace("_", "-"))

    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    answer = run(
        [python, "-c", LOOK, package, *(name for name in ABSENT if name != package)],
        folder=folder,
        environment={**environment, "PYTHONPYCACHEPREFIX": str(folder / "compiled")},
    )

    assert json.loads(answer) == []


def make_environment(folder: Path, service: Path) -> Path:
    """Install one service in a fresh environment; give its Python."""
    run([UV, "venv", "--quiet", "--clear", "--python", sys.executable, "environment"], folder=folder)
    python = folder / "environment/bin/python"
    install: list[str | Path] = [
        UV,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "-c",
        ROOT / "requirements.lock",
        service,
    ]
    try:
        # What `./run` has fetched is here; only a missing package needs the network.
        run([*install, "--offline"], folder=folder)
    except AssertionError:
        run(install, folder=folder)
    return python


def run(command: Sequence[str | Path], *, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Run a program; give its output, and fail with what it complained of."""
    outcome = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout
