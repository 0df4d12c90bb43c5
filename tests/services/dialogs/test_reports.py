"""Reports: every figure is what one would count by hand, and the table of dialogs adds up to it."""

import asyncio
import csv
import io
import random
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dialogs.reports import rows
from shared.http.access import Role
from shared.runtime.world import World
from tests.services.dialogs.cabinet import Cabinet, open_cabinet
from tests.services.dialogs.histories import (
    ACTIONS,
    BEGINNING,
    Happened,
    History,
    MovableClock,
    Wanted,
    chosen,
    facts_of,
    figures,
    loads,
)

EXAMPLES = {"ready_url": 3, "postgres_database": 2}
PATIENT: dict[str, Any] = dict.fromkeys(
    ("changes_burst", "reads_burst", "reports_burst", "reconcile_seconds"), 10**9
)
ZONES = ["Europe/Moscow", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York"]
FIRST = BEGINNING.date() - timedelta(days=1)


@pytest.mark.parametrize("fixture", ["ready_url", "postgres_database"])
def test_figures_are_what_one_counts_by_hand(fixture: str, request: pytest.FixtureRequest) -> None:
    url, clock = request.getfixturevalue(fixture), MovableClock()
    with asyncio.Runner() as runner:
        opening = open_cabinet(url, World(clock), **PATIENT)
        cabinet = runner.run(opening.__aenter__())

        @settings(max_examples=EXAMPLES[fixture], deadline=None, database=None, phases=[Phase.generate])
        @given(st.lists(st.sampled_from(ACTIONS), min_size=30, max_size=40), st.integers())
        def holds(actions: list[str], seed: int) -> None:
            runner.run(_check(History(cabinet, clock, random.Random(seed)), actions))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def _check(history: History, actions: list[str]) -> None:
    await history.begin()
    for action in actions:
        await history.act(action)
    facts = await facts_of(history.cabinet)
    days = max((history.clock.at.date() - FIRST).days, 1)
    whole = Wanted(FIRST, FIRST + timedelta(days=days + 1), "Europe/Berlin", None, None)
    await _compare(history, facts, whole, Role.SUPERVISOR)
    for _ in range(2):
        first = FIRST + timedelta(days=history.chance.randint(0, days))
        wanted = Wanted(
            first,
            first + timedelta(days=history.chance.randint(0, 4)),
            history.chance.choice(ZONES),
            history.chance.choice([None, *history.integrations]),
            history.chance.choice([None, history.cabinet.anna, history.cabinet.boris]),
        )
        role = Role.OPERATOR if wanted.operator == history.cabinet.anna else Role.SUPERVISOR
        await _compare(history, facts, wanted, role)


async def _compare(history: History, facts: Any, wanted: Wanted, role: Role) -> None:
    headers, query = history.headers(role=role), wanted.query(history.cabinet.project)
    report = await history.cabinet.call("GET", "/reports", params=query, headers=headers)
    mine = chosen(facts, wanted)
    by_day, by_hour = loads(mine, wanted)

    assert {name: report[name] for name in figures(mine)} == figures(mine)
    assert report["by_day"] == by_day
    assert report["by_hour"] == by_hour
    for axis, side in (("integration", "by_integration"), ("operator", "by_operator")):
        told = {(one.pop(axis) or {}).get("id"): one for one in report[side]}
        of_each: dict[Any, list[Happened]] = {getattr(one, axis): [] for one in mine}
        for one in mine:
            of_each[getattr(one, axis)].append(one)
        assert told == {key and str(key): figures(each) for key, each in of_each.items()}
    table = await _table(history.cabinet, query, headers)
    for name, column in (("opened", 5), ("closed", 6), ("unanswered", 7), ("received", 11), ("sent", 12)):
        counted = {**report["cases"], **report["messages"]}[name]
        assert sum(int(row[column]) for row in table[1:]) == counted
    assert sum(int(row[8]) for row in table[1:]) == report["first_answer"]["count"]
    assert {row[0] for row in table[1:]} == {str(one.dialog) for one in mine}


async def _table(cabinet: Cabinet, query: dict[str, str], headers: Any) -> list[list[str]]:
    path = "/api/v1/dialogs/reports/dialogs.csv"
    answer = await cabinet.client.get(path, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


async def test_the_table_comes_in_pages_and_no_cell_is_a_formula(
    cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {"11": '=HYPERLINK("http://evil")', "12": "+1", "13": "@СУММ(A1)", "14": 'Анна "Нюта", ООО\nтут'}
    await cabinet.hear(*(cabinet.wrote(1, user=user) for user in [*people, "15"]))
    await cabinet.hear(*(cabinet.named(name, user=user) for user, name in people.items()))
    query = Wanted(date(2026, 11, 22), date(2026, 11, 24), "Europe/Moscow", None, None).query(cabinet.project)
    whole = await _table(cabinet, query, _supervisor(cabinet))
    monkeypatch.setattr(rows, "ROWS_OF_A_PAGE", 2)

    table = await _table(cabinet, query, _supervisor(cabinet))
    english = await _table(cabinet, {**query, "language": "en"}, _supervisor(cabinet))

    assert table == whole
    assert sorted(row[1] for row in table[1:]) == sorted(
        ['\'=HYPERLINK("http://evil")', "'+1", "'@СУММ(A1)", 'Анна "Нюта", ООО\nтут', "id15"]
    )
    assert {tuple(row[11:]) for row in table[1:]} == {("1", "0", "2026-11-22 15:01")}
    assert (table[0][0], english[0][0]) == ("Диалог", "Dialog")
    assert english[1:] == table[1:]


def _supervisor(cabinet: Cabinet) -> Any:
    return History(cabinet, MovableClock(), random.Random(0)).headers()


async def test_operators_see_their_own_numbers_only(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    await cabinet.reply((await cabinet.only_dialog())["id"], headers=cabinet.headers(cabinet.boris, "Борис"))
    wanted = Wanted(date(2026, 1, 1), date(2026, 12, 31), "Europe/Moscow", None, None)
    query = wanted.query(cabinet.project)

    own = await cabinet.call("GET", "/reports", params=query)
    boris = await cabinet.call("GET", "/reports", params=query, headers=cabinet.headers(cabinet.boris))
    other = {**query, "operator_id": str(cabinet.boris)}
    refused = await cabinet.call("GET", "/reports", params=other, status=403)
    table = await cabinet.call("GET", "/reports/dialogs.csv", params=other, status=403)
    seen = await cabinet.call("GET", "/reports", params=other, headers=_supervisor(cabinet))

    assert (own["operator_id"], own["cases"]["opened"], own["messages"]["sent"]) == (str(cabinet.anna), 0, 0)
    assert (boris["cases"]["opened"], boris["messages"]) == (1, {"received": 1, "sent": 1})
    assert {refused["code"], table["code"]} == {"forbidden"}
    assert seen["by_operator"][0]["operator"] == {"id": str(cabinet.boris), "name": "Борис"}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"to": "2026-11-21"}, 422, "period_invalid"),
        ({"from": "2025-11-22"}, 422, "period_invalid"),
        ({"timezone": "Europe/Atlantis"}, 422, "timezone_unknown"),
        ({"timezone": "../../etc/passwd"}, 422, "timezone_unknown"),
        ({"timezone": "leapseconds"}, 422, "timezone_unknown"),
        ({"from": "1066-10-14"}, 422, "invalid_request"),
        ({"language": "de"}, 200, None),
        ({"project_id": str(uuid4())}, 404, "project_not_found"),
        ({"from": "2025-11-23"}, 200, None),
    ],
)
async def test_a_report_needs_a_period_and_a_place_on_earth(
    cabinet: Cabinet, changes: dict[str, str], status: int, code: str | None
) -> None:
    query = {"project_id": str(cabinet.project), "from": "2026-11-22", "to": "2026-11-23", "timezone": "UTC"}
    answer = await cabinet.call("GET", "/reports", params=query | changes, status=status)
    assert answer.get("code") == code
