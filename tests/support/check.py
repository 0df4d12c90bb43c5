"""`./run check`: format, lint, types, import rules, dependencies, house rules. One line each, all are run."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.dependencies import find_wrong_dependencies, members
from tests.support.house_rules import RULES
from tests.support.process import ROOT

PROGRAMS = Path(sys.executable).parent
CABINET_CHECKS = ("types", "lint", "formatted")


def run_tool(program: str, *arguments: str) -> str:
    """Run a program of the locked set; give its output when it complains, nothing when all is well."""
    outcome = subprocess.run(
        [PROGRAMS / program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "" if outcome.returncode == 0 else outcome.stdout.strip() or f"exit code {outcome.returncode}"


def check_types() -> str:
    """Check the types of everything; how strict, pyproject.toml says for each part."""
    folders = [str(path.relative_to(ROOT)) for path in members()]
    return run_tool("mypy", "--no-error-summary", *folders, "tests")


def check_cabinet() -> str:
    """Check the cabinet's types, lint and format."""
    return "\n".join(filter(None, (run_tool("python", "web/build.py", "run", one) for one in CABINET_CHECKS)))


def check_house_rules() -> str:
    """Check the rules that no ready-made tool holds."""
    return "\n".join(line for rule in RULES for line in rule())


CHECKS: dict[str, Callable[[], str]] = {
    "types": check_types,
    "format": lambda: run_tool("ruff", "format", "--quiet", "--check", "--output-format", "concise", "."),
    "lint": lambda: run_tool("ruff", "check", "--quiet", "--output-format", "concise", "."),
    "imports": lambda: run_tool("lint-imports", "--no-logo"),
    "dependencies": find_wrong_dependencies,
    "house rules": check_house_rules,
    "cabinet": check_cabinet,
}


def main() -> int:
    """Run all checks, two at a time; give the exit code."""
    began = time.perf_counter()
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = {name: pool.submit(_timed, check) for name, check in CHECKS.items()}
        for name, outcome in running.items():
            complaint, seconds = outcome.result()
            print(f"{'FAILED' if complaint else 'ok':<7}{name:<14}{seconds:5.1f} s", flush=True)
            if complaint:
                failed.append(name)
                print("\n".join(f"    {line}" for line in complaint.splitlines()), flush=True)
    seconds = time.perf_counter() - began
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'all well'} in {seconds:.1f} s")
    return 1 if failed else 0


def _timed(check: Callable[[], str]) -> tuple[str, float]:
    began = time.perf_counter()
    return check(), time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
