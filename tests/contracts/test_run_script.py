"""`./run` on a machine with nothing but Python: how it comes by uv, or what it says."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.process import ROOT

TOOLS = ("sh", "cat", "cksum", "dirname", "awk", "mkdir", "rm")
PYTHON = """#!/bin/sh
case "$*" in
    "-c "*) exit 0 ;;
    "-m pip --version") exit {pip_exit} ;;
    "-m pip install"*)
        echo "$*" >asked
        exit 3 ;;
esac
"""


def _started(folder: Path, *, pip_exit: int) -> subprocess.CompletedProcess[str]:
    """Run the script in a folder of its own, on a path without uv."""
    programs = folder / "bin"
    programs.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    python = programs / "python3"
    python.write_text(PYTHON.format(pip_exit=pip_exit))
    python.chmod(0o755)
    for name in ("run", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    environment = {**os.environ, "PATH": str(programs)}
    return subprocess.run(
        ["sh", str(folder / "run")], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_without_pip_and_uv_it_says_what_to_install(tmp_path: Path) -> None:
    ended = _started(tmp_path, pip_exit=1)

    assert ended.returncode == 1
    assert "apt install python3-pip" in ended.stderr
    assert "uv " in ended.stderr
    assert not (tmp_path / "asked").exists()


def test_uv_itself_is_installed_by_its_hash(tmp_path: Path) -> None:
    ended = _started(tmp_path, pip_exit=0)

    assert ended.returncode == 3
    asked = (tmp_path / "asked").read_text()
    assert "--require-hashes -r .tools/uv.txt" in asked
    lines = (tmp_path / ".tools" / "uv.txt").read_text().splitlines()
    assert lines[0].startswith("uv==")
    assert all(line.startswith("    --hash=sha256:") for line in lines[1:])
    assert len(lines) > 5
