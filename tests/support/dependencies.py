"""Each member declares what it imports, and imports what it declares (deptry)."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.support.process import ROOT

DEPTRY = Path(sys.executable).with_name("deptry")
# Loaded by the name of a driver, of a server's loop or of a time zone, or run as a program; never imported.
LOADED_BY_NAME = ("aiosqlite", "asyncpg", "httptools", "python-multipart", "tzdata", "uvloop", "vk-emulator")
# FastAPI's own foundation: its version follows FastAPI's.
FOUNDATION = "starlette"


def find_wrong_dependencies() -> str:
    """Run deptry over every member; give what it said of those that are not well."""
    programs = {member: _start(member) for member in members()}
    complaints = []
    for member, program in programs.items():
        output, _ = program.communicate()
        if program.returncode != 0:
            complaints.append(f"{member.relative_to(ROOT)}:\n{output.strip()}")
    return "\n".join(complaints)


def members() -> list[Path]:
    """Give the folders of the workspace's members."""
    patterns = _read(ROOT)["tool"]["uv"]["workspace"]["members"]
    folders = (path for pattern in patterns for path in ROOT.glob(pattern))
    return sorted(path for path in folders if (path / "pyproject.toml").exists())


def _start(member: Path) -> "subprocess.Popen[str]":
    declared = _declared(member)
    # What shared stands on is declared and pinned there, once, for all that stand on shared.
    through_shared = _declared(ROOT / "shared") if "otklik-shared" in declared else []
    ours = {_read(path)["project"]["name"]: _package(path) for path in members()}
    allowed = [FOUNDATION, *(ours.get(name) or name.replace("-", "_") for name in through_shared)]
    return subprocess.Popen(
        [
            DEPTRY,
            ".",
            "--no-ansi",
            "--package-module-name-map",
            ",".join(f"{distribution}={package}" for distribution, package in ours.items()),
            "--per-rule-ignores",
            f"DEP002={'|'.join(LOADED_BY_NAME)},DEP003={'|'.join(allowed)}",
        ],
        cwd=member,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))


def _declared(member: Path) -> list[str]:
    return [re.split(r"[\[=<>~! ]", needed)[0] for needed in _read(member)["project"]["dependencies"]]


def _package(member: Path) -> str:
    return str(_read(member)["tool"]["uv"]["build-backend"]["module-name"])
