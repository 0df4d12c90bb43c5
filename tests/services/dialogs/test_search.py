"""Search finds what a naive look at every text finds, on both databases, and nothing of other projects."""

import asyncio
import itertools
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from dialogs.search.catch_up import catch_up
from dialogs.search.conditions import found_by_index
from dialogs.search.planning import only_by_index
from dialogs.search.queries import Shares, find_dialogs, find_messages
from dialogs.search.text import folded, matches, snippet_of, terms_of
from dialogs.tables import CatchUp, Dialog, SearchText
from dialogs.threads.filters import Filters, Tab
from shared.database.engine import Database
from shared.database.walls import confine
from shared.events.channel import MessageDeleted, MessageEdited
from shared.events.content import Attachment, Content, Included
from tests.services.dialogs.cabinet import USER, Cabinet, moment, open_cabinet
from tests.support.servers import PostgresServer
from tests.support.waiting import wait_until

EXAMPLES = 6
SIGNS = "абвгёЁЕеЖжЙйqQx1_%\\\"'*():^-+ \t\nAND😀🙂ﬁßİ́"
TEXTS = st.text(SIGNS, max_size=24) | st.sampled_from(
    ["Ещё ёлка", "елка AND шар", 'text : "a"', "100% скидка_№1", "c:\\temp", "НЕ OR да", "й и́"]
)
QUESTIONS = st.text(SIGNS, min_size=1, max_size=6) | TEXTS.filter(bool)


async def _all(cabinet: Cabinet, path: str) -> list[Any]:
    items: list[Any] = []
    cursor = ""
    while True:
        page = await cabinet.call("GET", f"{path}{cursor}")
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


async def _hits(cabinet: Cabinet, question: str, limit: int = 4) -> list[Any]:
    path = f"/search?project_id={cabinet.project}&q={quote(question)}&limit={limit}"
    return await _all(cabinet, path)


async def _found(cabinet: Cabinet, question: str) -> list[Any]:
    return await _all(cabinet, f"?project_id={cabinet.project}&tab=any&q={quote(question)}&limit=3")


async def _same_words(database: Database, told: str, question: str) -> bool:
    """Whether PostgreSQL takes them for forms of the same words."""
    if database.is_sqlite:
        return False
    same = text("SELECT to_tsvector('russian', :told) @@ plainto_tsquery('russian', :asked)")
    async with database.read() as session:
        values = {"told": folded(told), "asked": " ".join(terms_of(question))}
        return bool((await session.execute(same, values)).scalar_one())


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest) -> str:
    name = {"sqlite": "ready_url", "postgresql": "postgres_database"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


# Small shares make even small examples take the second way to a page, or end one early.
@pytest.mark.parametrize("shares", [{}, {"search_walk_rows": 2, "search_found_max": 4}])
def test_search_finds_what_a_naive_scan_finds(any_url: str, shares: Any) -> None:
    numbers = itertools.count(1)
    with asyncio.Runner() as runner:
        endless: Any = dict.fromkeys(("searches_burst", "reads_burst", "changes_burst"), 10**9)
        opening = open_cabinet(any_url, None, **endless, **shares)
        cabinet = runner.run(opening.__aenter__())

        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
        @given(st.lists(st.tuples(st.integers(0, 3), TEXTS), max_size=12), st.lists(QUESTIONS, max_size=3))
        def holds(told: list[tuple[int, str]], questions: list[str]) -> None:
            cabinet.project, cabinet.integration = uuid4(), uuid4()
            runner.run(check(told, [*questions, *(text[1:5] for _, text in told[:2] if text[1:5])]))

        async def check(told: list[tuple[int, str]], questions: list[str]) -> None:
            await cabinet.connect()
            base = next(numbers) * 100
            texts = [f"{text} {base + number}" for number, (_, text) in enumerate(told)]
            users = [f"7{user}" for user, _ in told]
            rows = list(enumerate(zip(texts, users, strict=True), 1))
            await cabinet.hear(*(cabinet.wrote(number, text, user) for number, (text, user) in rows))
            for question in questions:
                terms = terms_of(question)
                expected = []
                for text_, user in zip(texts, users, strict=True):
                    same = await _same_words(cabinet.service.database, text_, question)
                    if terms and (matches(folded(text_), terms) or same):
                        expected.append((text_, user))
                hits = await _hits(cabinet, question)
                places = [hit["place"][0] for hit in hits]
                assert places == sorted(places, reverse=True), question
                assert [rows[place - 1][1] for place in places] == expected[::-1], question
                if terms:
                    people = {user for _, user in expected}
                    people |= {user for user in users if matches(f"id{user}", terms)}
                    dialogs = await _found(cabinet, question)
                    assert [one["contact"]["external_id"] for one in dialogs] == sorted(
                        people, key=lambda user: -max(n for n, row in rows if row[1] == user)
                    ), question

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def test_case_yo_and_names_and_ids_make_no_difference(cabinet: Cabinet) -> None:
    await cabinet.hear(
        cabinet.wrote(1, "Где мой ЗАКАЗ №5?", "501"),
        cabinet.named("Семён Ёлкин", user="501"),
        cabinet.wrote(2, "Вышлите чек", "777123"),
    )

    for question in ("заказ", "СЕМЕН", "елкин сем", "Ёлк", "id501", "мой где"):
        assert [one["contact"]["external_id"] for one in await _found(cabinet, question)] == ["501"], question
    assert [one["contact"]["external_id"] for one in await _found(cabinet, "7712")] == ["777123"]
    assert [hit["place"] for hit in await _hits(cabinet, "чек")] == [[2, 0]]
    await cabinet.hear(cabinet.named("Иван", 60, user="501"))
    assert await _found(cabinet, "Елкин") == []
    assert len(await _found(cabinet, "иван")) == 1


async def test_edits_deletions_and_attachments_are_found_as_they_are_now(cabinet: Cabinet) -> None:
    attachment = Attachment(kind="document", title="Накладная №7.pdf")
    forwarded = Included(text="Пересылаю ёжика", quoted=Included(text="внутри цитата"))
    content = Content(attachments=(attachment,), forwarded=(forwarded,), quoted=Included(text="вопрос"))
    first = cabinet.wrote(1, "Было так").model_copy(update={"content": content})
    await cabinet.hear(first, cabinet.wrote(2, "Второе"))
    edited: Any = {"text": "Стало иначе", "sent_at": moment(1), "edited_at": moment(5), "by_customer": True}

    for question, size in (("накладная", 1), ("ежика", 1), ("цитат", 1), ("вопрос", 0), ("было", 1)):
        assert len(await _hits(cabinet, question)) == size, question
    place: Any = {"external_id": USER, "conversation_message_id": 1}
    await cabinet.hear(MessageEdited(**cabinet.about(), **place, **edited))
    assert [len(await _hits(cabinet, question)) for question in ("было", "иначе", "накладная")] == [0, 1, 0]
    await cabinet.hear(MessageDeleted(**cabinet.about(), **place, deleted_at=moment(6)))
    assert await _hits(cabinet, "иначе") == []
    assert await _found(cabinet, "иначе") == []


async def test_word_forms_count_on_postgresql(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    await cabinet.hear(cabinet.wrote(1, "Две чашки разбились"), cabinet.wrote(2, "Ни одной чашечки"))

    assert [hit["place"] for hit in await _hits(cabinet, "чашкой")] == [[1, 0]]
    assert len(await _found(cabinet, "разбилась чашка")) == 1


async def test_a_hit_shows_its_surroundings_and_opens_there(cabinet: Cabinet) -> None:
    await cabinet.hear(*(cabinet.wrote(number) for number in range(1, 31)))
    await cabinet.hear(cabinet.wrote(31, "а" * 300 + " Ключ от Ёлки " + "я" * 300))
    await cabinet.hear(*(cabinet.wrote(number) for number in range(32, 60)))

    (hit,) = await _hits(cabinet, "ёлки ключ")
    path = f"/{hit['dialog']['id']}/messages"
    around = await cabinet.call("GET", f"{path}?around={hit['message_id']}&limit=6")
    later = await cabinet.call("GET", f"{path}?after={around['later_cursor']}&limit=100")
    earlier = await cabinet.call("GET", f"{path}?before={around['next_cursor']}&limit=100")

    assert [piece["text"] for piece in hit["snippet"] if piece["is_match"]] == ["Ключ", "Ёлки"]
    assert len("".join(piece["text"] for piece in hit["snippet"])) < 200
    numbers = [
        [message["conversation_message_id"] for message in page["items"]] for page in (earlier, around, later)
    ]
    assert numbers == [list(range(1, 28)), list(range(28, 34)), list(range(34, 60))]
    assert (earlier["next_cursor"], later["later_cursor"]) == (None, None)
    assert (await cabinet.call("GET", f"{path}?around={uuid4()}", status=404))["code"] == "message_not_found"
    both = f"{path}?around={hit['message_id']}&before={around['next_cursor']}"
    assert (await cabinet.call("GET", both, status=422))["code"] == "invalid_cursor"


async def test_what_was_stored_before_is_found_after_the_loop_came_by(any_url: str) -> None:
    async with open_cabinet(any_url) as cabinet:
        await cabinet.connect()
        await cabinet.hear(*(cabinet.wrote(1, f"старое {user}", str(user)) for user in range(7)))
        database = cabinet.service.database

        async def nothing_is_behind() -> bool:
            async with database.read() as session:
                return all(row.is_done for row in (await session.execute(select(CatchUp))).scalars())

        # Else the service's own loop would bring back what is taken away here.
        await wait_until(nothing_is_behind, describe="the service's own loop at rest")
        async with database.write() as session:
            for statement in ("DELETE FROM search_text", "DELETE FROM project_counter"):
                await session.execute(text(statement))
            await session.execute(update(Dialog).values(counted=None, unread_count=0))
        assert await _found(cabinet, "старое") == []
        await cabinet.hear(cabinet.wrote(2, "новое", "3"))

        async with database.write() as session:
            await session.execute(update(CatchUp).values(is_done=False, reached=None))
        while await catch_up(database):
            pass

        assert len(await _found(cabinet, "старое")) == 7
        assert len(await _hits(cabinet, "старое")) == 7
        async with database.read() as session:
            size = select(func.count()).select_from(SearchText)
            assert (await session.execute(size)).scalar_one() == 8 + 7
        (counters,) = (await cabinet.call("GET", f"/counters?project_ids={cabinet.project}"))["items"]
        assert (counters["new"], counters["unread"], counters["unanswered"]) == (7, 7, 7)
        assert sorted(one["unread_count"] for one in await cabinet.tab("new")) == [1] * 6 + [2]


@pytest.fixture
def owned_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of a database that an ordinary role owns, as in production: walls hold it."""
    name = f"found_{uuid4().hex[:12]}"
    yield postgres_server.create_database(name, owner_role=name)
    postgres_server.drop_database(name)
    postgres_server.execute(f'DROP ROLE "{name}"')


async def test_a_search_for_a_foreign_project_finds_nothing_behind_the_second_wall(owned_url: str) -> None:
    async with open_cabinet(owned_url) as cabinet:
        await cabinet.connect()
        await cabinet.hear(*(cabinet.wrote(1, "общее слово", str(user)) for user in range(9)))
        theirs, stranger = cabinet.project, uuid4()
        for walk_rows in (2, 100):
            shares = Shares(walk_rows=walk_rows, found_max=100)
            filters = Filters(project_id=theirs, tab=Tab.ANY, caller_id=stranger)
            options: Any = {"after": None, "limit": 50}
            for projects, size in (([theirs], 9), ([uuid4()], 0)):
                async with cabinet.service.database.read() as session:
                    await confine(session, projects)
                    messages = await find_messages(session, theirs, ("общее",), shares, **options)
                    dialogs = await find_dialogs(session, filters, ("общее",), shares, **options)
                assert (len(messages.items), len(dialogs.items)) == (size, size)


ROWS = """
    INSERT INTO search_text (project_id, dialog_id, subject_id, kind, at, text, words)
    SELECT CAST(:project AS uuid), gen_random_uuid(), gen_random_uuid(), 'message', now(), 'слово ' || n,
        to_tsvector('russian', 'слово ' || n)
    FROM generate_series(1, 5000) AS n
"""


async def test_the_index_is_used_behind_the_second_wall(owned_url: str) -> None:
    async with open_cabinet(owned_url) as cabinet:
        async with cabinet.service.database.write() as session:
            await session.execute(text(ROWS), {"project": cabinet.project})
            await session.execute(text("ANALYZE search_text"))
        async with cabinet.service.database.read() as session, only_by_index(session):
            await confine(session, [cabinet.project])
            found = found_by_index(session, cabinet.project, ("4321",))
            query = select(SearchText.id).where(SearchText.project_id == cabinet.project, found)
            bind: Any = session.get_bind()
            compiled = str(query.compile(bind, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(await session.scalars(text(f"EXPLAIN {compiled}".replace(":", "\\:"))))

    assert plan.count("Bitmap Index Scan on ix_search_text_found") == 2, plan
    assert "Index Cond: ((project_id = " in plan
    assert "~~ '%4321%'" in plan.partition("Index Cond")[2], plan


async def test_one_person_may_not_search_all_the_time(ready_url: str) -> None:
    async with open_cabinet(ready_url, searches_burst=2, searches_per_second=0.01) as cabinet:
        await cabinet.connect()
        path = f"/search?project_id={cabinet.project}&q=x"
        for _ in range(2):
            await cabinet.call("GET", path)

        refused = await cabinet.call("GET", path, status=429)

        assert refused["code"] == "too_many_requests"
        await cabinet.tab("all")


@given(TEXTS, st.lists(QUESTIONS, max_size=3))
def test_a_snippet_is_a_part_of_its_text(told: str, questions: list[str]) -> None:
    terms = tuple(term for question in questions for term in terms_of(question))

    pieces = snippet_of(told, terms)

    assert "".join(piece.text for piece in pieces) == unicodedata.normalize("NFC", told)
    marked = [folded(piece.text) for piece in pieces if piece.is_match]
    assert all(any(term in mark or mark in term for term in terms) for mark in marked)


@given(TEXTS)
def test_folding_again_changes_nothing(told: str) -> None:
    assert folded(folded(told)) == folded(told)
