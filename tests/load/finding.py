"""Lists and search over very much: many dialogs and messages, made by PostgreSQL itself, asked for over HTTP.

The database belongs to an ordinary role, as in production: walls between projects hold it, and a superuser
would get other plans. Both sizes of a list are in one database, and their rounds alternate.
"""

import asyncio
import contextlib
import math
import re
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from pydantic import SecretStr

from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.database.walls import EVERY_PROJECT, SETTING
from shared.http.access import Role
from shared.messaging.bus import InProcessBus
from shared.runtime.service import running
from shared.runtime.world import World
from tests.load.figures import Figure
from tests.support.servers import PostgresServer
from tests.support.signing import TestKeys

NAMES = ("list_growth", "search_rare", "search_middling", "search_common")
MESSAGES, MESSAGES_FULL = 1_000_000, 10_000_000
FEW_DIALOGS, PER_DIALOG = 10_000, 10
ROUNDS, QUESTIONS = 40, 30
PAGE_FAR = 50
GROWTH_MAX = 1.5
MILLISECONDS_MAX, MILLISECONDS_MAX_FULL = 100.0, 200.0
# A word of each kind is in a part of the messages: one of five, of five hundred, of fifty thousand.
WORDS = {"common": ("заказ", 5), "middling": ("рассрочка", 500), "rare": ("телепорт", 50_000)}
PATH = "/api/v1/dialogs"

# A vocabulary of 3,000 words of two to four syllables; small numbers come up far more often.
VOCABULARY = """
    CREATE TEMPORARY TABLE vocabulary AS SELECT n, string_agg(
        substr('бвгдзклмнпрст', 1 + CAST(floor(random() * 13) AS int), 1)
        || substr('аеиоуя', 1 + CAST(floor(random() * 6) AS int), 1), ''
    ) AS w
    FROM generate_series(1, 3000) AS n, generate_series(1, 2 + n % 3) AS syllable GROUP BY n
"""
CONTACTS = """
    INSERT INTO contact (id, project_id, integration_id, external_id, name, read_through,
        has_early_marks)
    SELECT :contact_id, :project, :integration,
        CAST(500000 + n AS text), 'Человек ' || n, 0, false
    FROM generate_series(1, :dialogs) AS n
"""
DIALOGS = """
    INSERT INTO dialog (id, project_id, integration_id, contact_id, state, closed_through, last_number,
        answered_through, unanswered_from, unanswered_since, last_activity_at, last_message_id, last_anchor,
        last_sub, next_reply_number, message_count, seen_through, unread_count, important, counted, version,
        created_at)
    SELECT :dialog_id, :project, :integration,
        :contact_id, CASE n % 10 WHEN 0 THEN 'new' ELSE 'closed' END, 0, :per, :per,
        NULL, NULL, now() - n * interval '1 minute', :last_id, :per, 0,
        1, :per, :per, 0, n % 1000 = 0, CASE n % 10 WHEN 0 THEN 'new:' ELSE 'closed:' END, 1, now()
    FROM generate_series(1, :dialogs) AS n
"""
# Seven words, those at the beginning of the vocabulary more often.
SENTENCE = " || ' ' || ".join(["w[1 + CAST(floor(2999 * random() ^ 2) AS int)]"] * 7)
# One dialog after another is the newest; the messages of one are a day apart.
MESSAGES_OF = """
    INSERT INTO message (id, project_id, dialog_id, author, text, unsupported, source, state,
        conversation_message_id, epoch, anchor, sub, sent_at, version, edits, presses)
    SELECT :message_id, :project,
        :dialog_id, 'customer',
        {words}
        || CASE WHEN random() < 1.0 / 5 THEN ' заказ' ELSE '' END
        || CASE WHEN random() < 1.0 / 500 THEN ' рассрочка' ELSE '' END
        || CASE WHEN random() < 1.0 / 50000 THEN ' телепорт' ELSE '' END,
        false, 'live', 'received', k, 1, k, 0,
        now() - n * interval '1 minute' - (:per - k) * interval '1 day', 1, 0, 0
    FROM (SELECT ARRAY(SELECT w FROM vocabulary ORDER BY n) AS w) AS words,
        generate_series(1, :dialogs) AS n, generate_series(1, :per) AS k
""".replace("{words}", SENTENCE)
SEARCH_TEXTS = """
    INSERT INTO search_text (project_id, dialog_id, subject_id, kind, at, text, words)
    SELECT project_id, dialog_id, id, 'message', sent_at, text, to_tsvector('russian', text) FROM message
"""


@dataclass
class Stock:
    """A running service over very much, and who may ask."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    small: UUID
    large: UUID

    async def ask(self, path: str, **query: Any) -> tuple[float, Any]:
        """Return how many milliseconds an answer took, and the answer."""
        started = time.perf_counter()
        answer = await self.client.get(PATH + path, params=query, headers=self.headers)
        milliseconds = (time.perf_counter() - started) * 1000
        assert answer.status_code == 200, answer.text
        return milliseconds, answer.json()


def measure(*, full: bool) -> list[Figure]:
    """Measure lists and searches over 10⁶ messages, with `full` over 10⁷."""
    return asyncio.run(_measure(MESSAGES_FULL if full else MESSAGES, full=full))


async def _measure(messages: int, *, full: bool) -> list[Figure]:
    goal = MILLISECONDS_MAX_FULL if full else MILLISECONDS_MAX
    async with _stocked(messages) as stock:
        figures = [await _growth(stock, 1), await _growth(stock, PAGE_FAR)]
        for kind, (word, _) in reversed(WORDS.items()):
            figures.append(await _search(stock, f"search_{kind}", "/search", word, goal))
            figures.append(await _search(stock, f"search_{kind}_dialogs", "", word, goal))
    return figures


async def _growth(stock: Stock, page: int) -> Figure:
    """Compare a page of the long list with the same page of the short one."""
    cursors = [await _cursor(stock, project, page) for project in (stock.small, stock.large)]
    few: list[float] = []
    many: list[float] = []
    for _ in range(ROUNDS):
        for project, cursor, times in ((stock.small, cursors[0], few), (stock.large, cursors[1], many)):
            milliseconds, _answer = await stock.ask("", project_id=project, tab="any", **cursor)
            times.append(milliseconds)
    # The median of many short calls: their ratios one by one are mostly the machine's mood.
    ratio = statistics.median(many) / statistics.median(few)
    name = "list_growth" if page == 1 else f"list_growth_page_{page}"
    value = round(statistics.median(many), 2)
    return Figure(name, value, "ms", GROWTH_MAX, ratio=round(ratio, 3), spread=_spread(many), at_most=True)


async def _cursor(stock: Stock, project: UUID, page: int) -> dict[str, str]:
    query: dict[str, str] = {}
    for _ in range(page - 1):
        _, answer = await stock.ask("", project_id=project, tab="any", **query)
        query = {"cursor": answer["next_cursor"]}
    return query


async def _search(stock: Stock, name: str, path: str, word: str, goal: float) -> Figure:
    """Ask for first pages: the word, and the word without its last letters."""
    times = []
    for number in range(QUESTIONS):
        question = word[: len(word) - number % 3]
        query = {"tab": "any"} if not path else {}
        milliseconds, answer = await stock.ask(path, project_id=stock.large, q=question, **query)
        assert answer["items"], question
        times.append(milliseconds)
    slowest = sorted(times)[math.ceil(0.95 * len(times)) - 1]
    return Figure(name, round(slowest, 1), "ms p95", goal, spread=_spread(times), at_most=True)


def _spread(times: Sequence[float]) -> float:
    quartiles = statistics.quantiles(times, n=4)
    return round((quartiles[2] - quartiles[0]) / 2, 2)


@contextlib.asynccontextmanager
async def _stocked(messages: int) -> AsyncIterator[Stock]:
    server, keys, bus = PostgresServer(durable=False), TestKeys(), InProcessBus()
    server.start()
    try:
        url = server.create_database("dialogs", owner_role="dialogs")
        settings = DialogsSettings(
            database_url=url,
            service_key=SecretStr("bench-service-key-of-32-characters"),
            integrations_url="http://127.0.0.1:9",
            reads_burst=1e9,
            searches_burst=1e9,
        )
        service = build(settings, World(), bus, keys=keys.source)
        transport = httpx.ASGITransport(app=service.app)
        async with (
            running([service], bus),
            httpx.AsyncClient(transport=transport, base_url="http://x") as http,
        ):
            small, large = uuid4(), uuid4()
            await _fill(url, {small: FEW_DIALOGS, large: messages // PER_DIALOG})
            headers = keys.bearer(uuid4(), dict.fromkeys((small, large), Role.OPERATOR))
            yield Stock(http, headers, small, large)
    finally:
        server.close()


async def _fill(url: str, sizes: dict[UUID, int]) -> None:
    """Make the rows; the index of texts is built at the end, which is much quicker than row by row."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), server_settings={SETTING: EVERY_PROJECT})
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        await connection.execute(VOCABULARY)
        found = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_text_found'"
        definition = await connection.fetchval(found)
        await connection.execute("DROP INDEX ix_search_text_found")
        for project, dialogs in sizes.items():
            values = {
                "project": f"CAST('{project}' AS uuid)",
                "integration": f"CAST('{uuid4()}' AS uuid)",
                "dialogs": str(dialogs),
                "per": str(PER_DIALOG),
                "contact_id": f"CAST(md5('c{project}' || n) AS uuid)",
                "dialog_id": f"CAST(md5('d{project}' || n) AS uuid)",
                "message_id": f"CAST(md5('m{project}' || n || '-' || k) AS uuid)",
                "last_id": f"CAST(md5('m{project}' || n || '-' || {PER_DIALOG}) AS uuid)",
            }
            for statement in (CONTACTS, DIALOGS, MESSAGES_OF):
                await connection.execute(_filled(statement, values))
        for statement in (SEARCH_TEXTS, definition, "VACUUM ANALYZE"):
            await connection.execute(statement)
    finally:
        await connection.close()


def _filled(statement: str, values: dict[str, str]) -> str:
    return re.sub(r":(\w+)\b", lambda name: values[name[1]], statement)
