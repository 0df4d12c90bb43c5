"""`./run chaos --minutes N [--seed S]`: the kill test for longer, in both shapes; 1 when a promise broke."""

import argparse
import asyncio
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.chaos.trial import Verdict, run_trial
from tests.chaos.troubles import QUICK_SWEEPS
from tests.support.servers import PostgresServer, RabbitServer, ServerUnavailable
from tests.support.suite.shapes import Distributed, Embedded

SHAPES = ("embedded", "distributed")


def main() -> int:
    """Run the chosen shapes one after the other; give the exit code."""
    parser = argparse.ArgumentParser(prog="./run chaos")
    parser.add_argument("--minutes", type=float, default=2.0, help="of load, over both shapes (2)")
    parser.add_argument("--seed", type=int, help="of the load and the kills; drawn when missing")
    parser.add_argument("--shape", choices=SHAPES, help="only this one")
    arguments = parser.parse_args()
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    shapes = [arguments.shape] if arguments.shape else list(SHAPES)
    seconds = arguments.minutes * 60 / len(shapes)
    failed = False
    for shape in shapes:
        print(f"{shape}: {seconds:.0f} s of load, seed {seed} ...", flush=True)
        try:
            verdict = _try(shape, seed, seconds)
        except ServerUnavailable as error:
            print(f"{shape}: NOT RUN: {error}", flush=True)
            failed = True
            continue
        print(verdict.as_text(), flush=True)
        failed |= bool(verdict.broken)
    return int(failed)


def _try(shape: str, seed: int, seconds: float) -> Verdict:
    with ExitStack() as stack:
        if shape == "embedded":
            embedded = Embedded(env=QUICK_SWEEPS)
            stack.callback(embedded.close)
            embedded.start()
            return asyncio.run(run_trial(embedded, [], seed=seed, seconds=seconds))
        postgres = stack.enter_context(_running(PostgresServer(durable=True)))
        rabbit = stack.enter_context(_running(RabbitServer()))
        distributed = Distributed(f"chaos_{os.getpid()}", postgres, rabbit, QUICK_SWEEPS)
        stack.callback(distributed.close)
        distributed.start()
        return asyncio.run(run_trial(distributed, [postgres, rabbit], seed=seed, seconds=seconds))


@contextmanager
def _running(server: PostgresServer | RabbitServer) -> Iterator:
    server.start()
    try:
        yield server
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
