"""VK client libraries that know nothing of the emulator work with it."""

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import ROOT
from tests.vk_emulator.conftest import EmulatorProcess, Vk

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "oracle-requirements.txt"
USER = 73125540


@pytest.fixture(scope="module")
def oracle_python() -> Path:
    """The interpreter of an environment that holds the client library; made once per set of versions."""
    version = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".tools" / f"vk-oracle-{version}"
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    uv = Path(sys.executable).with_name("uv")
    program = str(uv) if uv.exists() else shutil.which("uv")
    if program is None:
        pytest.skip("the independent VK client is not installed: there is no uv")
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [program, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [
            program,
            "pip",
            "install",
            "--quiet",
            "--python",
            str(python),
            "--require-hashes",
            "-r",
            str(REQUIREMENTS),
        ],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode != 0:
            pytest.skip(f"the independent VK client cannot be installed: {done.stderr.strip()[-300:]}")
    (folder / "ready").touch()
    return python


async def run(script: str, python: Path, emulator: EmulatorProcess, vk: Vk) -> Any:
    """What a script prints in the libraries' own environment."""
    arguments = [emulator.url, vk.key, str(vk.id), str(USER)]
    process = await asyncio.create_subprocess_exec(python, HERE / script, *arguments, stdout=-1, stderr=-1)
    output, complaints = await asyncio.wait_for(process.communicate(), timeout=30)
    assert process.returncode == 0, complaints.decode()
    return json.loads(output)


async def test_an_independent_client_talks_with_the_emulator(
    vk: Vk, emulator_process: EmulatorProcess, oracle_python: Path
) -> None:
    assert await run("oracle_script.py", oracle_python, emulator_process, vk) == {
        "received": "Здравствуйте!",
        "from_user": True,
        "called_back": ["И ещё: вы открыты?", True],
        "sent": 3,
        "history": ["Добрый день!", "И ещё: вы открыты?", "Здравствуйте!"],
        "pooled": 3,
        "community": vk.id,
        "user": USER,
        "refused": 901,
    }


async def test_an_independent_client_sets_its_callback_server_up(
    vk: Vk, emulator_process: EmulatorProcess, oracle_python: Path
) -> None:
    assert await run("oracle_webhook.py", oracle_python, emulator_process, vk) == {
        "servers": [["Library", "ok"]],
        "one_secret": True,
        "flags": ["message_new"],
        "texts": ["Вы открыты?", "Вы написали: Вы открыты?"],
        "left": [],
    }
