"""Databases that begin with a service's tables: copied, for migrating each anew is slow."""

import shutil
from pathlib import Path

from sqlalchemy.engine import make_url

from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.runtime.world import World
from tests.support.undertaker import undertaker

_made: dict[str, Path] = {}


async def lay_tables(url: str, package: str) -> str:
    """Copy a service's tables to where a SQLite database is to be; leave others, and what is there, alone."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database and not Path(parts.database).exists():
        shutil.copy(await _tables_of(package), parts.database)
    return url


async def _tables_of(package: str) -> Path:
    if package not in _made:
        path = undertaker.make_folder("tables") / f"{package}.sqlite3"
        database = Database(f"sqlite+aiosqlite:///{path}", World())
        await upgrade(database, package)
        await database.close()
        _made[package] = path
    return _made[package]
