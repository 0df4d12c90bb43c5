"""What is still under way inside: read from the databases, only to know when a run has become quiet."""

import asyncio
import sqlite3
from pathlib import Path

import asyncpg

from tests.support.servers import PostgresServer
from tests.support.suite.shapes import SERVICES, Deployment, Distributed, Embedded

ANYWHERE = {
    "outbox": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
    "retries": "SELECT count(*) FROM delivery WHERE parked_at IS NULL",
    "parked": "SELECT count(*) FROM delivery WHERE parked_at IS NOT NULL",
}
OWN = {
    "vk-gateway": {
        "untranslated": "SELECT count(*) FROM raw_update WHERE translated_at IS NULL",
        "files to be copied": "SELECT count(*) FROM media WHERE state = 'wanted'",
        "questions to VK": "SELECT count(*) FROM follow_up",
        "links under way": "SELECT count(*) FROM community WHERE link_state IN ('linking', 'unlinking')",
        "keys of the dead": (
            "SELECT count(*) FROM community WHERE link_state = 'gone' AND key_sealed IS NOT NULL"
        ),
        "imports": "SELECT count(*) FROM history_import WHERE state = 'running'",
        "unsettled": "SELECT count(*) FROM outgoing WHERE settled_at IS NULL",
    },
    "dialogs": {
        "held": "SELECT count(*) FROM held_event",
        "waiting": "SELECT count(*) FROM message WHERE state IN ('queued', 'unconfirmed')",
    },
}


def _queries(service: str) -> dict[str, str]:
    return {f"{service} {name}": query for name, query in (ANYWHERE | OWN.get(service, {})).items()}


async def backlog(deployment: Deployment, postgres: PostgresServer | None) -> dict[str, int]:
    """Count what waits, by service and kind; only what is not zero."""
    counts: dict[str, int] = {}
    for service in SERVICES:
        if isinstance(deployment, Embedded):
            path = deployment.folder / f"{service}.db"
            counts |= await asyncio.to_thread(_count_sqlite, path, _queries(service))
        else:
            assert isinstance(deployment, Distributed)
            assert postgres is not None
            url = postgres.url.rpartition("/")[0] + f"/{deployment.database_of(service)}"
            counts |= await _count_postgresql(url, _queries(service))
    return {name: count for name, count in counts.items() if count}


def _count_sqlite(path: Path, queries: dict[str, str]) -> dict[str, int]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}
    finally:
        connection.close()


async def _count_postgresql(url: str, queries: dict[str, str]) -> dict[str, int]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return {name: await connection.fetchval(query) for name, query in queries.items()}
    finally:
        await connection.close()
