"""Playing worlds, as many side by side as there are processors, each over a copy of one migrated database."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.runtime.logging import configure_logging
from shared.runtime.world import World
from tests.simulation.judge import Verdict
from tests.simulation.play import play
from tests.simulation.truth import COMMUNITIES

# In memory where the system has such a folder: what is simulated is not the disk.
MEMORY = Path("/dev/shm")


def simulate(seeds: Sequence[int], *, communities: int = COMMUNITIES) -> Verdict:
    """Play the worlds of these seeds and judge them."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        template = Path(name) / "template.sqlite3"
        asyncio.run(_migrate(template))
        one = partial(_play_one, template=template, communities=communities)
        if len(seeds) == 1:
            return one(seeds[0])
        verdict = Verdict()
        with ProcessPoolExecutor(os.cpu_count(), initializer=_be_quiet) as pool:
            for part in pool.map(one, seeds):
                verdict.include(part)
        return verdict


async def _migrate(path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}", World())
    await upgrade(database, "integrations")
    await database.close()


def _play_one(seed: int, *, template: Path, communities: int) -> Verdict:
    verdict = Verdict()
    verdict.add(asyncio.run(play(seed, template, template.parent, communities=communities)))
    return verdict


def _be_quiet() -> None:
    configure_logging(as_json=True, level="ERROR")
