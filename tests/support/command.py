"""`./run test`: the whole test suite, in three processes; with arguments, which go to pytest, in one."""

import signal
import sys
import time
from types import FrameType

import pytest

from tests.support.process import ROOT

# Most tests wait for something most of their time: three processes fill two cores.
ALL = ["--numprocesses=3", "--dist=loadscope", "--no-loadscope-reorder"]


def main(arguments: list[str]) -> int:
    """Run the tests; give pytest's exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.perf_counter()
    code = int(pytest.main(["--rootdir", str(ROOT), *(arguments or ALL)]))
    print(f"./run test took {time.perf_counter() - began:.0f} s and ended with {code}", flush=True)
    return code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as upon Ctrl-C: with a summary, and with the servers stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
