"""`./run bench [NAME] [--json] [--full]`: run the benchmarks and say which goals were missed."""

import argparse
import sys
from collections.abc import Callable
from functools import partial

from shared.runtime.logging import configure_logging
from tests.load import (
    applying,
    backfill,
    cabinet,
    embedded,
    end_to_end,
    episodes,
    feed,
    finding,
    importing,
    ingest,
    long_dialog,
    replies,
    widget_config,
)
from tests.load.figures import Figure

BENCHMARKS: dict[str, Callable[..., list[Figure]]] = {
    "ingest_postgresql": partial(ingest.measure, "postgresql"),
    "ingest_sqlite": partial(ingest.measure, "sqlite"),
    "apply_batched": applying.measure,
    "end_to_end_distributed_200": partial(end_to_end.measure_distributed, 200),
    "end_to_end_distributed_500": partial(end_to_end.measure_distributed, 500),
    "end_to_end_embedded": end_to_end.measure_embedded,
    "replies_execute": replies.measure,
    "feed_clients": feed.measure,
    "backfill": backfill.measure,
    "import": importing.measure,
    "finding": finding.measure,
    "widget_config": widget_config.measure,
    "cabinet_first_load": cabinet.measure,
    "embedded": embedded.measure,
    "health_episodes": episodes.measure,
    "cabinet_long_dialog": long_dialog.measure,
}
# Figures that are taken together with others.
PARTS = (
    dict.fromkeys(embedded.NAMES, "embedded")
    | dict.fromkeys(finding.NAMES, "finding")
    | dict.fromkeys(episodes.NAMES, "health_episodes")
    | dict.fromkeys(importing.PARTS, "import")
    | dict.fromkeys(long_dialog.NAMES, "cabinet_long_dialog")
)


def main() -> int:
    """Run the chosen benchmarks; exit code 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="./run bench")
    parser.add_argument("name", nargs="?", choices=[*BENCHMARKS, *PARTS])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--full", action="store_true", help="more rounds, larger sizes")
    arguments = parser.parse_args()
    configure_logging(as_json=True, level="ERROR")
    name = PARTS.get(arguments.name, arguments.name)
    missed = False
    for each, run in BENCHMARKS.items():
        if name in {None, each}:
            for figure in run(full=arguments.full):
                missed |= not figure.ok
                print(figure.as_json() if arguments.json else figure.as_text(), flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
