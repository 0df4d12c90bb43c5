"""`./run simulate --seeds N [--first-seed S]`: health episodes in simulated time; 1 when a promise broke."""

import argparse
import sys
import time

from shared.runtime.logging import configure_logging
from tests.simulation.run import simulate
from tests.simulation.truth import EPISODES

SHOWN = 20


def main() -> int:
    """Play the worlds of the chosen seeds and print what came of them; give the exit code."""
    parser = argparse.ArgumentParser(prog="./run simulate")
    size = f"how many worlds, of {EPISODES} episodes each (10)"
    parser.add_argument("--seeds", type=int, default=10, help=size)
    parser.add_argument("--first-seed", type=int, default=1, help="the seed of the first one (1)")
    arguments = parser.parse_args()
    configure_logging(as_json=True, level="ERROR")
    began = time.monotonic()
    verdict = simulate(range(arguments.first_seed, arguments.first_seed + arguments.seeds))
    print(f"health episodes      {verdict.episodes}, in {time.monotonic() - began:.0f} s")
    print(f"changes told         {verdict.changes}")
    print(f"deactivations        {verdict.deactivations}, false ones {verdict.false_deactivations}")
    print(f"losses               {verdict.losses}, each told within {verdict.seen_seconds_max:.0f} s")
    print(f"broken promises      {len(verdict.broken)}")
    for complaint in verdict.broken[:SHOWN]:
        print(f"  {complaint}")
    return int(bool(verdict.broken))


if __name__ == "__main__":
    sys.exit(main())
