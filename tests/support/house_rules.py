"""The rules of the house that no ready-made tool holds: sizes, names, who may do what, forbidden texts.

Each rule gives the places that break it, as `path:line: what`; an empty list is well.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.support.process import ROOT

FILE_LINES = 400
FUNCTION_LINES = 50
TEST_FUNCTION_LINES = 80
MEASURED_FILES = {".py", ".ts", ".tsx", ".js", ".mjs", ".sh"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers", "stuff"}

# In pieces, so that this file does not say what files may not say.
_FOLDERS = "|".join("".join(pieces) for pieces in (("wo", "rk"), ("ro", "ot"), ("ho", "me")))
_HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("registry", "npmjs", "org"),
    ("registry", "yarnpkg", "com"),
    ("proxy", "golang", "org"),
    ("npmmirror", "com"),
)
MACHINE_PATH = re.compile(rf"(?<![\w./}}:-])/(?:{_FOLDERS})/[\w.]")
INDEX_HOSTS = re.compile("|".join(re.escape(".".join(pieces)) for pieces in _HOSTS))
_MARKS = "|".join("".join(pieces) for pieces in (("TO", "DO"), ("FIX", "ME"), ("X", "XX")))
LATER = re.compile(rf"\b(?:{_MARKS})\b")
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover|mypy:|ruff:)(.*)")
EXPLAINED = re.compile(
    r"^\s*(?:\[[\w-]+(?:,\s*[\w-]+)*\]|:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)\s*(?:-|—|#)+\s*\S.{7,}"
)


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, part of the project."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(set(listing.stdout.split("\0")) - {""})
    return tuple(path for name in names if (path := ROOT / name).is_file())


def python_files() -> Iterator[Path]:
    """The project's Python files."""
    return (path for path in project_files() if path.suffix == ".py")


def our_code() -> Iterator[Path]:
    """Python of the services and of what they stand on; the emulator is a product of its own."""
    for path in python_files():
        if path.is_relative_to(ROOT / "services") or path.is_relative_to(ROOT / "shared"):
            yield path


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path), str(path))


def _place(path: Path, line: int = 1) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def _is_generated(path: Path) -> bool:
    return bool({"migrations", "generated", "api-client"} & set(path.relative_to(ROOT).parts))


def files_too_long() -> list[str]:
    """No file over 400 lines."""
    lengths = (
        (path, _text(path).count("\n"))
        for path in project_files()
        if path.suffix in MEASURED_FILES and not _is_generated(path)
    )
    return [
        f"{_place(path)}: {lines} lines, {FILE_LINES} allowed"
        for path, lines in lengths
        if lines > FILE_LINES
    ]


def functions_too_long() -> list[str]:
    """No function over 50 lines; a test may have 80."""
    found = []
    for path in python_files():
        if _is_generated(path):
            continue
        limit = TEST_FUNCTION_LINES if path.name.startswith("test_") else FUNCTION_LINES
        for node in ast.walk(_tree(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > limit:
                found.append(f"{_place(path, node.lineno)}: {node.name} has {lines} lines, {limit} allowed")
    return found


def names_without_meaning() -> list[str]:
    """No module or folder whose name says nothing; folders of tests can be imported."""
    found = []
    for path in python_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        found += [f"{_place(path)}: the name {part!r} says nothing" for part in parts if part in EMPTY_NAMES]
        if parts[0] == "tests":
            bad = [part for part in parts if not part.isidentifier()]
            found += [f"{_place(path)}: {part!r} cannot be imported; write it as the package" for part in bad]
    return found


def commits_outside_the_two_places() -> list[str]:
    """Only shared/database commits: the request's transaction and the consumer's are opened there."""
    allowed = ROOT / "shared/shared/database"
    return [
        f"{_place(path, node.lineno)}: commits; leave it to the transaction around you"
        for path in our_code()
        if not path.is_relative_to(allowed)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def web_outside_endpoints() -> list[str]:
    """HTTPException and Depends live in endpoints.py and shared/http."""
    allowed = ROOT / "shared/shared/http"
    return [
        f"{_place(path, line)}: {name} belongs in endpoints.py or shared/http"
        for path in our_code()
        if path.name != "endpoints.py" and not path.is_relative_to(allowed)
        for module, name, line in _imported_names(path)
        if module.startswith(("fastapi", "starlette")) and name in {"HTTPException", "Depends"}
    ]


def network_in_actions() -> list[str]:
    """An action runs inside a transaction, and calls no network there."""
    return [
        f"{_place(path, line)}: {module} in an action"
        for path in our_code()
        if path.name in {"actions.py", "queries.py", "rules.py", "translate.py"}
        for module, _, line in _imported_names(path)
        if module.split(".")[0] in {"httpx", "aiohttp", "requests", "socket", "urllib3", "aio_pika"}
    ]


def _imported_names(path: Path) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name, node.lineno) for alias in node.names)


def sleeps_in_tests() -> list[str]:
    """A test waits for a condition (tests.support.waiting), never for a while."""
    return [
        f"{_place(path, node.lineno)}: sleeps; wait for what you expect"
        for path in python_files()
        if path.is_relative_to(ROOT / "tests") and path.name.startswith(("test_", "conftest"))
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"asyncio.sleep", "time.sleep", "sleep"}
        if node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value
    ]


def work_left_for_later() -> list[str]:
    """What is not done is not marked in the code; it is done, or it stands in the plans."""
    return _lines_with(LATER, "work left for later", written_only=True)


def suppressions_without_reason() -> list[str]:
    """A silenced rule is named and explained on the same line: `noqa: BLE001 - the reason`."""
    found = []
    for path in python_files():
        for number, line in enumerate(_text(path).splitlines(), start=1):
            match = SUPPRESSION.search(line)
            if match and not EXPLAINED.match(match[2]):
                found.append(f"{_place(path, number)}: {match[0]!r} needs a code and a reason")
    return found


def places_of_one_machine() -> list[str]:
    """No path of somebody's machine and no address of a package index: they come from the environment."""
    paths = _lines_with(MACHINE_PATH, "a path of one machine")
    # The paths of a Dockerfile are those of the image it makes.
    return [line for line in paths if "Dockerfile:" not in line] + _lines_with(
        INDEX_HOSTS, "an index's address"
    )


def _lines_with(pattern: re.Pattern[str], complaint: str, *, written_only: bool = False) -> list[str]:
    found = []
    for path in project_files():
        is_written = path.suffix in MEASURED_FILES and not _is_generated(path)
        if (written_only and not is_written) or not pattern.search(_text(path)):
            continue
        for number, line in enumerate(_text(path).splitlines(), start=1):
            match = pattern.search(line)
            if match:
                found.append(f"{_place(path, number)}: {complaint}: {match[0]!r}")
    return found


def lock_without_hashes() -> list[str]:
    """Every locked package has hashes, an exact version, and no address."""
    path = ROOT / "requirements.lock"
    entries = re.split(r"\n(?=\S)", _text(path).strip())
    found = [f"{_place(path)}: an address" for _ in re.findall(r"://", _text(path))]
    for entry in entries:
        name = entry.split(" ", 1)[0]
        if entry.startswith("#"):
            continue
        if "==" not in name or "--hash=sha256:" not in entry:
            found.append(f"{_place(path)}: {name} has no exact version or no hash")
    return found


RULES: tuple[Callable[[], list[str]], ...] = (
    files_too_long,
    functions_too_long,
    names_without_meaning,
    commits_outside_the_two_places,
    web_outside_endpoints,
    network_in_actions,
    sleeps_in_tests,
    work_left_for_later,
    suppressions_without_reason,
    places_of_one_machine,
    lock_without_hashes,
)
