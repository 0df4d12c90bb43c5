"""A VK client library that knows nothing of the emulator works with it."""

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

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


async def test_an_independent_client_talks_with_the_emulator(
    vk: Vk, emulator_process: EmulatorProcess, oracle_python: Path
) -> None:
    arguments = [emulator_process.url, vk.key, str(vk.id), str(USER)]
    script = await asyncio.create_subprocess_exec(
        oracle_python, HERE / "oracle_script.py", *arguments, stdout=-1, stderr=-1
    )
    output, complaints = await asyncio.wait_for(script.communicate(), timeout=30)

    assert script.returncode == 0, complaints.decode()
    assert json.loads(output) == {
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
