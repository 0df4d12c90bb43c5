"""Where the programs of the servers come from: Debian's packages, installed when we may."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

_INSTALLING = threading.Lock()
_FAILED: dict[str, str] = {}


class ServerUnavailable(Exception):
    """A server that tests need cannot be had here; the text says why and what would help."""


def is_root() -> bool:
    """Whether this process may install packages and change users."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def find_or_install(package: str, find: Callable[[], Path | None]) -> Path:
    """Find a program; when it is missing and we are root on Debian, install its package first."""
    found = find()
    if found is not None:
        return found
    if not is_root() or shutil.which("apt-get") is None:
        raise ServerUnavailable(f"{package} is not installed, and only root on Debian can install it here")
    with _INSTALLING:
        if find() is None:
            _install(package)
        found = find()
    if found is None:
        raise ServerUnavailable(f"the package {package} was installed but holds no program we know")
    return found


def find_chromium() -> Path:
    """The browser of the journeys."""

    def find() -> Path | None:
        for name in ("chromium", "chromium-browser", "google-chrome"):
            path = shutil.which(name)
            if path is not None:
                return Path(path)
        return None

    return find_or_install("chromium", find)


def _install(package: str) -> None:
    if package in _FAILED:
        raise ServerUnavailable(_FAILED[package])
    print(f"Installing {package} with apt-get ...", file=sys.stderr, flush=True)
    # A run level of 1 keeps the package's own server from being started.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    # Other processes of this run may be installing, too.
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=600"]
    install.append(package)
    problem = ""
    for command in (install, ["apt-get", "update", "-q"], install):
        outcome = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        if outcome.returncode == 0 and command is install:
            return
        problem = outcome.stderr.strip().splitlines()[-1:][0] if outcome.stderr.strip() else "no reason given"
    _FAILED[package] = f"apt-get could not install {package}: {problem}"
    raise ServerUnavailable(_FAILED[package])
