"""`./run test [ARGS]`: the whole test suite in one pytest process; the arguments go to pytest."""

import sys
import time

import pytest

from tests.support.process import ROOT


def main(arguments: list[str]) -> int:
    """Run the tests; give pytest's exit code."""
    began = time.perf_counter()
    code = int(pytest.main(["--rootdir", str(ROOT), *arguments]))
    print(f"./run test took {time.perf_counter() - began:.0f} s and ended with {code}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
